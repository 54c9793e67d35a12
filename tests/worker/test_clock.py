import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.processes import eventually
from worker import clock, schedule
from worker.clock import Clock
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def ticking(*ticks: schedule.Tick) -> Iterator[Clock]:
    """A clock on a thread, with these ticks beside its own steps."""
    made = Clock()
    made._loop.steps += [clock.Steady(tick.name, tick.every, tick.run) for tick in ticks]
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join()


def test_a_tick_that_fails_stops_neither_the_others_nor_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good: list[int] = []
    bad: list[int] = []

    def fails() -> bool:
        bad.append(1)
        raise ValueError("canary@example.org")

    def works() -> bool:
        good.append(1)
        return False

    with (
        caplog.at_level(logging.DEBUG),
        ticking(schedule.Tick("bad", 0.01, fails), schedule.Tick("good", 0.01, works)),
    ):
        eventually(lambda: len(good) > 3 and len(bad) > 3, "both to go on")
    assert "step failed" in caplog.text
    assert "canary" not in caplog.text


def test_a_tick_with_more_to_do_runs_again_at_once_and_lets_others_in() -> None:
    busy: list[int] = []
    calm: list[int] = []

    def more() -> bool:
        busy.append(1)
        return True

    def enough() -> bool:
        calm.append(1)
        return False

    with ticking(schedule.Tick("busy", 3600, more), schedule.Tick("calm", 0.01, enough)):
        eventually(lambda: len(busy) > 20 and len(calm) > 3, "turns for both")


def test_a_database_that_was_away_is_found_again() -> None:
    turns: list[int] = []

    def away_at_first() -> bool:
        turns.append(1)
        if len(turns) < 3:
            raise OperationalError("gone")
        return False

    with ticking(schedule.Tick("away", 0.01, away_at_first)):
        eventually(lambda: len(turns) > 4, "turns after the failure")


def test_late_work_is_reminded_of(
    publish: Callable[..., OutboxMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: set[str] = set()
    monkeypatch.setattr(clock, "nudge", nudged.add)
    monkeypatch.setattr(clock, "CALL_EVERY", 3600)
    publish()
    OutboxMessage.objects.update(due_at=timezone.now() - timedelta(seconds=5))
    with ticking():
        eventually(lambda: "mail" in nudged, "a reminder")


def test_what_runs_beside_the_loop_delays_nobody_and_is_left_behind_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also one that takes for ever, as a publication on a hanging disk would."""
    monkeypatch.setattr(clock, "GRACE", 0.1)
    release, good, failed = threading.Event(), list[int](), list[int]()

    def hangs() -> bool:
        release.wait(60)
        return False

    def fails() -> bool:
        failed.append(1)
        raise ValueError

    def works() -> bool:
        good.append(1)
        return False

    made = Clock()
    made._loop.steps.append(clock.Steady("good", 0.01, works))
    made._beside += [
        clock.Loop(made._stop, [clock.Steady("hangs", 0.01, hangs)]),
        clock.Loop(made._stop, [clock.Steady("fails", 0.01, fails)]),
    ]
    thread = threading.Thread(target=made.run)
    thread.start()
    eventually(lambda: len(good) > 3 and len(failed) > 3, "turns beside one that hangs")
    made.stop()
    thread.join(30)
    assert not thread.is_alive()
    release.set()


def test_the_apps_steps_run_beside_the_loop() -> None:
    names = {aside.name for aside in schedule.asides()}
    assert {"signatures.publish", "signatures.cosign"} <= names
    assert len(Clock()._beside) == len(names)
