"""The log growing by a thousand: rows, bundles, tiles, promise and signature, all on the disk,
beside the same bytes put into a table and a file."""

from collections.abc import Iterator

from tests.bench import measuring
from tests.bench.installing import DATABASES, Site, Sites
from tests.bench.measuring import Figure

BATCH, BATCHES = 1_000, 20
OURS, PLAIN = "the log", "a table and one file, flushed"


def scenario(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        with sites.site(database) as site:
            yield from _append(site)
            if database == DATABASES[0]:
                yield from _room(site)


def _append(site: Site) -> Iterator[Figure]:
    work: list[float] = []
    found = measuring.interleaved(
        {
            OURS: lambda: _rate(site, "append", work),
            PLAIN: lambda: _rate(site, "append_plainly", []),
        }
    )
    what = f"append, batches of {BATCH:,}, {site.database}"
    aim = "≥ 20,000/s"
    yield measuring.compared("log", what, "entries/s", found, ours=OURS, beside=PLAIN, aim=aim)
    note = "without what the disk and others take"
    yield measuring.alone("log", f"{what}, of one core", "entries/s", work, note=note)


def _rate(site: Site, task: str, work: list[float]) -> float:
    rate, worked = site.inside(task, batch=BATCH, batches=BATCHES)
    work.append(worked)
    return float(rate)


def _room(site: Site) -> Iterator[Figure]:
    """Once what was outgrown is collected."""
    room = site.inside("room")
    yield measuring.alone(
        "log",
        f"room of {room['leaves']:,} entries, whole blocks",
        "bytes each",
        [room["blocks"] / room["leaves"]],
        aim="≤ 130",
        note=f"{room['bytes'] / room['leaves']:.1f} in {room['files']:,} files",
    )
