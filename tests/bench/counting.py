"""Confirming with the sequencer beside confirming with a counter in the same transaction (SQL)."""

from collections.abc import Callable, Iterator

import psycopg

from tests.bench import measuring, signing
from tests.bench.installing import Site, Sites
from tests.bench.measuring import Figure

SLUG = signing.SLUG
SLOW_DISK = 1_000  # microseconds every flush waits besides, as on a network disk
OURS, HOT = "the sequencer counts later", "a hot counter row"


def scenario(sites: Sites) -> Iterator[Figure]:
    with sites.site("PostgreSQL") as site:
        site.inside("letter", slug=SLUG)
        site.inside("pending", slug=SLUG, count=signing.ROWS, first=1)
        site.clock()
        for what, delay, aim in (
            ("confirm in SQL, 32 clients, this disk", 0, "≥ 4×"),
            ("confirm in SQL, 32 clients, +1 ms a flush", SLOW_DISK, "≥ 10×"),
        ):
            _flushes_wait(site, delay)
            found = measuring.interleaved({OURS: _run(site, hot=False), HOT: _run(site, hot=True)})
            yield measuring.compared("count", what, "/s", found, ours=OURS, beside=HOT, aim=aim)


def _run(site: Site, *, hot: bool) -> Callable[[], float]:
    return lambda: signing.confirm_floor(site, folder=site.folder, hot=hot)


def _flushes_wait(site: Site, microseconds: int) -> None:
    """commit_delay makes every flush wait, without any sibling needed."""
    url = site.installation.env["DATABASE_URL"]
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(f'ALTER DATABASE "{name}" SET commit_delay = {microseconds}')
        line.execute(f'ALTER DATABASE "{name}" SET commit_siblings = 0')
