"""Sets a whole document: WeasyPrint lays out all but the list, which is set line by line."""

import copy
import zlib
from collections.abc import Iterable
from typing import Any, BinaryIO

from weasyprint import HTML
from weasyprint.document import Page
from weasyprint.text.fonts import FontConfiguration

from signatures.exports import tagging
from signatures.exports.fetching import SealedFetcher
from signatures.exports.lines import Line, Setter, remember_emoji, styles
from signatures.exports.listing import MM, SIDE, TOP, WIDTH, Cell, Listing, ListPage

_FOOT = 284 * MM
_TITLE_WIDTH = 110 * MM


def write(job: dict[str, Any], rows: Iterable[list[list[str]]], out: BinaryIO) -> int:
    """Write the PDF to `out` and return its number of pages.

    `job`: html, samples (HTML whose elements' ids are the kinds of style), head, heading, lead,
    title, page ("Page {page} of {total}"), rtl. The same job and rows give the same bytes.
    """
    remember_emoji()
    fonts = FontConfiguration()
    samples = _render(job["samples"], fonts)
    setter = Setter(styles(samples.pages))
    listing = Listing(setter, rtl=job["rtl"], head=job["head"])
    listing.heading(job["heading"], job["lead"])
    for row in rows:
        listing.row(Cell(*cell) for cell in row)
    listed = listing.finish()

    document = _render(job["html"], fonts)
    blank = _render("<!doctype html><title></title>", fonts).pages[0]
    place = next(i for i, page in enumerate(document.pages) if "method" in page.anchors)
    foot = _Foot(setter, job, total=len(document.pages) + len(listed))
    pages: list[Page] = []
    for i, page in enumerate(document.pages):
        if i == place:
            pages += [_Listed(blank, each, listing, foot) for each in listed]
            pages[place].bookmarks = [(2, job["heading"], (SIDE, TOP), "open")]
        pages.append(_Footed(page, foot) if i else page)
    foot.number(pages)

    whole = document.copy(pages)
    whole.fonts = listing.fonts
    whole.write_pdf(
        out,
        pdf_tags=True,
        finisher=lambda _, pdf: tagging.add(pdf, listed, first=place),
    )
    return len(pages)


def _render(html: str, fonts: FontConfiguration) -> Any:
    source = HTML(string=html, base_url=None, url_fetcher=SealedFetcher())
    return source.render(font_config=fonts, presentational_hints=False)


class _Foot:
    """The line at the foot of every page but the cover: title, and page of pages."""

    def __init__(self, setter: Setter, job: dict[str, Any], *, total: int) -> None:
        self._setter = setter
        self._rtl = job["rtl"]
        self._page = job["page"]
        self._total = total
        self._title = job["title"]
        self._numbers: dict[int, int] = {}

    def number(self, pages: list[Page]) -> None:
        self._numbers = {id(page): i for i, page in enumerate(pages, start=1)}

    def draw(self, page: Page, stream: Any) -> None:
        with stream.artifact():
            title = self._setter.fit("foot-title", self._title, _TITLE_WIDTH)
            if len(title) > 1:
                title = self._setter.fit("foot-title", title[0].text.rstrip() + "…", WIDTH)
            for line in title:
                self._setter.draw(stream, line, self._x(line, start=True), _FOOT)
            words = self._page.format(page=self._numbers[id(page)], total=self._total)
            for line in self._setter.fit("foot-page", words, WIDTH):
                self._setter.draw(stream, line, self._x(line, start=False), _FOOT)

    def _x(self, line: Line, *, start: bool) -> float:
        return SIDE if start != self._rtl else WIDTH - SIDE - line.width


class _Footed(Page):  # type: ignore[misc]  # WeasyPrint ships no types
    """A page as WeasyPrint set it, with our foot."""

    def __init__(self, page: Page, foot: _Foot) -> None:
        self.__dict__.update(page.__dict__)
        self._foot = foot

    def paint(self, stream: Any, scale: float = 1) -> None:
        super().paint(stream, scale)
        with stream.stacked():
            stream.transform(a=scale, d=scale)
            self._content(stream)
            self._foot.draw(self, stream)

    def _content(self, stream: Any) -> None:
        return


class _Listed(_Footed):
    """A blank page with a page of the list on it."""

    def __init__(self, blank: Page, page: ListPage, listing: Listing, foot: _Foot) -> None:
        super().__init__(blank, foot)
        self.bookmarks = copy.copy(blank.bookmarks)
        self._page = page
        self._listing = listing

    def _content(self, stream: Any) -> None:
        for kind, resources in self._listing.resources.items():
            for name, value in resources.items():
                stream._resources[kind].setdefault(name, value)
        for name, image in self._listing.images.items():
            stream._images.setdefault(name, image)
        with stream.stacked():
            stream.stream.append(zlib.decompress(self._page.content))
