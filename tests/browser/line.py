"""The line between a browser and the world, as a proxy on it: slow, cut through, and counted."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import cast
from urllib.parse import urlsplit

from tests.processes import free_port

PIECE = 4_096  # bytes that travel together
LONGEST = 65_536  # bytes of a line of a request's head
OWN = ("connection:", "proxy-", "content-length:")  # headers the relay reads or writes itself


class Line(ThreadingTCPServer):
    """What a browser's connections go through; `delay` seconds for each piece of an answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), Relay)
        self.delay = 0.0
        self.asked: list[str] = []  # every address, in order
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, str] = {}

    @property
    def proxy(self) -> dict[str, str]:
        """For a browser's context; without the second word localhost goes past it."""
        return {"server": f"http://127.0.0.1:{self.server_address[1]}", "bypass": "<-loopback>"}

    @property
    def is_cut(self) -> bool:
        return self._cut.is_set()

    def cut(self) -> None:
        """Nobody gets through, and whoever talks is interrupted."""
        self._cut.set()
        with self._lock:
            for far in self._open:
                with suppress(OSError):
                    far.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut.clear()

    def open_to(self, ending: str) -> int:
        """How many answers of addresses that end so are still on their way."""
        with self._lock:
            return sum(urlsplit(url).path.endswith(ending) for url in self._open.values())

    @contextmanager
    def talking(self, url: str) -> Iterator[socket.socket]:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as far:
            with self._lock:
                self._open[far] = url
                self.asked.append(url)
            try:
                yield far
            finally:
                with self._lock:
                    del self._open[far]


class Relay(StreamRequestHandler):
    """One request of the browser, and its answer until either end has had enough."""

    def handle(self) -> None:
        self.line = cast(Line, self.server)
        with suppress(OSError, ValueError):
            self._pass_on()

    def _pass_on(self) -> None:
        first, *headers = self._head() or [""]
        verb, url, version = first.split(" ")
        if self.line.is_cut or verb == "CONNECT":  # nothing outside this machine is asked for
            return
        path = url.partition(urlsplit(url).netloc)[2] or "/"
        body = b""
        for header in headers:
            name, _, value = header.partition(":")
            if name.lower() == "content-length":
                body = self.rfile.read(int(value))
        kept = [header for header in headers if not header.lower().startswith(OWN)]
        kept += [f"Content-Length: {len(body)}"] if body else []
        words = "\r\n".join([f"{verb} {path} {version}", *kept, "Connection: close", "", ""])
        with self.line.talking(url) as far:
            far.sendall(words.encode("latin-1") + body)
            self._answer(far)

    def _head(self) -> list[str]:
        lines = []
        while line := self.rfile.readline(LONGEST).decode("latin-1").rstrip("\r\n"):
            lines.append(line)
        return lines

    def _answer(self, far: socket.socket) -> None:
        with selectors.DefaultSelector() as ends:
            ends.register(far, selectors.EVENT_READ)
            ends.register(self.connection, selectors.EVENT_READ)
            while True:
                for key, _ in ends.select():
                    if key.fileobj is self.connection:
                        return  # the browser says nothing after its request: it has gone
                    if not (piece := far.recv(PIECE)):
                        return
                    time.sleep(self.line.delay)
                    self.connection.sendall(piece)


@contextmanager
def line() -> Iterator[Line]:
    """One line for one browser: give `line.proxy` to its context."""
    with Line() as one:
        thread = threading.Thread(target=one.serve_forever, daemon=True)
        thread.start()
        try:
            yield one
        finally:
            one.cut()
            one.shutdown()
            thread.join()
