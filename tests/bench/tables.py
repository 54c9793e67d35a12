"""Filling and emptying a big letter: seeding, and the organiser's tables of it."""

from collections.abc import Callable, Iterator

from tests.bench import measuring
from tests.bench.installing import DATABASES, Inside, Site, Sites
from tests.bench.measuring import Figure

SLUG, BROOK = "river", "brook"
FEW, MANY, A_MILLION = 10_000, 100_000, 1_000_000
STEP = 10_000
ROUNDS = 3  # where somebody takes half a minute a round
OURS = "ours"
FLOOR = "plain csv.writer over the columns"
OBJECTS = "csv.writer over all objects"
IN_MEMORY, LEAN = "openpyxl over all objects", "XlsxWriter over all objects"
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


def commas(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        site = filled(sites, database)
        for slug in (BROOK, SLUG):
            contest = _Contest(site, slug, "csv")
            found = contest.run({OBJECTS: "naive_csv", FLOOR: "plain_csv"}, measuring.ROUNDS)
            yield contest.figure(found, OBJECTS, aim="≥ 30,000/s")
            yield contest.figure(found, FLOOR)


def spreadsheets(sites: Sites) -> Iterator[Figure]:
    """On one database: what is compared is how the file is written."""
    site = filled(sites, DATABASES[0])
    for slug in (BROOK, SLUG):
        contest = _Contest(site, slug, "xlsx")
        found = contest.run({IN_MEMORY: "naive_xlsx", LEAN: "lean_xlsx"}, ROUNDS)
        yield contest.figure(found, IN_MEMORY)
        yield contest.figure(found, LEAN)


class _Contest:
    """One letter's table in one format, everybody in a process of their own each time."""

    def __init__(self, site: Site, slug: str, kind: str) -> None:
        self.site, self.slug, self.kind = site, slug, kind
        self.total = int(site.inside("counts", slug=slug)["counted"])
        self.peaks: dict[str, int] = {}  # megabytes

    def run(self, others: dict[str, str], rounds: int) -> dict[str, list[float]]:
        tasks = {OURS: "export"} | others
        runs: dict[str, Callable[[], float]] = {
            name: lambda name=name, task=task: self._rate(name, task)  # type: ignore[misc]
            for name, task in tasks.items()
        }
        return measuring.interleaved(runs, rounds=min(rounds, measuring.ROUNDS))

    def figure(self, found: dict[str, list[float]], beside: str, aim: str = "") -> Figure:
        return measuring.compared(
            self.kind,
            f"{self.kind.upper()} of {self.total:,}, {self.site.database}",
            "rows/s",
            found,
            ours=OURS,
            beside=beside,
            aim=aim,
            note=f"{self.peaks[OURS]} MB beside {self.peaks[beside]} MB",
        )

    def _rate(self, name: str, task: str) -> float:
        given = {"slug": self.slug, "to": str(self.site.folder / f"table.{self.kind}")}
        inside = Inside(self.site.installation)
        try:
            kind = {"kind": self.kind} if name == OURS else {}
            inside("warm")
            took = float(inside(task, **given, **kind))
            megabytes = round(inside("peak") / 1024)
        finally:
            inside.close()
        self.peaks[name] = max(megabytes, self.peaks.get(name, 0))
        return self.total / took


def filled(sites: Sites, database: str) -> Site:
    """The kept site with its letters of ten and a hundred thousand (with --full: a million)."""
    _fill(sites)
    return sites.kept(database)


def _fill(sites: Sites) -> None:
    if _seeded:
        return
    _seeded.update({database: [] for database in DATABASES})
    for database in DATABASES:
        inside = sites.kept(database).inside
        inside("letter", slug=SLUG)
        inside("letter", slug=BROOK)
        inside("seed", slug=BROOK, count=FEW, seed=77)
    for step in range(MANY // STEP):
        for database in DATABASES:
            took = sites.kept(database).inside("seed", slug=SLUG, count=STEP, seed=step)
            _seeded[database].append(STEP / took)
    for database in DATABASES:
        if sites.full:
            sites.kept(database).inside("seed", slug=SLUG, count=A_MILLION - MANY, seed=99)
        sites.kept(database).inside("settle")
