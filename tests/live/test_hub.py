"""Who is told what, without a network; and with one, what becomes of a reader who stalls."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from campaigns.live import app, frames, serving
from campaigns.live.app import Live
from campaigns.live.hub import Hub, Reader
from campaigns.live.looking import Told
from campaigns.live.places import Full
from tests import make
from tests.live import alone
from tests.live.listening import until
from tests.processes import eventually, free_port


def told(count: int, size: int = 0) -> Told:
    return Told(frames.count(count, f'{{"count":{count}{" " * size}}}'), (count,))


class Ear:
    """One reader's end: keeps what it is sent; `deaf`, it takes nothing more."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.deaf = self.cut = False
        self.reader = Reader(self.send, self._abort)

    def _abort(self) -> None:
        self.cut = True

    async def send(self, message: Any) -> None:
        if self.deaf:
            await asyncio.Event().wait()
        self.heard.append(message["body"])

    def counts(self) -> list[int]:
        events = b"".join(self.heard).split(b"\n\n")
        return [
            int(one.partition(b"id: ")[2].partition(b"-")[0]) for one in events if b"id: " in one
        ]

    def beats(self) -> int:
        return self.heard.count(frames.BEAT)


def running(test: Callable[[Hub], Awaitable[None]], **pace: float) -> None:
    """The test, with a hub that tells and beats meanwhile."""

    async def run() -> None:
        hub = Hub(**pace)
        work = [asyncio.create_task(hub.tell()), asyncio.create_task(hub.beat())]
        try:
            await test(hub)
        finally:
            for one in work:
                one.cancel()

    alone.run(run())


def test_what_changes_between_two_updates_is_told_once_and_the_last_of_it():
    async def test(hub: Hub) -> None:
        ear = Ear()
        hub.join("aller", told(1), ear.reader, knows="", hello=b"")
        for count in range(2, 50):
            hub.hear("aller", told(count))
        await until(lambda: ear.counts()[-1] == 49)
        for count in range(50, 80):
            hub.hear("aller", told(count))
        await until(lambda: ear.counts()[-1] == 79)
        assert ear.counts() == [1, 49, 79]

    running(test, pace=0.05)


def test_the_next_update_waits_its_time():
    async def test(hub: Hub) -> None:
        ear = Ear()
        hub.join("aller", told(1), ear.reader, knows="", hello=b"")
        hub.hear("aller", told(2))
        await until(lambda: ear.counts() == [1, 2])
        hub.hear("aller", told(3))
        for _ in range(100):  # turns in which nothing else is waited for
            await asyncio.sleep(0)
        assert ear.counts() == [1, 2]
        assert hub.streams["aller"].waits

    running(test, pace=10_000.0)


def test_nobody_is_told_twice_what_it_was_greeted_with():
    async def test(hub: Hub) -> None:
        first, late = Ear(), Ear()
        hub.join("aller", told(1), first.reader, knows="", hello=b"")
        hub.hear("aller", told(2))
        hub.join("aller", told(1), late.reader, knows="", hello=b"")  # its look was older
        await until(lambda: first.counts() == [1, 2])
        hub.hear("aller", told(3))
        await until(lambda: first.counts() == [1, 2, 3])
        assert late.counts() == [2, 3]

    running(test, pace=0.01)


def test_everybody_gets_a_heartbeat_but_not_all_at_once():
    async def test(hub: Hub) -> None:
        ears = [Ear() for _ in range(120)]
        for ear in ears:
            hub.join("aller", told(1), ear.reader, knows="", hello=b"")
        await until(lambda: any(ear.beats() for ear in ears))
        assert sum(ear.beats() for ear in ears) < 60
        await until(lambda: all(ear.beats() >= 2 for ear in ears))

    running(test, heartbeat=0.6)


def test_t52_who_takes_nothing_is_cut_off_and_holds_up_nobody():
    async def test(hub: Hub) -> None:
        slow, quick = Ear(), Ear()
        for ear in (slow, quick):
            hub.join("aller", told(1), ear.reader, knows="", hello=b"")
        slow.deaf = True
        hub.hear("aller", told(2))
        await until(lambda: quick.counts() == [1, 2])
        await until(lambda: slow.cut)
        assert (hub.readers, hub.dropped) == (1, 1)

    running(test, pace=0.01)


def test_the_last_one_to_leave_takes_the_letter_along():
    async def test(hub: Hub) -> None:
        ears = [Ear(), Ear()]
        for ear in ears:
            hub.join("aller", told(1), ear.reader, knows="", hello=b"")
        for ear in ears:
            assert hub.streams
            hub.leave(ear.reader)
            hub.leave(ear.reader)
        assert not hub.streams
        assert not hub.readers

    running(test)


def test_a_mistake_of_ours_costs_one_round_and_not_all_streams():
    tries: list[int] = []

    async def work() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise ValueError("once")

    alone.run(app._steadily(work))
    assert tries == [0, 1]


def test_whoever_comes_while_it_ends_gets_no_place():
    live = Live(streams=10, per_client=10)
    alone.run(live.close())
    with pytest.raises(Full):
        live.places.take("anybody")


# --- With the real server ---------------------------------------------------------------------
@contextmanager
def served(live: Live) -> Iterator[tuple[int, asyncio.AbstractEventLoop, serving.Server]]:
    """The server of `manage.py live` on a thread of this process."""
    port = free_port()
    ours = serving.listening("127.0.0.1", port)
    server = serving.server(live)
    thread = threading.Thread(target=server.run, args=([ours],))
    thread.start()
    try:
        eventually(lambda: server.started, "the server")
        yield port, live._tasks[0].get_loop(), server
    finally:
        server.should_exit = True
        thread.join()


def _asked(port: int, room: int, end: bytes = b"\r\n") -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    line.settimeout(60)
    line.connect(("127.0.0.1", port))
    line.sendall(b"GET /letters/aller/live/ HTTP/1.1\r\nHost: localhost\r\n" + end)
    return line


@pytest.mark.django_db(transaction=True)
def test_t52_what_waits_for_a_stalled_reader_is_bounded_and_freed():
    make.letter(slug="aller")
    live = Live(streams=10, per_client=10)
    live.hub = Hub(pace=0.0)
    with served(live) as (port, loop, server), _asked(port, 1) as stalled:
        eventually(lambda: live.hub.readers == 1, "the one who will stall")
        (line,) = server.server_state.connections
        most = sent = 0
        while not live.hub.dropped:
            sent += 1
            asyncio.run_coroutine_threadsafe(_hear(live.hub, told(sent, 2_000)), loop).result(60)
            most = max(most, line.transport.get_write_buffer_size())
        assert most < serving.UNSENT + 4_000
        assert sent * 2_000 < 200_000  # with what the system keeps
        eventually(lambda: not server.server_state.connections, "its line is cut")
        assert live.places.taken == 0
        stalled.close()


async def _hear(hub: Hub, news: Told) -> None:
    hub.hear("aller", news)
    await asyncio.sleep(0.001)


def _send_much(line: socket.socket, endless: bytes) -> None:
    """Far more than the 10 MB the system itself may keep for a server that has not read yet."""
    for _ in range(100):
        line.sendall(endless * (1_000_000 // len(endless)))


@pytest.mark.parametrize("endless", [b"a: b\r\n", b"x"], ids=["headers", "one header"])
def test_t52_a_request_without_end_is_cut_off(endless: bytes):
    live = Live(streams=10, per_client=10)
    with served(live) as (port, _, server), _asked(port, 4_096, end=b"") as line:
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            _send_much(line, endless)
        eventually(lambda: not server.server_state.connections, "its line is cut")


@pytest.mark.django_db(transaction=True)
def test_t52_whoever_asks_on_before_the_answer_has_ended_leaves_no_stream_behind():
    make.letter(slug="aller")
    live = Live(streams=10, per_client=10)
    with served(live) as (port, _, server):
        with _asked(port, 4_096) as line:
            assert line.recv(4)
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1_000)
        eventually(lambda: not server.server_state.connections, "its line is cut")
        eventually(lambda: not live.places.taken, "its place is free")


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        (b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n", b"a"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n"),
    ],
    ids=["a body that trickles", "an empty line"],
)
def test_t52_what_comes_after_an_answer_does_not_keep_a_line(
    asked: bytes, then: bytes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "FIRST_WORDS", 0.5)
    live = Live(streams=10, per_client=10)
    with served(live) as (port, _, server), socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(asked)
        assert line.recv(99_999)
        line.sendall(then)
        eventually(lambda: not server.server_state.connections, "its line is cut")


def test_t52_the_system_gives_up_who_takes_nothing():
    with serving.listening("127.0.0.1", free_port()) as ours:
        ours.listen()
        with socket.create_connection(ours.getsockname()):
            line, _ = ours.accept()
            with line:
                patience = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                room = line.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert 0 < patience <= 30_000
    assert room <= 2 * serving.UNSENT
