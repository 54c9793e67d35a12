"""The pages everybody reads, beside an app without Django that sends the same bytes."""

import urllib.request
from collections.abc import Iterator

from tests.bench import load, measuring
from tests.bench.installing import DATABASES, Site, Sites, web_command
from tests.bench.measuring import Figure
from tests.processes import accepts, free_port

SECONDS = 2
SIGNED = 1_000  # so that the page has names and a curve
BARE = "bare WSGI app, same bytes and server"


def scenario(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        with sites.site(database) as site:
            path = site.inside("letter", slug="river")["path"]
            site.inside("seed", slug="river", count=SIGNED, seed=1)
            site.serve()
            for what, at, aim in (
                ("count.json", f"{path}count.json", "≥ 0.70 with ready bytes"),
                ("letter page", path, "≥ 0.40 with ready bytes"),
            ):
                yield _beside_bare(site, what, at, aim)


def _beside_bare(site: Site, what: str, path: str, aim: str) -> Figure:
    url = f"{site.url}{path}"
    body = site.folder / "body"
    with urllib.request.urlopen(url, timeout=30) as answer:
        body.write_bytes(answer.read())
    port = free_port()
    site.installation.env["BENCH_BODY"] = str(body)
    bare = site.spawn(
        *web_command(port, site.workers, "tests.bench.bare:application")[1:], log="bare"
    )
    try:
        bare.ready(lambda: accepts(port))
        return _compared(site, what, url, port, aim, body.stat().st_size)
    finally:
        bare.stop()


def _compared(site: Site, what: str, url: str, port: int, aim: str, size: int) -> Figure:
    load.get(url, seconds=1)  # templates are compiled at the first look
    slowest: list[float] = []

    def ours() -> float:
        answered = load.get(url, seconds=SECONDS)
        slowest.append(answered.p99_ms)
        return answered.rate

    found = measuring.interleaved(
        {"ours": ours, BARE: lambda: load.get(f"http://127.0.0.1:{port}/", seconds=SECONDS).rate}
    )
    notes = [f"{size:,} bytes, p99 {measuring.median(slowest):.0f} ms", load.note()]
    return measuring.compared(
        "pages",
        f"{what}, {site.database}",
        "/s",
        found,
        ours="ours",
        beside=BARE,
        aim=aim,
        note="; ".join(filter(None, notes)),
    )
