"""The clock: ticks in a loop, nudges for what is due, jobs at their times, and what may take long
on threads beside it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import Error as DatabaseTrouble
from django.db import connection, reset_queries
from django.utils import timezone

from worker import faults, health, outbox, schedule
from worker.models import OutboxMessage
from worker.nudging import nudge

REMIND_EVERY = 1.0  # a nudge expires after a minute, so few pile up while nobody takes them
LATE = timedelta(seconds=1)  # what waits longer was not picked up by its own nudge
PLAN_EVERY = 5.0
CALL_EVERY = 10.0  # every queue is called so often, work or none: its answer is a heartbeat
LONGEST_PAUSE = 5.0  # while the database is away
GRACE = 3.0  # seconds what runs beside the loop has to end its turn

log = structlog.get_logger(__name__)


class Steady:
    """A step and when it comes again."""

    def __init__(self, name: str, every: float, run: Callable[[], bool]) -> None:
        self.name = name
        self.every = every
        self.run = run
        self.next_at = 0.0


class Clock:
    def __init__(self) -> None:
        self._stop = threading.Event()
        self._loop = Loop(
            self._stop,
            [
                Steady("clock.beat", health.EVERY / 2, _beat),
                Steady("clock.remind", REMIND_EVERY, _remind),
                Steady("clock.plan", PLAN_EVERY, _plan),
                Steady("clock.call", CALL_EVERY, _call),
                *map(_steady, schedule.ticks()),
            ],
        )
        self._beside = [Loop(self._stop, [_steady(aside)]) for aside in schedule.asides()]

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Go round until stopped."""
        # Daemons: a clock that is told to end does so, whatever they are in the middle of.
        threads = [threading.Thread(target=loop.run, daemon=True) for loop in self._beside]
        for thread in threads:
            thread.start()
        self._loop.run()
        latest = time.monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.0, latest - time.monotonic()))


class Loop:
    """Steps that take turns on one thread, with its own connection to the database."""

    def __init__(self, stop: threading.Event, steps: list[Steady]) -> None:
        self.steps = steps
        self._stop = stop
        self._pause = 0.0

    def run(self) -> None:
        """Go round until stopped; no step's failure keeps the others from their turn."""
        while not self._stop.is_set():
            for step in self.steps:
                if not self._stop.is_set() and time.monotonic() >= step.next_at:
                    self._take(step)
            reset_queries()
            soonest = min(step.next_at for step in self.steps)
            self._stop.wait(max(0.0, soonest - time.monotonic()) + self._pause)
        connection.close()

    def _take(self, step: Steady) -> None:
        more = False
        try:
            more = step.run()
            self._pause = 0.0
        except DatabaseTrouble as error:
            log.warning("step failed", step=step.name, fault=faults.describe(error))
            connection.close()
            self._pause = min(max(self._pause * 2, 0.25), LONGEST_PAUSE)
        except Exception as error:  # noqa: BLE001 one app's mistake must not stop the clock
            # Not log.exception: its message may quote what somebody typed.
            log.error("step failed", step=step.name, fault=faults.describe(error))  # noqa: TRY400
        step.next_at = time.monotonic() + (0.0 if more else step.every)


def _steady(tick: schedule.Tick) -> Steady:
    return Steady(tick.name, tick.every, tick.run)


def _beat() -> bool:
    health.beat("clock")
    return False


def _remind() -> bool:
    late = OutboxMessage.objects.filter(due_at__lte=timezone.now() - LATE)
    for queue in late.values_list("queue", flat=True).distinct():
        nudge(queue)
    return False


def _plan() -> bool:
    schedule.plan(timezone.now())
    return False


def _call() -> bool:
    for queue in outbox.queues():
        nudge(queue)
    return False
