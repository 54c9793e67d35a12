"""Sending something to another server, which may answer as it likes: in bounded time and bytes."""

import http.client
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlsplit

PLAIN = "text/plain; charset=utf-8"


class NoAnswer(Exception):
    """It did not answer, or not so that it can be read; `reason` quotes nothing it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str  # the content type as it was sent, without what follows a semicolon
    body: bytes


def post(url: str, body: bytes, *, seconds: float, most: int) -> Answer:
    """What is answered to `body`: a redirect as such, for none is followed. Raises NoAnswer.

    Takes `seconds`, however little comes at a time; before that, as many for each network address
    that is tried.
    """
    address = urlsplit(url)
    watch = Watch(seconds)
    with closing(http.client.HTTPConnection(address.netloc)) as connection, watch:
        try:
            connection.sock = _connected(address, seconds, watch)
            headers = {"Content-Type": PLAIN, "Connection": "close"}
            connection.request("POST", address.path, body, headers)
            with connection.getresponse() as response:
                answer = _read(response, most)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = watch.late or isinstance(error, TimeoutError)
            raise NoAnswer("too slow" if late else type(error).__name__) from None
    if watch.late:  # an answer without a length looks whole when it is cut
        raise NoAnswer("too slow")
    return answer


def _connected(address: SplitResult, seconds: float, watch: "Watch") -> socket.socket:
    secure = address.scheme == "https"
    place = (address.hostname or "", address.port or (443 if secure else 80))
    plain = socket.create_connection(place, timeout=seconds)
    if not secure:
        watch.over(plain)
        return plain
    shaking = _trusted().wrap_socket(
        plain, server_hostname=address.hostname, do_handshake_on_connect=False
    )
    try:
        watch.over(shaking)
        shaking.do_handshake()
    except (OSError, ValueError):
        shaking.close()
        raise
    return shaking


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _read(response: http.client.HTTPResponse, most: int) -> Answer:
    declared = response.length
    body = response.read(most + 1)
    if len(body) > most:
        raise NoAnswer("too long")
    if declared is not None and len(body) != declared:
        raise NoAnswer("cut off")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status, kind, body)


class Watch:
    """Hangs up when the time is over: a socket's own time-out begins anew with each drop."""

    def __init__(self, seconds: float) -> None:
        self._late = threading.Event()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True

    @property
    def late(self) -> bool:
        return self._late.is_set()

    def over(self, connected: socket.socket) -> None:
        """Watch over this connection; raises TimeoutError when it is too late already."""
        self._socket = connected
        if self.late:
            connected.close()
            raise TimeoutError

    def _hang_up(self) -> None:
        self._late.set()
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # without TLS's farewell

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
