"""Mails and the deaths of what carries them: workers, Redis, the database's connections."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from redis import Redis

from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import NeverHappened, Process, eventually
from tests.services import RedisServer
from tests.smtp import SmtpSink

MAILS = 300
BATCH = 20
STATES = """SELECT state, count(*) FROM worker_outboxmessage
            WHERE topic LIKE 'errand.%' GROUP BY state"""
Install = Callable[..., Installation]


class Carriers:
    """An installation's mail worker and clock, without a web server."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.clock = installation.spawn("manage.py", "clock", "--skip-checks", log="clock")
        self.worker = self.start_worker()

    def start_worker(self) -> Process:
        words = "-m celery -q -A worker.celery worker -Q mail -c 2 --without-gossip"
        words += " --without-mingle --without-heartbeat --loglevel WARNING"
        self.worker = self.installation.spawn(*words.split(), log="worker")
        return self.worker

    def publish(self, count: int, *, pause: float = 0.0) -> None:
        self.installation.manage("errands", "--publish", str(count), "--pause", str(pause))

    def states(self) -> dict[str, int]:
        return dict(ask(self.installation, STATES))

    def all_done(self, count: int) -> None:
        """Wait until every message has ended; the mails are then all that will come."""
        eventually(
            lambda: self.states() == {"done": count},
            f"{count} done: {self.states()}\n{self.installation.said()}",
            within=120,
            every=0.2,
        )


@pytest.fixture
def carriers(install: Install, smtp: SmtpSink) -> Callable[..., Carriers]:
    def start(**more: Any) -> Carriers:
        usual = {
            "EXTRA_APPS": "tests.worker.errands",
            "OUTBOX_LEASE": "2",
            "MAIL_BATCH": str(BATCH),
            "LOG_LEVEL": "WARNING",
        }
        return Carriers(install(smtp=smtp, **usual | more))

    return start


def arrived(smtp: SmtpSink) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in list(smtp.mails))


def kill_at(carriers: Carriers, smtp: SmtpSink, counts: range) -> None:
    """SIGKILL the worker each time so many different people have their mail, and start another."""
    for count in counts:
        eventually(lambda count=count: len(arrived(smtp)) >= count, f"{count} mails")
        carriers.worker.kill()
        carriers.start_worker()


@pytest.mark.soak
def test_t80_a_worker_killed_in_the_middle_loses_no_mail(
    carriers: Callable[..., Carriers], smtp: SmtpSink, soak: bool
) -> None:
    kills, mails = (100, 1500) if soak else (3, MAILS)
    smtp.latency = 0.005
    crew = carriers()
    crew.publish(mails)
    step = mails // (kills + 1)
    kill_at(crew, smtp, range(step, step * kills + 1, step))
    crew.all_done(mails)
    came = arrived(smtp)
    assert len(came) == mails
    repeated = sum(came.values()) - mails
    assert repeated <= kills * BATCH
    for person in (name for name, times in came.items() if times > 1):
        assert len({str(mail.message["Message-ID"]) for mail in smtp.to(person)}) == 1


@pytest.mark.once
def test_t80_control_a_relay_that_marks_before_it_sends_loses_mails(
    carriers: Callable[..., Carriers], smtp: SmtpSink
) -> None:
    smtp.latency = 0.005
    crew = carriers(ERRANDS_MARK_FIRST="1")
    crew.publish(MAILS)
    kill_at(crew, smtp, range(30, 91, 30))
    crew.all_done(MAILS)
    assert len(arrived(smtp)) < MAILS


@contextmanager
def again_and_again(act: Callable[[], Any], *, every: float) -> Iterator[None]:
    over = threading.Event()

    def run() -> None:
        while not over.wait(every):
            act()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.soak
def test_t78_a_redis_that_forgets_every_second_and_then_stops_loses_and_doubles_no_mail(
    carriers: Callable[..., Carriers], smtp: SmtpSink, own_redis: RedisServer, soak: bool
) -> None:
    crew = carriers(REDIS_URL=own_redis.url)
    with Redis.from_url(own_redis.url) as client, again_and_again(client.flushall, every=1):
        crew.publish(100, pause=0.03)
    own_redis.kill()
    crew.publish(50)
    time.sleep(30 if soak else 3)
    own_redis.start()
    crew.all_done(150)
    assert Counter(arrived(smtp).values()) == {1: 50, 2: 50}  # 0…49 were published twice


@pytest.mark.once
def test_t78_control_nudges_alone_would_lose_mails(
    carriers: Callable[..., Carriers], smtp: SmtpSink, own_redis: RedisServer
) -> None:
    """Without the clock, what Redis forgets is forgotten."""
    crew = carriers(REDIS_URL=own_redis.url)
    eventually(lambda: crew.worker.said() or crew.worker.alive, "the worker")
    crew.clock.kill()
    own_redis.kill()
    crew.publish(50)
    own_redis.start()
    with pytest.raises(NeverHappened):
        eventually(lambda: smtp.mails, "a mail without a nudge", within=8)
    crew.clock = crew.installation.spawn("manage.py", "clock", "--skip-checks", log="clock")
    crew.all_done(50)


@pytest.mark.skipif(settings.EMBEDDED, reason="PostgreSQL's own: with its run")
def test_t81_connections_cut_again_and_again_lose_no_mail(
    carriers: Callable[..., Carriers], smtp: SmtpSink, migrated_postgres_url: str
) -> None:
    """What a restart of PostgreSQL does to its clients, ten times while mails are sent."""
    smtp.latency = 0.005
    crew = carriers(DATABASE_URL=migrated_postgres_url)
    crew.publish(MAILS)
    cut = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    with psycopg.connect(migrated_postgres_url, autocommit=True) as staff:
        for _ in range(10):
            seen = len(smtp.mails)
            eventually(lambda seen=seen: len(smtp.mails) > seen + 5, "mails to go on")
            staff.execute(cut)
    crew.all_done(MAILS)
    came = arrived(smtp)
    assert len(came) == MAILS
    assert sum(came.values()) - MAILS <= 10 * BATCH


@pytest.mark.once
def test_the_folder_broker_carries_a_mail_to_its_end(install: Install, smtp: SmtpSink) -> None:
    """Everything as `make run` starts it: SQLite, no Redis, a real worker."""
    installation = install(services=False, smtp=smtp, EXTRA_APPS="tests.worker.errands")
    installation.start()
    installation.manage("errands", "--publish", "20")
    smtp.wait(20)
