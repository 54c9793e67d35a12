"""When to look into the database: at a nudge, once a second without Redis, whenever asked."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

import structlog
from django.db import connections

from campaigns.live.hub import Hub
from campaigns.live.looking import Marks, Told
from worker import faults

SOONEST = 0.25  # seconds between two looks, however often we are nudged
EVERY = 1.0  # without nudges
NUDGED = 2.0  # with them: one may be lost, and of what organisers change there is none
WHOLE = 15.0  # a look at everything: titles, and letters that open or close by the clock
PAUSE = 0.5  # while the database is away
PATIENCE = 5.0
ASKED = 20_000  # slugs that wait for the next look

log = structlog.get_logger(__name__)


class Away(Exception):
    """The database doesn't answer, so nobody knows this letter now."""


class Sees(Protocol):
    def look(
        self, asked: Mapping[str, Any], heard: Mapping[str, Marks], *, whole: bool
    ) -> dict[str, Told | None]: ...


class Aside:
    """A thread that makes one call after the other, and delays nobody's end when one hangs."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="looking", daemon=True).start()

    def call(self, what: Callable[[], Any]) -> asyncio.Future[Any]:
        done: Future[Any] = Future()
        self._calls.put((done, what))
        return asyncio.wrap_future(done)

    def stop(self) -> None:
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            done, what = call
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(what())
            except Exception as error:  # noqa: BLE001 it is raised where it is awaited
                connections.close_all()
                done.set_exception(error)
        connections.close_all()


class Watcher:
    """Looks for all who listen and all who ask, with one look at a time."""

    def __init__(self, hub: Hub, looker: Sees, *, nudges: bool) -> None:
        self._hub = hub
        self._looker = looker
        self._nudges = nudges
        self._aside = Aside()
        self._bell = asyncio.Event()
        self._asked: dict[str, asyncio.Future[Told | Away | None]] = {}
        self._nudged = False
        self._looked = self._looked_at_all = self._not_before = float("-inf")
        self.looks = self.failures = 0

    async def first(self, slug: str) -> Told | None:
        """A letter as it is now; those who ask for the same one share the look."""
        if (stream := self._hub.streams.get(slug)) is not None:
            return Told(stream.frame, stream.marks)
        asked = self._asked.get(slug)
        if asked is None:
            if len(self._asked) >= ASKED:
                raise Away
            asked = self._asked[slug] = asyncio.get_running_loop().create_future()
            self._bell.set()
        try:
            told = await asyncio.wait_for(asyncio.shield(asked), PATIENCE)
        except TimeoutError:
            raise Away from None
        if isinstance(told, Away):
            raise told
        return told

    def nudge(self, *, there: bool) -> None:
        """Something may have moved; or nudges have come back (`there`), or ended."""
        self._nudges = there
        self._nudged = True
        self._bell.set()

    def stop(self) -> None:
        self._aside.stop()

    async def watch(self) -> None:
        while True:
            await self._next()
            await self._look()

    async def _next(self) -> None:
        while (wait := self._wait()) > 0:
            self._bell.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._bell.wait()

    def _wait(self) -> float:
        """Seconds until the next look."""
        now = asyncio.get_running_loop().time()
        if self._asked:
            return self._not_before - now
        if self._nudged:
            return max(self._looked + SOONEST, self._not_before) - now
        return self._looked + (NUDGED if self._nudges else EVERY) - now

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        asked, self._asked = self._asked, {}
        heard = {slug: stream.marks for slug, stream in self._hub.streams.items()}
        whole = now - self._looked_at_all >= WHOLE
        self._nudged = False
        self._looked = now
        if not asked and not heard:
            return
        self.looks += 1
        try:
            found = await self._aside.call(lambda: self._looker.look(asked, heard, whole=whole))
        except Exception as error:  # noqa: BLE001 streams stay, whatever a look ran into
            self._failed(error)
            found = dict.fromkeys(asked, Away())
        else:
            self.failures = 0
            self._looked_at_all = now if whole else self._looked_at_all
            for slug, told in found.items():
                self._hub.hear(slug, told)
        for slug, waiting in asked.items():
            if not waiting.done():
                waiting.set_result(found[slug])

    def _failed(self, error: Exception) -> None:
        self._not_before = asyncio.get_running_loop().time() + PAUSE
        self.failures += 1
        if self.failures == 1:
            log.warning("streams see no database", fault=faults.describe(error))
