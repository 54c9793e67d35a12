"""Mails a second: relays of the outbox, beside a plain Celery task for each mail. And how soon one
leaves after its form."""

import json
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import arriving, measuring
from tests.bench.installing import Site, Sites
from tests.bench.measuring import Figure
from tests.processes import Process, accepts, eventually, free_port

SLOW = 5  # milliseconds a reply
RELAYS = (1, 2, 4)
NAIVE = "a Celery task per mail"
# About three seconds each, by what one connection carries.
MAILS = {0: 600, SLOW: 120}
NAIVE_MAILS = {0: 250, SLOW: 60}


def scenario(sites: Sites) -> Iterator[Figure]:
    port = free_port()
    sink = Process([sys.executable, "-m", "tests.bench.sink", str(port)], log=sites.folder / "sink")
    try:
        sink.ready(lambda: accepts(port))
        yield from arriving.figures(sites, port, lambda words: _ask(port, words))
        with sites.site("PostgreSQL", EMAIL_URL=f"smtp://127.0.0.1:{port}") as site:
            site.inside("letter", slug="river")
            site.inside("pending", slug="river", count=max(MAILS.values()) * max(RELAYS))
            yield from _figures(site, port)
    finally:
        sink.stop()


def _figures(site: Site, port: int) -> Iterator[Figure]:
    naive = _naive_worker(site)
    alone: dict[int, list[float]] = {}
    for relays in RELAYS:
        site.installation.env["MAIL_RELAYS"] = str(relays)
        worker = site.mail_worker(relays)
        _sent(site, port, SLOW, "mails", 60 * relays)  # slowly, so that every relay has begun
        for latency in MAILS:
            yield _figure(site, port, relays, latency, alone)
        worker.stop()
    naive.stop()


def _figure(
    site: Site, port: int, relays: int, latency: int, alone: dict[int, list[float]]
) -> Figure:
    count = MAILS[latency] * (relays if latency else 1)
    contestants: dict[str, Callable[[], float]] = {
        "relays": lambda: _sent(site, port, latency, "mails", count)
    }
    if relays == 1:
        _sent(site, port, 0, "naive_mails", 20)
        few = NAIVE_MAILS[latency]
        contestants[NAIVE] = lambda: _sent(site, port, latency, "naive_mails", few)
    found = measuring.interleaved(contestants)
    answers = f"sink takes {latency} ms a reply" if latency else "sink answers at once"
    what = f"{relays} relay{'s' if relays > 1 else ''}, {answers}"
    if relays == 1:
        alone[latency] = found["relays"]
        return measuring.compared(
            "mail", what, "mails/s", found, ours="relays", beside=NAIVE, aim="≥ 1.5×"
        )
    found["1 relay"] = alone[latency]
    note = "1 relay was measured before, not by turns"
    return measuring.compared(
        "mail", what, "mails/s", found, ours="relays", beside="1 relay", note=note
    )


def _naive_worker(site: Site) -> Process:
    words = ["-m", "celery", "-q", "-A", "tests.bench.naive_mail:app", "worker", "-c", "1"]
    words += ["--loglevel", "WARNING", "-Q", "naive", "-n", "naive@%h", "--without-gossip"]
    return site.spawn(*words, "--without-mingle", "--without-heartbeat", log="naive")


def _sent(site: Site, port: int, latency: int, task: str, count: int) -> float:
    """Mails a second from the first to the last one of `count` that the sink took."""
    _ask(port, f"ZERO {latency}")
    site.inside(task, count=count)
    eventually(
        lambda: _ask(port, "STAT")["mails"] >= count,
        f"{count} mails:\n{site.installation.said()[-3000:]}",
        within=120,
        every=0.1,
    )
    return float((count - 1) / _ask(port, "STAT")["seconds"])


def _ask(port: int, words: str) -> dict[str, Any]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        file = line.makefile("rwb")
        file.readline()
        file.write(words.encode() + b"\r\n")
        file.flush()
        return dict(json.loads(file.readline()))
