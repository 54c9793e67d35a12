"""Ten thousand open streams in one process, each told the count once a second."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from redis import Redis

from campaigns.live.announcing import CHANNEL
from tests.bench import measuring
from tests.bench.installing import Broken, Site, Sites
from tests.bench.measuring import ROUNDS, Figure
from tests.processes import ROOT, Process, accepts, resident

STREAMS = 10_000
UPDATES = 3 * ROUNDS
EVERY = 1.05  # seconds: a letter is told once a second at most, and the next must not wait for that
TICKS = 100  # of processor time, in a second
MOVE = "UPDATE campaigns_tally SET signed = signed + 1, moved_at = now() RETURNING count"


def scenario(sites: Sites) -> Iterator[Figure]:
    raised = {"LIVE_STREAMS": str(STREAMS + 100), "LIVE_PER_CLIENT": str(STREAMS)}
    with sites.site("PostgreSQL", **raised) as site:
        path = site.inside("letter", slug="river")["path"]
        port = site.installation.port + 1
        live = site.spawn("manage.py", "live", "--port", str(port), log="live")
        live.ready(lambda: accepts(port))
        yield from _measured(site, live, port, f"{path}live/")


def _measured(site: Site, live: Process, port: int, path: str) -> Iterator[Figure]:
    _crowd(port, path, 10).communicate()  # what is loaded at the first stream is no stream's
    before = resident(live.popen.pid)
    crowd = _crowd(port, path, STREAMS)
    assert crowd.stdout
    if (said := crowd.stdout.readline().strip()) != "open 0":
        crowd.kill()
        raise Broken(f"not all streams opened: {said}\n{live.said()}")
    each = (resident(live.popen.pid) - before) / STREAMS / 1000
    spent, began = _processor(live), time.monotonic()
    told = _move(site)
    share = (_processor(live) - spent) / (time.monotonic() - began) * 100
    heard = crowd.communicate()[0]
    yield measuring.alone("live", f"{STREAMS:,} streams, memory of one", "kB", [each], aim="≤ 20")
    yield from _delays(heard, told)
    yield measuring.alone(
        "live", "processor, an update a second", "% of a core", [share], aim="≤ 30"
    )


def _delays(heard: str, told: dict[int, float]) -> Iterator[Figure]:
    """From the commit to the reader's end, over PostgreSQL, Redis and a look."""
    found = {int(count): times for count, times in json.loads(heard).items()}
    halves, lasts, missed = [], [], 0
    for count, at in told.items():
        delays = sorted((when - at) * 1000 for when in found.get(count, []))
        missed += STREAMS - len(delays)
        halves.append(delays[len(delays) // 2])
        lasts.append(delays[int(len(delays) * 0.99)])
    note = f"{len(told)} updates, {missed} of {len(told) * STREAMS:,} not heard"
    yield measuring.alone("live", "commit to reader, p50", "ms", halves)
    yield measuring.alone("live", "commit to reader, p99", "ms", lasts, aim="≤ 500", note=note)


def _move(site: Site) -> dict[int, float]:
    """Count one more, once a second, and say so as the clock does: when each was committed."""
    told: dict[int, float] = {}
    url = site.installation.env["DATABASE_URL"]
    redis = Redis.from_url(site.installation.env["REDIS_URL"])
    with psycopg.connect(url, autocommit=True) as line, redis:
        began = time.monotonic()
        for step in range(UPDATES):
            time.sleep(max(0.0, began + step * EVERY - time.monotonic()))
            row = line.execute(MOVE).fetchone()
            assert row
            told[row[0]] = time.monotonic()
            redis.publish(CHANNEL, b"")
        time.sleep(2 * EVERY)
    return told


def _crowd(port: int, path: str, streams: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.bench.hearing", str(port), path, str(streams)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(words, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]


def _processor(process: Process) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{process.popen.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
