"""The clock: ticks in a loop, nudges for what is due, jobs at their times."""

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

NUDGE_EVERY = 1.0
LATE = timedelta(seconds=1)  # what waits longer was not picked up by its own nudge
PLAN_EVERY = 5.0
CALL_EVERY = 10.0  # every queue is called so often, work or none: its answer is a heartbeat
LONGEST_NUDGE_PAUSE = 15.0
LONGEST_PAUSE = 5.0  # while the database is away

log = structlog.get_logger(__name__)


class Steady:
    """A step and when it comes again."""

    def __init__(self, name: str, every: float, run: Callable[[], bool]) -> None:
        self.name = name
        self.every = every
        self.run = run
        self.next_at = 0.0


class Reminder:
    """Nudges for late work, ever more slowly while nudging does not help."""

    def __init__(self) -> None:
        self._pause: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def remind(self) -> bool:
        late = OutboxMessage.objects.filter(due_at__lte=timezone.now() - LATE)
        queues = set(late.values_list("queue", flat=True).distinct())
        now = time.monotonic()
        for queue in list(self._pause):
            if queue not in queues:
                del self._pause[queue], self._not_before[queue]
        for queue in queues:
            if now >= self._not_before.get(queue, 0.0):
                nudge(queue)
                pause = min(self._pause.get(queue, 0.5) * 2, LONGEST_NUDGE_PAUSE)
                self._pause[queue], self._not_before[queue] = pause, now + pause
        return False


class Clock:
    def __init__(self) -> None:
        self._stop = threading.Event()
        self._pause = 0.0
        self._steps = [
            Steady("clock.beat", health.EVERY / 2, _beat),
            Steady("clock.remind", NUDGE_EVERY, Reminder().remind),
            Steady("clock.plan", PLAN_EVERY, _plan),
            Steady("clock.call", CALL_EVERY, _call),
            *(Steady(tick.name, tick.every, tick.run) for tick in schedule.ticks()),
        ]

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Go round until stopped; no step's failure keeps the others from their turn."""
        while not self._stop.is_set():
            for step in self._steps:
                if not self._stop.is_set() and time.monotonic() >= step.next_at:
                    self._take(step)
            reset_queries()
            soonest = min(step.next_at for step in self._steps)
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
            log.error("step failed", step=step.name, fault=faults.describe(error))
        step.next_at = time.monotonic() + (0.0 if more else step.every)


def _beat() -> bool:
    health.beat("clock")
    return False


def _plan() -> bool:
    schedule.plan(timezone.now())
    return False


def _call() -> bool:
    for queue in outbox.queues():
        nudge(queue)
    return False
