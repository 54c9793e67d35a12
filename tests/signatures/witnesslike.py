"""Witnesses of every kind, each a real server on this machine."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from signatures.log import merkle, witness
from signatures.log.note import Line, SigningKey, Type
from tests.logbook import KEY
from tests.processes import free_port

PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
Said = tuple[int, str, bytes]


class Honest:
    """A witness as it should be: what it saw, what it was asked, and what it answers."""

    def __init__(self, name: str) -> None:
        self.key = SigningKey(f"{name}.example/w", sha256(name.encode()).digest(), Type.COSIGNATURE)
        self.size, self.root = 0, merkle.EMPTY_ROOT
        self.asked: list[witness.Request] = []
        self.url = ""

    @property
    def line(self) -> str:
        """As it stands in WITNESSES."""
        short = self.key.name.partition(".")[0]
        return f"witness {short} {self.key.verifier} {self.url}"

    def answer(self, body: bytes) -> Said:
        request = witness.parse(body)
        self.asked.append(request)
        try:
            witness.check_signed(request, [KEY.verifier])
            witness.check_follows(request, self.size, self.root)
        except witness.Refused as refused:
            if refused.recorded is not None:
                return 409, SIZE, b"%d\n" % refused.recorded
            return refused.status, PLAIN, b"no\n"
        self.size, self.root = request.checkpoint.size, request.checkpoint.root
        return 200, PLAIN, str(self.sign(request)).encode()

    def sign(self, request: witness.Request) -> Line:
        return self.key.cosign(request.note.text, int(time.time()))

    def speak(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        status, kind, said = self.answer(body)
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)


class Odd(Honest):
    """One that signs as `how` says, or says something else altogether."""

    def __init__(self, name: str, how: Callable[["Odd", witness.Request], Said]) -> None:
        super().__init__(name)
        self._how = how

    def answer(self, body: bytes) -> Said:
        self.asked.append(witness.parse(body))
        return self._how(self, self.asked[-1])


def signed(line: Line | str) -> Said:
    return 200, PLAIN, str(line).encode()


def another_root(odd: Odd, asked: witness.Request) -> Said:
    fork = replace(asked.checkpoint, root=bytes(32))
    return signed(odd.key.cosign(fork.text, int(time.time())))


def another_key(odd: Odd, asked: witness.Request) -> Said:
    key = SigningKey(odd.key.name, bytes(32), Type.COSIGNATURE)
    return signed(key.cosign(asked.note.text, int(time.time())))


def at(seconds: int) -> Callable[[Odd, witness.Request], Said]:
    return lambda odd, asked: signed(odd.key.cosign(asked.note.text, int(time.time()) + seconds))


def twice(odd: Odd, asked: witness.Request) -> Said:
    return signed(str(odd.sign(asked)) * 2)


def conflict(said: bytes, kind: str = SIZE) -> Callable[[Odd, witness.Request], Said]:
    return lambda odd, asked: (409, kind, said)


def other_size_each_time(odd: Odd, asked: witness.Request) -> Said:
    return 409, SIZE, b"%d\n" % (len(odd.asked) % 3)


def refuses(status: int) -> Callable[[Odd, witness.Request], Said]:
    return lambda odd, asked: (status, PLAIN, b"no\n")


ODD: dict[str, Callable[[Odd, witness.Request], Said]] = {
    "another root": another_root,
    "another key": another_key,
    "long ago": at(-86_400),
    "in a year": at(31_536_000),
    "twice": twice,
    "huge": lambda odd, asked: (200, PLAIN, b"A" * 5_000_000),
    "huge conflict": conflict(b"9" * 5_000_000),
    "garbage": lambda odd, asked: (200, PLAIN, bytes(range(256))),
    "empty": lambda odd, asked: (200, PLAIN, b""),
    "page": lambda odd, asked: (200, "text/html", "<h1>— hello you</h1>\n".encode()),
    "page as conflict": conflict(b"<h1>999999999</h1>\n", "text/html"),
    "conflict with a number, but no witness's": conflict(b"999999999\n", "text/plain"),
    "loose number": conflict(b"0999999999\n"),
    "signed number": conflict(b"+999999999\n"),
    "number beyond": conflict(b"9223372036854775808\n"),
    "number without an end": conflict(b"999999999"),
    "two numbers": conflict(b"999999999\n1\n"),
    "another size each time": other_size_each_time,
    "unknown": refuses(404),
    "forbidden": refuses(403),
    "fork": refuses(422),
    "broken": refuses(500),
}


class Silent(Honest):
    """Takes the question and says nothing, for as long as it is listened to."""

    def speak(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(witness.parse(body))
        with suppress(OSError):
            handler.connection.settimeout(30)
            handler.connection.recv(1)


class Dripping(Honest):
    """Says a little now and then, so that no time-out of one read ever ends it."""

    def __init__(self, name: str, before: bytes, drop: bytes) -> None:
        super().__init__(name)
        self._before, self._drop = before, drop

    def speak(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(witness.parse(body))
        with suppress(OSError):
            handler.connection.sendall(b"HTTP/1.1 200 OK\r\n" + self._before)
            while True:
                handler.connection.sendall(self._drop)
                time.sleep(0.05)


class CutOff(Honest):
    """Good, but only the first half of it."""

    def speak(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        _, _, said = self.answer(body)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said[: len(said) // 2])


class Elsewhere(Honest):
    """Sends the question on to another address."""

    def __init__(self, name: str, to: Honest) -> None:
        super().__init__(name)
        self._to = to

    def speak(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self.asked.append(witness.parse(body))
        handler.send_response(307)
        handler.send_header("Location", f"{self._to.url}/add-checkpoint")
        handler.send_header("Content-Length", "0")
        handler.end_headers()


class Dead(Honest):
    """Nobody listens there."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, address: Any) -> None:
        """Whoever asked hung up: that is what these tests are about."""


@contextmanager
def listening(*witnesses: Honest, tls: Any = None) -> Iterator[None]:
    """Serve all of them, each on a port of its own."""
    servers = []
    for one in witnesses:
        if isinstance(one, Dead):
            one.url = f"http://127.0.0.1:{free_port()}/w"
            continue
        server = _Server(("127.0.0.1", 0), _handler(one))
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        one.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/w"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(one: Honest) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/w/add-checkpoint"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with suppress(OSError):
                one.speak(self, body)

        def log_message(self, *_: Any) -> None:
            """Nothing to say."""

    return Handler
