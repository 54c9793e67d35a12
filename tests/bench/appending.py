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
            found = measuring.interleaved(
                {OURS: lambda: _rate(site, "append"), PLAIN: lambda: _rate(site, "append_plainly")}
            )
            yield measuring.compared(
                "log",
                f"append, batches of {BATCH:,}, {database}",
                "entries/s",
                found,
                ours=OURS,
                beside=PLAIN,
                aim="≥ 20,000/s",
            )
            if database == DATABASES[0]:
                yield from _room(site)


def _rate(site: Site, task: str) -> float:
    return float(site.inside(task, batch=BATCH, batches=BATCHES))


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
