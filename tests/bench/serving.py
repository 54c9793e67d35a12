"""What everybody reads: beside an app without Django that sends the same bytes, beside the ordinary
view, and how soon it shows a signature."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import lagging, load, measuring
from tests.bench.installing import DATABASES, Site, Sites, web_command
from tests.bench.measuring import Figure
from tests.processes import free_port

SECONDS = 2
SIGNED = 1_000  # so that the page has names and a curve
SLUG = "river"
BARE = "bare WSGI app, same bytes and server"
VIEW = "the same view behind Django alone"
WANTED = (  # what, where, beside the bare app, beside the ordinary view
    ("count.json", "count.json", "≥ 0.70", "≥ 10×"),
    ("letter page", "", "≥ 0.40", "≥ 100×"),
)


def scenario(sites: Sites) -> Iterator[Figure]:
    lagging.allow_many_connections()
    for database in DATABASES:
        with sites.site(database) as site:
            path = site.inside("letter", slug=SLUG)["path"]
            site.inside("seed", slug=SLUG, count=SIGNED, seed=1)
            site.serve()
            with _another(site, "config.wsgi:django", "django") as django:
                for what, end, beside_bare, beside_view in WANTED:
                    at = f"{path}{end}"
                    with _bare(site, at) as bare:
                        yield _beside(site, what, at, BARE, f"{bare}/", beside_bare)
                    yield _beside(site, what, at, VIEW, f"{django}{at}", beside_view)
            yield from lagging.figures(site, slug=SLUG, path=path)


@contextmanager
def _bare(site: Site, path: str) -> Iterator[str]:
    body = site.folder / "body"
    with urllib.request.urlopen(f"{site.url}{path}", timeout=30) as answer:
        body.write_bytes(answer.read())
    site.installation.env["BENCH_BODY"] = str(body)
    with _another(site, "tests.bench.bare:application", "bare") as url:
        yield url


@contextmanager
def _another(site: Site, application: str, log: str) -> Iterator[str]:
    """One more server of the same kind and with as many processes; its URL."""
    port = free_port()
    process = site.spawn(*web_command(port, site.workers, application)[1:], log=log)
    try:
        process.ready(lambda: _answers(f"http://127.0.0.1:{port}/"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _beside(site: Site, what: str, path: str, other: str, other_url: str, aim: str) -> Figure:
    url = f"{site.url}{path}"
    for one in (url, other_url):
        load.get(one, seconds=1)  # templates are compiled at the first look
    slowest: list[float] = []

    def ours() -> float:
        answered = load.get(url, seconds=SECONDS)
        slowest.append(answered.p99_ms)
        return answered.rate

    found = measuring.interleaved(
        {"ours": ours, other: lambda: load.get(other_url, seconds=SECONDS).rate}
    )
    notes = [f"p99 {measuring.median(slowest):.0f} ms", load.note()]
    return measuring.compared(
        "serve",
        f"{what}, {site.database}",
        "/s",
        found,
        ours="ours",
        beside=other,
        aim=aim,
        note="; ".join(filter(None, notes)),
    )
