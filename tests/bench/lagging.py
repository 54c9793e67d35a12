"""How soon a confirmed signature shows in count.json, while many confirm and many poll."""

import asyncio
import json
import random
import resource
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from urllib.parse import urlsplit

from tests.bench import measuring
from tests.bench.installing import Broken, Site
from tests.bench.measuring import Figure
from tests.processes import eventually

RATES = {"PostgreSQL": 500, "SQLite": 200}  # confirmed a second
SECONDS = 10
READERS, EVERY = 2_000, 5.0  # each asks so often, over a connection of its own
SAMPLE = 0.02  # seconds between two looks of the one who measures
SETTLES = 3.0  # seconds after the last button, so that all of it shows


def figures(site: Site, *, slug: str, path: str) -> Iterator[Figure]:
    rate = RATES[site.database]
    each = rate * SECONDS
    site.inside("pending", slug=slug, count=rate + each * measuring.ROUNDS)
    clock = site.clock()
    site.inside("confirm_steadily", first=1, rate=rate, seconds=1)
    _counted_all(site, slug)  # the clock runs
    at = f"{site.url}{path}count.json"
    median, slowest, asked, done = [], [], 0, []
    for round_ in range(measuring.ROUNDS):
        seen = asyncio.run(_round(site, at, first=1 + rate + round_ * each, rate=rate))
        lags = sorted(seen.lags())
        median.append(1000 * lags[len(lags) // 2])
        slowest.append(1000 * lags[int(len(lags) * 0.99)])
        done.append(len(seen.committed) / (seen.committed[-1] - seen.committed[0]))
        asked += seen.polls
    _counted_all(site, slug)
    clock.stop()
    what = f"a signature shows, {site.database}"
    note = f"{measuring.median(done):.0f}/s confirmed, {READERS:,} readers asked {asked:,} times"
    yield measuring.alone("serve", f"{what}, p50", "ms", median, note=note)
    yield measuring.alone(
        "serve", f"{what}, p99", "ms", slowest, aim="≤ 1,000 ms", note="count = rows at the end"
    )


def allow_many_connections() -> None:
    """Of this process and of the servers it starts."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@dataclass
class Seen:
    """When each signature was committed, and what was shown when (the system's monotonic clock)."""

    before: int
    committed: list[float] = field(default_factory=list)
    shown: list[tuple[float, int]] = field(default_factory=list)
    polls: int = 0

    def lags(self) -> list[float]:
        """Of each signature: from its commit until every later answer, of any process, has it."""
        last_without = [0.0] * len(self.committed)  # the last answer that lacks this one
        for at, count in self.shown:
            shows = count - self.before
            if shows < len(last_without):
                last_without[shows] = max(last_without[shows], at)
        last_without = list(accumulate(last_without, max))
        moments = sorted(at for at, _ in self.shown)
        found = []
        for number, at in enumerate(self.committed):
            after = bisect_right(moments, max(at, last_without[number]))
            if after == len(moments):
                raise Broken(f"signature {number} of the round never showed")
            found.append(moments[after] - at)
        return found


async def _round(site: Site, url: str, *, first: int, rate: int) -> Seen:
    line = Line(url)
    seen = Seen(before=await _count(line))
    line.close()
    tasks = [asyncio.create_task(_read_now_and_then(seen, url)) for _ in range(READERS)]
    tasks.append(asyncio.create_task(_watch(seen, url)))
    seen.committed = await asyncio.to_thread(
        site.inside, "confirm_steadily", first=first, rate=rate, seconds=SECONDS
    )
    ended, _ = await asyncio.wait(tasks, timeout=SETTLES, return_when=asyncio.FIRST_EXCEPTION)
    for broken in ended:  # none ends by itself
        await broken
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


async def _read_now_and_then(seen: Seen, url: str) -> None:
    line = Line(url)
    try:
        await asyncio.sleep(random.random() * EVERY)
        while True:
            await line.get()
            seen.polls += 1
            await asyncio.sleep(EVERY)
    finally:
        line.close()


async def _watch(seen: Seen, url: str) -> None:
    """Each time over a new connection: they go to all of the server's processes."""
    while True:
        line = Line(url)
        try:
            count = await _count(line)
            seen.shown.append((time.monotonic(), count))
        finally:
            line.close()
        await asyncio.sleep(SAMPLE)


async def _count(line: "Line") -> int:
    return int(json.loads(await line.get())["count"])


class Line:
    """One connection to the server, kept as browsers do."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._ask = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self) -> bytes:
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # an idle one may be closed
            return await self._get()
        self.close()
        return await self._get()

    async def _get(self) -> bytes:
        if self._ends is None:
            self._ends = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._ends
        writer.write(self._ask)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200 "):
            raise Broken(head.decode("latin-1"))
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return await reader.readexactly(length)

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


def _counted_all(site: Site, slug: str) -> None:
    def equal() -> bool:
        found = site.inside("counts", slug=slug)
        return bool(found["count"] == found["confirmed"] == found["counted"])

    eventually(equal, "count and rows are the same")
