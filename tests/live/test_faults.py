"""Redis comes and goes, the database is cut, the process is stopped: what becomes of streams."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from redis import Redis

from campaigns.live import announcing, watching
from campaigns.live.hub import Hub, Reader
from campaigns.live.looking import Looker
from campaigns.live.watching import Away, Watcher
from tests import make
from tests.live import alone, listening
from tests.live.conftest import Live, signed, signed_aside
from tests.live.listening import Crowd, until
from tests.processes import eventually, free_port
from tests.services import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/letters/aller/live/"


@pytest.fixture
def letter() -> Any:
    return make.letter(slug="aller")


@pytest.fixture
def announcer(settings: Any, own_redis: RedisServer) -> Iterator[None]:
    """This process counts, and tells the Redis of this test."""
    settings.REDIS_URL = own_redis.url
    announcing._announcer.start_over()
    yield
    announcing._announcer.start_over()


def test_f23_streams_outlive_redis_and_catch_up(
    start: Callable[..., Live], letter: Any, own_redis: RedisServer, announcer: None
) -> None:
    live = start(REDIS_URL=own_redis.url)
    live.says(nudges=True)
    with listening.Reader(live.port, PATH) as reader:
        reader.event()
        signed(letter)
        assert reader.event().count == 1
        with Redis.from_url(own_redis.url) as client:
            client.flushall()
        signed(letter)
        assert reader.event().count == 2
        own_redis.kill()
        live.says(nudges=False)
        signed(letter)
        assert reader.event().count == 3
        own_redis.start()
        live.says(nudges=True)
        signed(letter)
        assert reader.event().count == 4
    live.says(streams=0)


def test_a_batch_that_was_counted_is_announced_without_saying_what_has_moved(
    letter: Any, own_redis: RedisServer, announcer: None
) -> None:
    with Redis.from_url(own_redis.url) as client, client.pubsub() as line:
        line.subscribe(announcing.CHANNEL)
        assert line.get_message(timeout=listening.NET)  # that it listens now
        signed(letter)
        nudge = line.get_message(timeout=listening.NET)
    assert nudge
    assert nudge["data"] == b""


def test_counting_goes_on_whatever_becomes_of_the_announcement(settings: Any, letter: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    announcing._announcer.start_over()
    try:
        assert [signed(letter) for _ in range(3)] == [1, 2, 3]
    finally:
        announcing._announcer.start_over()


class Ear:
    """The end of one stream without a network."""

    def __init__(self) -> None:
        self.heard = b""
        self.reader = Reader(self._send, lambda: None)

    async def _send(self, message: Any) -> None:
        self.heard += message["body"]


@contextmanager
def watching_aller(hub: Hub, watcher: Watcher) -> Iterator[None]:
    tasks = [asyncio.ensure_future(hub.tell()), asyncio.ensure_future(watcher.watch())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        watcher.stop()


async def _joined(hub: Hub, watcher: Watcher) -> Ear:
    ear = Ear()
    told = await watcher.first("aller")
    assert told
    hub.join("aller", told, ear.reader, knows="", hello=b"")
    return ear


def test_f23_control_who_trusts_nudges_alone_misses_what_nobody_announced(
    letter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "NUDGED", 10_000)

    async def run() -> None:
        hub = Hub(pace=0)
        watcher = Watcher(hub, Looker(), nudges=True)
        with watching_aller(hub, watcher):
            ear = await _joined(hub, watcher)
            await asyncio.to_thread(signed_aside, letter)
            await asyncio.sleep(1.5 * watching.EVERY)
            assert b'"count":1' not in ear.heard
            watcher.nudge(there=False)
            await until(lambda: b'"count":1' in ear.heard)
            await asyncio.to_thread(signed_aside, letter)  # and from now on it looks by itself
            await until(lambda: b'"count":2' in ear.heard)

    alone.run(run())


class Cut(Looker):
    """The database is away as long as one says so."""

    away = False

    def look(self, *args: Any, **options: Any) -> Any:
        if self.away:
            raise OperationalError("server closed the connection unexpectedly")
        return super().look(*args, **options)


def test_f23_streams_outlive_the_database_and_newcomers_are_told_to_wait(letter: Any) -> None:
    async def run() -> None:
        hub, looker = Hub(pace=0), Cut()
        watcher = Watcher(hub, looker, nudges=False)
        with watching_aller(hub, watcher):
            ear = await _joined(hub, watcher)
            looker.away = True
            with pytest.raises(Away):
                await watcher.first("other")
            assert await watcher.first("aller")  # somebody listens, so it is known
            await asyncio.to_thread(signed_aside, letter)
            await until(lambda: watcher.failures >= 2)
            assert hub.readers == 1
            looker.away = False
            await until(lambda: b'"count":1' in ear.heard)
            assert await watcher.first("other") is None

    alone.run(run())


@pytest.mark.skipif(settings.EMBEDDED, reason="a file on the same machine is not cut off")
def test_f23_streams_outlive_cut_connections_to_postgresql(live: Live, letter: Any) -> None:
    name = connection.settings_dict["NAME"]
    with listening.Reader(live.port, PATH) as reader:
        reader.event()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            mine = cursor.fetchone()[0]
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            try:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND pid <> %s",
                    [name, mine],
                )
                live.says(database="does not answer")
                signed(letter)
                with listening.Reader(live.port, "/letters/other/live/") as late:
                    assert late.status == 503
                    assert late.answer.headers["Retry-After"]
            finally:
                server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert reader.until(1)
        live.says(database="ok")


@pytest.mark.soak
def test_f23_streams_need_no_redis_and_end_with_their_process(
    start: Callable[..., Live], letter: Any, soak: bool
) -> None:
    live = start(REDIS_URL=f"redis://127.0.0.1:{free_port()}")
    many = 10_000 if soak else 250
    with listening.Reader(live.port, PATH) as reader:
        reader.event()
        signed(letter)
        assert reader.event().count == 1

    async def run() -> None:
        crowd = Crowd(live.port, PATH)
        await crowd.open(many)
        await crowd.reach(1)
        live.process.popen.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(live.process.popen.wait, 60)
        assert status == 0
        await until(lambda: crowd.ended == many)
        await crowd.close()

    alone.run(run())
    assert "Traceback" not in live.process.said()
    eventually(lambda: not live.health(), "nobody listens there any more")
