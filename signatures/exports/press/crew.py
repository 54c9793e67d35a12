"""Who sets the pages of signatories: rows go in as lines, finished pages come out in order.

Shaping is most of the work, and one row needs nothing of another: it is done by processes of their
own. Here pages are put together. What comes out depends neither on how many shapers there are nor
on who shaped what.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from signatures.exports.fetching import SealedFetcher
from signatures.exports.press.blocks import Block, Drawing
from signatures.exports.press.columns import Columns
from signatures.exports.press.inking import Ink, Style, real
from signatures.exports.press.paging import Page, Table
from signatures.exports.press.paper import FOOT, LEFT, MM, RIGHT
from signatures.exports.press.rows import Rows, opening
from signatures.exports.press.runin import RunIn, layout, unpacked
from signatures.exports.press.shapers import Shapers, ShaperStopped
from signatures.exports.press.shaping import Shaper

__all__ = ["Crew", "Ink", "Page", "ShaperStopped"]

_TITLE_WIDTH = 110 * MM


class Crew:
    """Made once WeasyPrint is loaded and before there are threads.

    First `pages`, then `ink`; `foot` at any time. `job` is what typesetting.job makes.
    """

    def __init__(self, job: dict[str, Any], *, processes: int) -> None:
        self._job = job
        self._fonts = FontConfiguration()
        self._shaper = Shaper(_samples(job["samples"], self._fonts), rtl=job["rtl"])
        first = opening(self._shaper, job)
        self._pages: Table | Columns
        self._unpacked: Callable[..., Any]
        if job["layout"] == "compact":
            across = layout(job)
            run_in = RunIn(self._shaper, job, across)
            marks = run_in.mark(against=False), run_in.mark(against=True)
            self._pages = Columns(first, across, marks, rtl=job["rtl"])
            self._unpacked, shape = unpacked, run_in.packed
        else:
            rows = Rows(self._shaper, job)
            self._pages = Table(first, rows.heads(first=True), rows.heads(first=False))
            self._unpacked, shape = Block, rows.packed
        self._shapers = Shapers(shape, self._shaper.inked, processes=processes)
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


def _samples(html: str, fonts: FontConfiguration) -> dict[str, Style]:
    """The computed style of every element of `html` that has an id."""
    source = HTML(string=html, base_url=None, url_fetcher=SealedFetcher())
    found: dict[str, Style] = {}
    for page in source.render(font_config=fonts, presentational_hints=False).pages:
        for box in page._page_box.descendants():
            element = getattr(box, "element", None)
            if element is not None and element.get("id"):
                found.setdefault(element.get("id"), box.style)
    return found
