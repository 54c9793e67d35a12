"""Sending something to another server, which may answer as it likes: in bounded time and bytes."""

import http.client
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from socket import SHUT_RDWR
from urllib.parse import urlsplit

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
    """What is answered to `body`, redirects included: none is followed. Raises NoAnswer.

    The whole of it, drop by drop or not, takes `seconds` and as many again for connecting.
    """
    address = urlsplit(url)
    connection: http.client.HTTPConnection
    if address.scheme == "https":
        connection = http.client.HTTPSConnection(
            address.netloc, timeout=seconds, context=_trusted()
        )
    else:
        connection = http.client.HTTPConnection(address.netloc, timeout=seconds)
    late = threading.Event()
    watch = threading.Timer(seconds, _hang_up, [connection, late])
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        if late.is_set():  # there was nothing to hang up yet
            raise TimeoutError
        connection.request(
            "POST", address.path, body, {"Content-Type": PLAIN, "Connection": "close"}
        )
        answer = _read(connection.getresponse(), most)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise NoAnswer("too slow") from None
        raise NoAnswer(type(error).__name__) from None
    finally:
        watch.cancel()
        connection.close()
    if late.is_set():  # an answer without a length looks whole when it is cut
        raise NoAnswer("too slow")
    return answer


def _read(answer: http.client.HTTPResponse, most: int) -> Answer:
    declared = answer.length
    body = answer.read(most + 1)
    if len(body) > most:
        raise NoAnswer("too long")
    if declared is not None and len(body) != declared:
        raise NoAnswer("cut off")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(answer.status, kind, body)


def _hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """A time-out of the socket begins anew with each drop."""
    late.set()
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(SHUT_RDWR)


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
