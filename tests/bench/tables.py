"""Filling and emptying a big letter: seeding, and the organiser's CSV."""

from collections.abc import Iterator
from pathlib import Path

from tests.bench import measuring
from tests.bench.installing import DATABASES, Site, Sites
from tests.bench.measuring import Figure

SLUG = "river"
MANY, A_MILLION = 100_000, 1_000_000
STEP = 10_000
FLOOR = "plain csv.writer over the columns"
_seeded: dict[str, list[float]] = {}


def seeding(sites: Sites) -> Iterator[Figure]:
    """Both databases in turn, ten thousand at a time, until each has its hundred thousand."""
    _fill(sites)
    for database in DATABASES:
        rates = _seeded[database]
        slowest = f"from {rates[0]:,.0f} at first to {rates[-1]:,.0f} at {MANY:,}"
        yield measuring.alone(
            "seed", f"seed, {database}", "rows/s", rates, aim="≥ 2,000/s", note=slowest
        )


def exporting(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        yield _csv(filled(sites, database))


def _csv(site: Site) -> Figure:
    out = site.folder / "signatures.csv"
    total = site.inside("counts", slug=SLUG)["counted"]
    found = measuring.interleaved(
        {
            "ours": lambda: total / _export(site, out),
            FLOOR: lambda: total / site.inside("plain_csv", slug=SLUG, to=str(out)),
        }
    )
    return measuring.compared(
        "csv",
        f"CSV of {total:,}, {site.database}",
        "rows/s",
        found,
        ours="ours",
        beside=FLOOR,
        aim="≥ 30,000/s",
        note="a sixth of the rows are sealed",
    )


def filled(sites: Sites, database: str) -> Site:
    """The kept site with its letter of a hundred thousand (with --full: a million)."""
    _fill(sites)
    return sites.kept(database)


def _fill(sites: Sites) -> None:
    if _seeded:
        return
    _seeded.update({database: [] for database in DATABASES})
    for database in DATABASES:
        sites.kept(database).inside("letter", slug=SLUG)
    for step in range(MANY // STEP):
        for database in DATABASES:
            took = sites.kept(database).inside("seed", slug=SLUG, count=STEP, seed=step)
            _seeded[database].append(STEP / took)
    for database in DATABASES:
        if sites.full:
            sites.kept(database).inside("seed", slug=SLUG, count=A_MILLION - MANY, seed=99)
        sites.kept(database).inside("settle")


def _export(site: Site, out: Path) -> float:
    return float(site.inside("export", slug=SLUG, kind="csv", to=str(out)))
