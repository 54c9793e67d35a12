"""Readers of streams: one at a time over a plain connection, or a crowd of them in one loop."""

import asyncio
import http.client
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

NET = 60  # seconds: a safety net, never a promise of speed
COUNT = re.compile(rb'"count":(\d+)')


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(NET):
        while not happened():  # noqa: ASYNC110 - of another process nobody tells us
            await asyncio.sleep(0.005)


@dataclass(frozen=True)
class Event:
    """What a browser makes of the lines up to an empty one; a comment has no name."""

    name: str = ""
    data: str = ""
    id: str = ""
    retry: int = 0

    @property
    def count(self) -> int:
        return int(json.loads(self.data)["count"])


class Reader:
    """One open stream, read line by line."""

    def __init__(
        self, port: int, path: str, *, method: str = "GET", source: str = "", **headers: str
    ) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=NET)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if source:
            given["X-Forwarded-For"] = source
        self._line.request(method, path, headers={"Host": "localhost"} | given)
        self.answer = self._line.getresponse()
        self.status = self.answer.status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        self.answer.close()
        self._line.close()

    def problem(self) -> dict[str, Any]:
        assert self.answer.headers["Content-Type"] == "application/problem+json"
        return dict(json.loads(self.answer.read()))

    def next(self) -> Event | None:
        """The next event or comment; None at the end."""
        found: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                return Event(
                    found.get("event", ""),
                    found.get("data", ""),
                    found.get("id", ""),
                    int(found.get("retry", 0)),
                )
            name, _, value = line.rstrip("\n").partition(":")
            found[name] = value.removeprefix(" ")
        return None

    def event(self) -> Event:
        """The next one with a name."""
        while (found := self.next()) is not None:
            if found.name:
                return found
        raise AssertionError("the stream has ended")

    def until(self, count: int) -> Event:
        while (found := self.event()).count != count:
            pass
        return found


class Crowd:
    """Many streams at once: those who read, and those who stopped reading."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self.last: list[int] = []
        self.ended = 0
        self._lines: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stalled: list[socket.socket] = []

    async def open(self, readers: int, *, stalled: int = 0) -> None:
        for number in range(readers + stalled):
            await self._open(number, reads=number < readers)

    async def _open(self, number: int, *, reads: bool) -> None:
        line = socket.socket()
        line.setblocking(False)
        if not reads:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the least there is
        # Every reader comes from an address of its own.
        line.bind((f"127.0.{1 + number // 250}.{1 + number % 250}", 0))
        loop = asyncio.get_running_loop()
        await loop.sock_connect(line, ("127.0.0.1", self._port))
        request = f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        await loop.sock_sendall(line, request)
        if reads:
            source, writer = await asyncio.open_connection(sock=line, limit=2**20)
            self._lines.append(writer)
            self.last.append(-1)
            self._tasks.append(asyncio.create_task(self._read(number, source)))
        else:
            self._stalled.append(line)

    async def _read(self, number: int, source: asyncio.StreamReader) -> None:
        while line := await source.readline():
            if found := COUNT.search(line):
                self.last[number] = int(found[1])
        self.ended += 1

    async def reach(self, count: int) -> None:
        """Until everybody who reads has seen it last."""
        await until(lambda: set(self.last) == {count})

    async def close(self) -> None:
        for writer in self._lines:
            writer.close()
        for line in self._stalled:
            line.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
