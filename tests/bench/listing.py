"""The public list of a big letter: one reader at a time, as the page is served."""

import urllib.parse
from collections.abc import Iterator

from tests.bench import load, measuring, tables
from tests.bench.installing import DATABASES, Site, Sites
from tests.bench.measuring import Figure

SMALL = "small"
FEW = 1_000
ROUNDS = 11  # a page is quickly read
BESIDE = f"first page of {FEW:,}"


def scenario(sites: Sites) -> Iterator[Figure]:
    for database in DATABASES:
        site = tables.filled(sites, database)
        site.inside("letter", slug=SMALL)
        site.inside("seed", slug=SMALL, count=FEW, seed=1)
        site.inside("settle")
        site.serve()
        yield from _figures(site)


def _figures(site: Site) -> Iterator[Figure]:
    total = site.inside("counts", slug=tables.SLUG)["counted"]
    half = total // 2
    far = {
        order: site.inside("deep", slug=tables.SLUG, order=order, below=half)
        for order in ("day", "name")
    }
    small = _address(site, SMALL, {})
    for what, query in (
        ("first page", {}),
        (f"page {half:,} down", {"after": far["day"]}),
        ("first page by name", {"order": "name"}),
        (f"by name, {half:,} down", {"order": "name", "after": far["name"]}),
        ("search, a common word", {"q": "teacher"}),
        ("search, two words", {"q": "ada baker"}),
        ("search, nobody", {"q": "zzyzx"}),
    ):
        big = _address(site, tables.SLUG, query)
        load.once(big)
        load.once(small)
        found = measuring.interleaved(
            {"ours": lambda url=big: _ms(url), BESIDE: lambda: _ms(small)}, rounds=ROUNDS
        )
        yield measuring.compared(
            "list",
            f"{what} of {total:,}, {site.database}",
            "ms",
            found,
            ours="ours",
            beside=BESIDE,
            smaller_is_better=True,
        )


def _address(site: Site, slug: str, query: dict[str, str]) -> str:
    words = f"?{urllib.parse.urlencode(query)}" if query else ""
    return f"{site.url}/letters/{slug}/signatures/{words}"


def _ms(url: str) -> float:
    return load.once(url) * 1000
