import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from worker import health, schedule
from worker.models import Heartbeat, OutboxMessage
from worker.relay import Relay

JOB = "worker.forget_the_done"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def open_runs() -> int:
    return OutboxMessage.objects.filter(topic=f"job.{JOB}", due_at__isnull=False).count()


@pytest.fixture
def seen_before(db: None) -> None:
    """Every job has had its first look: the next time is the first run."""
    schedule.plan(at("2026-01-01 00:00:00"))


@pytest.mark.django_db
def test_a_job_seen_for_the_first_time_waits_for_its_next_time() -> None:
    now = at("2026-05-01 12:20:00")
    assert JOB not in schedule.plan(now)
    assert JOB not in schedule.plan(now + timedelta(minutes=30))
    assert JOB in schedule.plan(now + timedelta(minutes=41))


@pytest.mark.usefixtures("seen_before")
def test_a_job_runs_once_for_all_the_times_it_missed(mail_server: object, relay: Relay) -> None:
    now = at("2026-05-01 12:00:00")
    assert JOB in schedule.plan(now)
    assert JOB not in schedule.plan(now)
    assert open_runs() == 1
    relay.run("mail")
    assert open_runs() == 0
    assert f"ran:{JOB}" in health.heartbeats()


@pytest.mark.usefixtures("seen_before")
def test_a_job_still_running_is_not_started_beside_itself() -> None:
    schedule.plan(at("2026-05-01 12:00:00"))
    assert JOB not in schedule.plan(at("2026-05-01 13:00:00"))
    assert open_runs() == 1


@pytest.mark.django_db(transaction=True)
def test_t100_two_clocks_start_a_job_once() -> None:
    schedule.plan(at("2026-01-01 00:00:00"))
    together = threading.Barrier(4)

    def clock(_: int) -> list[str]:
        together.wait()
        try:
            return schedule.plan(at("2026-05-01 12:00:00"))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        started = [name for names in pool.map(clock, range(4)) for name in names]
    assert started.count(JOB) == 1
    assert open_runs() == 1


def test_a_daily_time_is_local() -> None:
    moment = time(3, 10)
    with timezone.override("Europe/Berlin"):
        for now, latest in (
            ("2026-07-01 01:09:59", "2026-06-30 01:10:00"),
            ("2026-07-01 01:10:00", "2026-07-01 01:10:00"),
            ("2026-12-01 02:10:00", "2026-12-01 02:10:00"),
        ):
            assert schedule.latest_of_day(at(now), moment=moment) == at(latest)


def test_every_so_many_minutes_is_the_same_for_every_clock() -> None:
    for now, latest in (
        ("2026-07-01 01:09:59", "2026-07-01 01:00:00"),
        ("2026-07-01 01:10:00", "2026-07-01 01:10:00"),
    ):
        assert schedule.latest_of_many(at(now), minutes=10) == at(latest)


@pytest.mark.django_db
def test_a_heartbeat_is_one_row() -> None:
    now = timezone.now()
    health.mark("somebody", now - timedelta(hours=1))
    health.mark("somebody", now)
    assert Heartbeat.objects.filter(name="somebody").count() == 1
    assert health.heartbeats()["somebody"] == now
