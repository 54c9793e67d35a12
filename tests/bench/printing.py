"""The PDF to hand over, beside the ways one would think of first."""

import html
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.bench import measuring
from tests.bench.installing import Site, Sites
from tests.bench.measuring import Figure
from tests.chromium import chromium
from tests.processes import ROOT

ROUNDS = 3  # a round of ten thousand takes long; --full takes five
FEW, MANY, LOTS = 1_000, 10_000, 100_000
OURS = "ours"
NAIVE = "one WeasyPrint table"
BROWSER = "Chromium, started to print paragraphs"
ALIGNED = "Chromium, our four columns"
OPEN_BROWSER = "Chromium's print alone, browser open"
UNSHAPED = "fpdf2, nothing shaped"
BESIDE = (NAIVE, BROWSER, ALIGNED, OPEN_BROWSER, UNSHAPED)
STYLE = (
    "body { font: 9pt 'Noto Sans' } td { padding: 1mm } p { margin: 0 0 1mm }"
    "span { display: inline-block; width: 62mm; overflow-wrap: anywhere; vertical-align: top }"
    "span:first-child, span:last-child { width: 20mm }"
)


def scenario(sites: Sites) -> Iterator[Figure]:
    with sites.site("SQLite") as site:
        people = site.folder / "people"
        site.inside("people", count=LOTS if sites.full else MANY, to=str(people))
        yield from _figures(site, people, full=sites.full)


def _figures(site: Site, people: Path, *, full: bool) -> Iterator[Figure]:
    rounds = measuring.ROUNDS if full else min(ROUNDS, measuring.ROUNDS)
    few = _Contest(site, people, FEW).run(rounds, naive=True)
    yield from (_figure(FEW, few, beside) for beside in BESIDE)
    many = _Contest(site, people, MANY).run(rounds, naive=full)
    note = ""
    if not full:
        many.seconds[NAIVE] = [took * MANY / FEW for took in few.seconds[NAIVE]]
        note = f"theirs is {MANY // FEW}× its time for {FEW:,}: it is linear (--full runs it)"
    yield _figure(MANY, many, NAIVE, aim="≥ 20×", note=note)
    yield _figure(MANY, many, BROWSER, aim="≥ 3×")
    yield _figure(MANY, many, ALIGNED, aim="≥ 3×")
    yield _figure(MANY, many, OPEN_BROWSER)
    yield _figure(MANY, many, UNSHAPED, aim="≥ 0.4×")
    if full:
        lots = _Contest(site, people, LOTS)
        took = [lots.ours()]
        note = f"{lots.size()}, {site.inside('largest_child')} MB in its largest process"
        yield measuring.alone("pdf", f"PDF of {LOTS:,}", "s", took, aim="≤ 300 MB", note=note)


def _figure(count: int, found: "_Found", beside: str, *, aim: str = "", note: str = "") -> Figure:
    return measuring.compared(
        "pdf",
        f"PDF of {count:,}",
        "s",
        found.seconds,
        ours=OURS,
        beside=beside,
        smaller_is_better=True,
        aim=aim,
        note="; ".join(filter(None, [found.size, note])),
    )


@dataclass(frozen=True)
class _Found:
    seconds: dict[str, list[float]]
    size: str  # of ours


class _Contest:
    """So many people, printed by everybody, each from the start of a process of their own."""

    def __init__(self, site: Site, people: Path, count: int) -> None:
        self.site, self.people, self.count = site, people, count
        self.out = site.folder / "ours.pdf"
        self.printing: list[float] = []  # of the browser's seconds, those after its start

    def run(self, rounds: int, *, naive: bool) -> _Found:
        contestants = {
            OURS: self.ours,
            BROWSER: self._paragraphs,
            ALIGNED: self._columns,
            UNSHAPED: self._unshaped,
        }
        if naive:
            contestants[NAIVE] = self._naive
        seconds = measuring.interleaved(contestants, rounds=rounds)
        return _Found(seconds | {OPEN_BROWSER: self.printing}, self.size())

    def ours(self) -> float:
        given = {"people": str(self.people), "count": self.count, "to": str(self.out)}
        return float(self.site.inside("ours", **given))

    def size(self) -> str:
        return f"{self.out.stat().st_size / 1e6:.1f} MB"

    def _naive(self) -> float:
        source = self.site.folder / "naive.html"
        source.write_text(_page(self.people, self.count, _cells), encoding="utf8")
        write = "weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2], pdf_tags=True)"
        program = f"import sys, weasyprint; {write}"
        return _run("-c", program, source, self.site.folder / "naive.pdf")

    def _unshaped(self) -> float:
        out = self.site.folder / "fpdf.pdf"
        return _run("-m", "tests.bench.naive_fpdf", self.people, self.count, out)

    def _paragraphs(self) -> float:
        took, printing = self._browser(_paragraph)
        self.printing.append(printing)
        return took

    def _columns(self) -> float:
        return self._browser(_aligned)[0]

    def _browser(self, row: Callable[[int, list[str]], str]) -> tuple[float, float]:
        """A fresh one for each print, as a server that trusts nobody's text would have it."""
        page = _page(self.people, self.count, row)
        began = time.perf_counter()
        with chromium() as browser:
            tab = browser.new_page()
            opened = time.perf_counter()
            tab.set_content(page)
            tab.pdf(path=self.site.folder / "browser.pdf", format="A4", tagged=True)
            ended = time.perf_counter()
        return ended - began, ended - opened


def _run(*words: object) -> float:
    """Seconds of another Python: like ours it pays for its start and imports."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, check=True, capture_output=True)
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


def _aligned(number: int, cells: list[str]) -> str:
    name, affiliation, place = cells
    texts = (f"{number}", name, ", ".join(filter(None, (affiliation, place))), "24 Jul 2026")
    return "<p>" + "".join(f"<span>{text}</span>" for text in texts)


def _paragraph(number: int, cells: list[str]) -> str:
    return f"<p>{number}. {', '.join(filter(None, cells))}, 24 Jul 2026"
