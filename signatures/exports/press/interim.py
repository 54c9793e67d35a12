"""A crew of one, over `listing`: until the crew itself is there."""

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pydyf
from weasyprint import HTML
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import FontConfiguration

from signatures.exports.fetching import SealedFetcher
from signatures.exports.lines import Setter, remember_emoji, styles
from signatures.exports.listing import MM, SIDE, WIDTH, Cell, Listing
from signatures.exports.press.blocks import Tag
from signatures.exports.press.paging import Page

_TURN = b"q .75 0 0 -.75 0 841.89 cm\n"


class Crew:
    def __init__(self, job: dict[str, Any], *, processes: int) -> None:
        remember_emoji()
        self._job = job
        source = HTML(string=job["samples"], url_fetcher=SealedFetcher())
        self._setter = Setter(styles(source.render(font_config=FontConfiguration()).pages))
        head = [column["head"] for column in job["columns"]]
        self._list = Listing(self._setter, rtl=job["rtl"], head=head)

    def pages(self, lines: Iterable[bytes]) -> Iterator[Page]:
        self._list.heading(self._job["heading"], self._job["lead"])
        given = 0
        for line in lines:
            kind, cells, _ = json.loads(line)
            if kind == "r":
                self._list.row(Cell(*cell) for cell in cells)
            while len(self._list.pages) > given:
                yield self._page(given)
                given += 1
        self._list.finish()
        for index in range(given, len(self._list.pages)):
            yield self._page(index)
        self.foot(1234567890, 1234567890)

    def ink(self) -> "Ink":
        return Ink(self._list)

    def foot(self, page: int, total: int) -> bytes:
        size = (0, 0, WIDTH, 1000)
        stream = Stream(
            self._list.fonts, size, {"ExtGState": {}, "XObject": {}}, {}, None, {}, None
        )
        words = self._job["page"].format(page=page, total=total)
        for line in self._setter.fit("foot-page", words, WIDTH):
            self._setter.draw(stream, line, SIDE, 284 * MM)
        drawn = b"\n".join(pydyf._to_bytes(part) for part in stream.stream)
        return b"/Artifact BMC\n" + _TURN + drawn + b"\nQ EMC"

    def _page(self, index: int) -> Page:
        page = self._list.pages[index]
        content = zlib.compress(_TURN + zlib.decompress(page.content) + b"\nQ", 1)
        return Page(content, [_tagged(item) for item in page.tagged], [])


class Ink:
    def __init__(self, listing: Listing) -> None:
        self.fonts = listing.fonts
        self.images = {name: image["image"] for name, image in listing.images.items()}
        self.missing: set[int] = set()

    def merge_into(self, fonts: dict[Any, Any]) -> None:
        fonts.update(self.fonts)


def _tagged(item: Any) -> Tag:
    return item.tag, item.mcid, tuple(_tagged(part) for part in item.parts), ""
