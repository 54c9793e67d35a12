"""Streams of counts, straight over ASGI: Django's handler would hold a thread for each reader."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import client
from campaigns.hosts import is_ours
from campaigns.live import frames
from campaigns.live.answers import Message, Refused, Send, send_response
from campaigns.live.hub import Hub, Reader
from campaigns.live.looking import Looker, Told
from campaigns.live.nudges import Nudges
from campaigns.live.places import Full, Places
from campaigns.live.watching import Away, Watcher
from worker import faults

AGAIN = (20, 40)  # seconds after which a reader without a place may try again
METHODS = ("GET", "HEAD")
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # nginx would keep frames until it has enough of them
]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
log = structlog.get_logger(__name__)


class Live:
    """An ASGI application with two addresses: `/letters/<slug>/live/` and `/healthz`."""

    def __init__(self, *, streams: int, per_client: int) -> None:
        self.hub = Hub()
        self.places = Places(streams=streams, per_client=per_client)
        self._random = random.Random()  # noqa: S311 - to spread readers, nothing to guess
        self._tasks: list[asyncio.Task[None]] = []
        ours = urlsplit(settings.LIVE_URL).hostname or ""
        self._names = (*settings.ALLOWED_HOSTS, ours)
        codes = "|".join(re.escape(code) for code, _name in settings.LANGUAGES)
        self._address = re.compile(
            rf"(?:/(?P<language>{codes}))?/letters/(?P<slug>[-a-zA-Z0-9_]{{1,80}})/live/"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            match = self._address.fullmatch(path)
            try:
                await self._serve(scope, receive, send, match["slug"] if match else "")
            except Refused as refused:
                language = (match and match["language"]) or settings.LANGUAGE_CODE
                head = scope["method"] == "HEAD"
                await send_response(send, refused.response(language), head=head)

    # --- From the first process to the last ------------------------------------------------------
    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._watcher = Watcher(self.hub, Looker(), nudges=bool(settings.REDIS_URL))
        self._nudges = Nudges(settings.REDIS_URL, self._watcher.nudge)
        steady = (self.hub.tell, self.hub.beat, self._watcher.watch, self._nudges.listen)
        self._tasks = [asyncio.create_task(_steadily(work)) for work in steady]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in self._tasks:
            task.cancel()
        self._watcher.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def close(self) -> None:
        """Before the server stops: ends all streams, takes no more."""
        self.places.close()
        await self.hub.close()

    # --- One request -----------------------------------------------------------------------------
    async def _serve(self, scope: Scope, receive: Receive, send: Send, slug: str) -> None:
        headers = _headers(scope)
        well = scope["path"] == "/healthz"  # asked for by machines, who know us by any name
        if not well and not is_ours(headers.get("host", ""), self._names):
            raise Refused(400, _("Not a name of this site"))
        if not well and not slug:
            raise Refused(404, _("Not found"))
        if scope["method"] not in METHODS:
            raise Refused(405, _("This address only shows"), Allow=", ".join(METHODS))
        if well:
            await send_response(send, self._health(), head=scope["method"] == "HEAD")
            return
        asker = client.household_of(client.seen((scope["client"] or ("",))[0], headers))
        knows = headers.get("last-event-id", "")
        scope["headers"].clear()  # the server keeps the list as long as the stream lasts
        del headers
        try:
            self.places.take(asker)
        except Full:
            raise self._later(_("All places are taken")) from None
        try:
            told = await self._told(slug)
            if scope["method"] == "HEAD":
                await _begin(send)
                await send({"type": "http.response.body", "body": b""})
            else:
                await self._stream(scope, receive, send, told, slug, knows)
        finally:
            self.places.leave(asker)

    async def _told(self, slug: str) -> Told:
        try:
            told = await self._watcher.first(slug)
        except Away:
            raise self._later(_("The count can't be read now")) from None
        if told is None:
            raise Refused(404, _("Not found"))
        if told.frame is None:
            raise Refused(410, _("This letter was taken down"), told.because)
        return told

    def _later(self, title: str | Promise) -> Refused:
        seconds = str(self._random.randint(*AGAIN))
        return Refused(503, title, _("Ask for count.json instead."), Retry_After=seconds)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, told: Told, slug: str, knows: str
    ) -> None:
        await _begin(send)
        reader = Reader(send, scope.get("state", {}).get("abort", _nothing))
        self.hub.join(slug, told, reader, knows=knows, hello=frames.greeting(self._random))
        del told
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.hub.leave(reader)

    def _health(self) -> JsonResponse:
        return JsonResponse(
            {
                "streams": self.hub.readers,
                "places": self.places.taken,
                "letters": len(self.hub.streams),
                "database": "does not answer" if self._watcher.failures else "ok",
                "nudges": self._nudges.there,
                "told": self.hub.told,
                "dropped": self.hub.dropped,
                "looks": self._watcher.looks,
            }
        )


async def _begin(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})


async def _steadily(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake of ours costs one round, never all streams."""
    while True:
        try:
            await work()
            return
        except Exception as error:  # noqa: BLE001 see above
            log.error("streams stumbled", fault=faults.describe(error))  # noqa: TRY400 as elsewhere
            await asyncio.sleep(1)


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        found[name] = f"{found[name]},{text}" if name in found else text
    return found


def _nothing() -> None:
    """For servers that can't cut a line: the reader is told nothing more, and leaves by itself."""
