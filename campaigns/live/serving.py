"""The server of the streams: uvicorn, with lines that are bounded in number and in patience."""

import asyncio
import resource
import signal
import socket

import structlog
import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from campaigns.live.app import Live

UNSENT = 16_384  # bytes that may wait for one reader here, and as many again in the system
STALLED = 30_000  # milliseconds until the system gives up a reader who takes nothing
FIRST_WORDS = 10.0  # seconds to ask for something
LONGEST = 32_768  # bytes of a request's head
SPARE = 500  # lines beside the streams: who is refused, who asks how we are
GRACE = 2  # seconds for the lines to end

log = structlog.get_logger(__name__)


class Line(HttpToolsProtocol):
    """One connection. The application gets `abort`, which frees what waits to be sent."""

    most = 0  # lines at once

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head: int | None = 0  # bytes of it so far; None between two
        self._answering = False
        self._impatient = self.loop.call_later(FIRST_WORDS, transport.abort)
        transport.set_write_buffer_limits(high=UNSENT)
        if len(self.connections) > self.most:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._impatient.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > LONGEST:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = 0
        self._impatient.cancel()
        self._impatient = self.loop.call_later(FIRST_WORDS, self.transport.abort)
        self.scope["state"]["abort"] = self.transport.abort

    def on_headers_complete(self) -> None:
        self._head = None
        self._impatient.cancel()
        if self._answering:
            # The server would tell the later request, not the stream, that the line has ended.
            self.transport.abort()
            return
        self._answering = True
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._answering = False
        super().on_response_complete()
        self._impatient.cancel()  # a body that trickles on, or an empty line, is no next request
        self._impatient = self.loop.call_later(FIRST_WORDS, self.transport.abort)


class Server(uvicorn.Server):
    """Ends its streams before it waits for its connections."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for line in list(self.server_state.connections):
            line.shutdown()  # what is sent now is the last on its line
        await self._live.close()
        await super().shutdown(sockets)


def serve(live: Live, *, host: str, port: int) -> None:
    """Until told to stop by SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # the server raises it again when it has ended
    with listening(host, port) as ours:
        server(live).run(sockets=[ours])


def server(live: Live) -> Server:
    Line.most = _room()
    config = uvicorn.Config(
        live,
        http=Line,
        ws="none",
        lifespan="on",
        loop="uvloop",
        log_config=None,
        log_level=None,
        access_log=False,
        proxy_headers=False,  # whom to believe is decided in campaigns/client
        server_header=False,
        backlog=4096,
        timeout_graceful_shutdown=GRACE,
    )
    return Server(config, live)


def listening(host: str, port: int) -> socket.socket:
    """What is set here holds for every connection made to it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ours = socket.socket(family, socket.SOCK_STREAM)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
    ours.bind((host, port))
    ours.setblocking(False)
    return ours


def _room() -> int:
    """How many lines there may be; as many open files as the system lets us have."""
    wanted = int(settings.LIVE_STREAMS) + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < needed:
        log.warning("fewer streams than LIVE_STREAMS: too few open files allowed", allowed=soft)
    return min(wanted, soft - SPARE)
