"""The PDF to hand over, beside the ways one would think of first."""

import html
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tests.bench import measuring
from tests.bench.installing import Site, Sites
from tests.bench.measuring import Figure
from tests.chromium import chromium
from tests.processes import ROOT

ROUNDS = 3  # a round of ten thousand takes long; --full takes five
FEW, MANY = 1_000, 10_000
NAIVE = "one WeasyPrint table"
BROWSER = "Chromium's print of paragraphs"
STYLE = "body { font: 9pt 'Noto Sans' } td { padding: 1mm } p { margin: 0 0 1mm }"


def scenario(sites: Sites) -> Iterator[Figure]:
    with sites.site("SQLite") as site:
        people = site.folder / "people"
        site.inside("people", count=MANY, to=str(people))
        yield from _figures(site, people, full=sites.full)


def _figures(site: Site, people: Path, *, full: bool) -> Iterator[Figure]:
    rounds = measuring.ROUNDS if full else ROUNDS
    out = site.folder / "out.pdf"
    few = _contestants(site, people, FEW, naive=True)
    found = measuring.interleaved(few, rounds=rounds)
    size = f"{out.stat().st_size / 1e6:.1f} MB"
    yield _figure(f"PDF of {FEW:,}", found, NAIVE, size)
    yield _figure(f"PDF of {FEW:,}", found, BROWSER, size)
    many = measuring.interleaved(
        _contestants(site, people, MANY, naive=full), rounds=3 if full else rounds
    )
    size = f"{out.stat().st_size / 1e6:.1f} MB"
    if full:
        yield _figure(f"PDF of {MANY:,}", many, NAIVE, size, aim="≥ 20×")
    else:
        many[NAIVE] = [took * MANY / FEW for took in found[NAIVE]]
        note = (
            f"{size}; theirs is {MANY // FEW}× its time for {FEW:,}: it is linear (--full runs it)"
        )
        yield _figure(f"PDF of {MANY:,}", many, NAIVE, note, aim="≥ 20×")
    yield _figure(f"PDF of {MANY:,}", many, BROWSER, size, aim="≥ 3×")


def _figure(
    what: str, found: dict[str, list[float]], beside: str, note: str, aim: str = ""
) -> Figure:
    return measuring.compared(
        "pdf",
        what,
        "s",
        found,
        ours="ours",
        beside=beside,
        smaller_is_better=True,
        aim=aim,
        note=note,
    )


def _contestants(
    site: Site, people: Path, count: int, *, naive: bool
) -> dict[str, Callable[[], float]]:
    out = site.folder / "out.pdf"
    found: dict[str, Callable[[], float]] = {
        "ours": lambda: float(site.inside("ours", people=str(people), count=count, to=str(out))),
        BROWSER: lambda: _browser(_page(people, count, _paragraph), site.folder / "browser.pdf"),
    }
    if naive:
        found[NAIVE] = lambda: _naive(_page(people, count, _cells), site.folder)
    return found


def _naive(page: str, folder: Path) -> float:
    """In a process of its own, like ours, so that both pay for importing."""
    source = folder / "naive.html"
    source.write_text(page, encoding="utf8")
    program = "import sys, weasyprint; weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2])"
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, source, folder / "naive.pdf"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


def _browser(page: str, out: Path) -> float:
    """The browser is open already; its start is not counted."""
    with chromium() as browser:
        tab = browser.new_page()
        began = time.perf_counter()
        tab.set_content(page)
        tab.pdf(path=out, format="A4", tagged=True)
        return time.perf_counter() - began


def _page(people: Path, count: int, row: Callable[[int, list[str]], str]) -> str:
    with people.open(encoding="utf8") as file:
        rows = "".join(
            row(number, [html.escape(cell) for cell in json.loads(line)])
            for number, line in enumerate(islice(file, count), start=1)
        )
    body = f"<table>{rows}</table>" if row is _cells else rows
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><h1>Signatories</h1>{body}"


def _cells(number: int, cells: list[str]) -> str:
    name, affiliation, place = cells
    return f"<tr><td>{number}<td>{name}<td>{affiliation}, {place}<td>24 Jul 2026"


def _paragraph(number: int, cells: list[str]) -> str:
    return f"<p>{number}. {', '.join(filter(None, cells))}, 24 Jul 2026"
