"""Who sets the pages of signatories: rows go in as lines, finished pages come out in order.

Shaping is most of the work, and one row needs nothing of another: it is done by processes of their
own. Here pages are put together. What comes out depends neither on how many shapers there are nor
on who shaped what.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from signatures.exports.fetching import SealedFetcher
from signatures.exports.press.blocks import Block, Drawing
from signatures.exports.press.columns import Columns
from signatures.exports.press.inking import Ink, Inked, Style, real
from signatures.exports.press.paging import Page, Table
from signatures.exports.press.paper import FOOT, LEFT, MM, RIGHT
from signatures.exports.press.rows import Rows, opening
from signatures.exports.press.runin import RunIn, layout, unpacked
from signatures.exports.press.shapers import Shape, Shapers, ShaperStopped
from signatures.exports.press.shaping import Shaper

__all__ = ["Crew", "Ink", "Page", "ShaperStopped"]

_TITLE_WIDTH = 110 * MM


class Crew:
    """Made once WeasyPrint is loaded and before anything is set with it.

    First `pages`, then `ink`; `foot` at any time. `job` is what typesetting.job makes.
    """

    def __init__(self, job: dict[str, Any], *, processes: int) -> None:
        self._job = job
        self._shapers = Shapers(partial(_start, job), processes=processes)
        self._fonts = FontConfiguration()
        self._shaper = _shaper(job, self._fonts)
        self._pages, self._unpacked = _pages(job, self._shaper)
        self._title = self._short(" ".join(job["title"].split()))
        self.foot(1234567890, 1234567890)  # now its figures are known to `ink`
        self._ink: Ink | None = None

    def pages(self, lines: Iterable[bytes]) -> Iterator[Page]:
        """`lines` are rows and headings in JSON, taken as they are needed."""
        try:
            for packed in self._shapers.shaped(lines):
                yield from self._pages.add(self._unpacked(*packed))
            yield from self._pages.finish()
            self._shaper.inked.add(self._shapers.inked())
        finally:
            self._shapers.end()

    def ink(self) -> Ink:
        if self._ink is None:
            self._ink = real(self._shaper.inked, self._fonts)
        return self._ink

    def foot(self, page: int, total: int) -> bytes:
        """The line at the foot of a page, as a content stream of its own, an artifact."""
        drawing = Drawing(self._shaper)
        drawing.text.append("/Artifact<</Type/Pagination/Subtype/Footer>>BDC ")
        words = self._job["page"].format(page=page, total=total)
        number = self._shaper.line("foot-page", words)
        rtl = self._job["rtl"]
        drawing.show("foot-title", self._title, RIGHT - self._title.width if rtl else LEFT, FOOT)
        drawing.show("foot-page", number, LEFT if rtl else RIGHT - number.width, FOOT)
        drawing.end()
        return drawing.body().encode("ascii")

    def _short(self, title: str) -> Any:
        lines = self._shaper.lines("foot-title", title, _TITLE_WIDTH)
        if len(lines) < 2:
            return self._shaper.line("foot-title", title)
        length = len(title)
        while self._shaper.line("foot-title", title[:length] + "…").width > _TITLE_WIDTH:
            length -= 1
        return self._shaper.line("foot-title", title[:length].rstrip() + "…")


def _start(job: dict[str, Any]) -> tuple[Shape, Inked]:
    """What a shaper needs; nothing of what the process it comes from had set up for itself."""
    shaper = _shaper(job, FontConfiguration())
    if job["layout"] == "compact":
        return RunIn(shaper, job, layout(job)).packed, shaper.inked
    return Rows(shaper, job).packed, shaper.inked


def _pages(job: dict[str, Any], shaper: Shaper) -> tuple[Table | Columns, Callable[..., Any]]:
    """What puts pages together, and what makes of an answer again what a shaper had made."""
    first = opening(shaper, job)
    if job["layout"] == "compact":
        run_in = RunIn(shaper, job, layout(job))
        marks = run_in.mark(against=False), run_in.mark(against=True)
        return Columns(first, layout(job), marks, rtl=job["rtl"]), unpacked
    rows = Rows(shaper, job)
    return Table(first, rows.heads(first=True), rows.heads(first=False)), Block


def _shaper(job: dict[str, Any], fonts: FontConfiguration) -> Shaper:
    return Shaper(samples(job["samples"], fonts), rtl=job["rtl"])


def samples(html: str, fonts: FontConfiguration) -> dict[str, Style]:
    """The computed style of every element of `html` that has an id."""
    source = HTML(string=html, base_url=None, url_fetcher=SealedFetcher())
    found: dict[str, Style] = {}
    for page in source.render(font_config=fonts, presentational_hints=False).pages:
        for box in page._page_box.descendants():
            element = getattr(box, "element", None)
            if element is not None and element.get("id"):
                found.setdefault(element.get("id"), box.style)
    return found
