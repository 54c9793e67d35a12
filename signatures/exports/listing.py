"""The pages of signatories: rows set line by line, broken into pages, kept as page content.

Lengths are CSS pixels (1/96 inch) from the top left corner of the page.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pydyf
from weasyprint.pdf.stream import Stream

from signatures.exports.lines import Line, Setter, direction, han, plain

MM = 96 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
SIDE, TOP, BOTTOM = 22 * MM, 24 * MM, 275 * MM
_INK = (0.11, 0.106, 0.094)  # as in letter.css
_RULE = (0.847, 0.824, 0.769)
_LEADING, _PAD, _BASE = 15.5, 2.6, 11.9  # a row of one line is 5.5 mm high
_ORDINARY = 22.0  # taller scripts than this (Tibetan, Nastaliq) get more room


class Cell(NamedTuple):
    """Text, the kind of style it is set in, and whose Han shapes it takes by default."""

    kind: str
    text: str
    han: str = ""


class Column(NamedTuple):
    start: float
    width: float


# Position, name, affiliation and place, date: 166 mm in all.
COLUMNS = (
    Column(0, 14 * MM),
    Column(15 * MM, 60 * MM),
    Column(78 * MM, 62 * MM),
    Column(143 * MM, 23 * MM),
)


@dataclass(slots=True)
class Tagged:
    """What a page holds, for the tree of tags: a tag, its marked content, its parts."""

    tag: str
    mcid: int | None = None
    parts: list["Tagged"] = field(default_factory=list)


@dataclass(slots=True)
class ListPage:
    """One finished page: deflated content and what it holds, in reading order."""

    content: bytes
    tagged: list[Tagged]


class Listing:
    """Takes rows one by one and keeps only finished pages."""

    def __init__(self, setter: Setter, *, rtl: bool, head: Iterable[str]) -> None:
        self.pages: list[ListPage] = []
        self.fonts: dict[Any, Any] = {}
        self.images: dict[str, Any] = {}
        self.resources: dict[str, Any] = {"ExtGState": {}, "XObject": {}}
        self._setter = setter
        self._rtl = rtl
        self._head = [Cell("head", text) for text in head]
        self._tables = 0
        self._open()

    def heading(self, title: str, lead: str) -> None:
        """The words above the first row."""
        for kind, text, tag, after in (("title", title, "H2", 10.0), ("lead", lead, "P", 12.0)):
            lines = self._setter.fit(kind, plain(text), WIDTH - 2 * SIDE)
            if not lines:
                continue
            self._begin(tag, self._tagged)
            for line in lines:
                self._y += line.height
                self._setter.draw(self._stream, line, self._x(0, line), self._y - line.height * 0.2)
            self._end()
            self._y += after

    def row(self, cells: Iterable[Cell]) -> None:
        """Set one row, on the next page if it doesn't fit on this one."""
        texts = [(cell, plain(cell.text)) for cell in cells]
        lines = self._set(texts)
        height = _height(lines)
        if self._rows == 0 or self._y + height > BOTTOM:
            if self._rows:
                self._close()
                self._open()
            self._draw_head()
            lines = self._set(texts)
        row = Tagged("TR")
        self._table.append(row)
        self._draw(lines, height, "TD", row.parts)

    def finish(self) -> list[ListPage]:
        self._close()
        return self.pages

    def _set(self, texts: list[tuple[Cell, str]]) -> list[list[Line]]:
        return [
            self._setter.fit(_kind(cell, text), text, column.width, slot=i)
            for i, ((cell, text), column) in enumerate(zip(texts, COLUMNS, strict=True))
        ]

    def _open(self) -> None:
        self._stream = Stream(
            self.fonts, (0, 0, WIDTH, HEIGHT), self.resources, self.images, None, {}, None
        )
        self._y = TOP
        self._rows = 0
        self._rules: list[float] = []
        self._marks = 0
        self._tagged: list[Tagged] = []

    def _draw_head(self) -> None:
        first = not self._tables
        self._tables += 1
        table = Tagged("Table")
        self._tagged.append(table)
        self._table = table.parts
        row = Tagged("TR")
        if first:
            self._table.append(row)
        lines = self._set([(cell, cell.text) for cell in self._head])
        self._draw(lines, _height(lines), "TH" if first else "Artifact", row.parts)

    def _draw(self, cells: list[list[Line]], height: float, tag: str, into: list[Tagged]) -> None:
        grown = _extra(cells)
        for lines, column in zip(cells, COLUMNS, strict=True):
            self._begin(tag, into, empty=not lines)
            for i, line in enumerate(lines):
                baseline = self._y + _PAD + _BASE + grown / 2 + i * (_LEADING + grown)
                self._setter.draw(self._stream, line, self._x(column.start, line), baseline)
            self._end(empty=not lines)
        self._y += height
        self._rules.append(self._y)
        self._rows += 1

    def _x(self, start: float, line: Line) -> float:
        if self._rtl:
            return WIDTH - SIDE - start - line.width
        return SIDE + start

    def _begin(self, tag: str, into: list[Tagged], *, empty: bool = False) -> None:
        if tag == "Artifact":
            if not empty:
                self._stream.begin_marked_content("Artifact")
        elif empty:
            into.append(Tagged(tag))
        else:
            into.append(Tagged(tag, self._marks))
            self._stream.begin_marked_content(tag, pydyf.Dictionary({"MCID": self._marks}))
            self._marks += 1

    def _end(self, *, empty: bool = False) -> None:
        if not empty:
            self._stream.end_marked_content()

    def _close(self) -> None:
        stream = self._stream
        stream.begin_marked_content("Artifact")
        for i, y in enumerate(self._rules):
            stream.set_line_width(1 if i == 0 else 0.4)
            stream.set_color_rgb(*(_INK if i == 0 else _RULE), stroke=True)
            stream.move_to(SIDE, y)
            stream.line_to(WIDTH - SIDE, y)
            stream.stroke()
        stream.end_marked_content()
        content = b"\n".join(
            part if isinstance(part, bytes) else pydyf._to_bytes(part) for part in stream.stream
        )
        self.pages.append(ListPage(zlib.compress(content, 1), self._tagged))


def _kind(cell: Cell, text: str) -> str:
    if cell.han:
        return f"{cell.kind}-{direction(text)}-{han(text, cell.han)}"
    return cell.kind


def _extra(cells: list[list[Line]]) -> float:
    tallest = max((line.height for lines in cells for line in lines), default=0.0)
    return max(0.0, tallest - _ORDINARY)


def _height(cells: list[list[Line]]) -> float:
    count = max(1, *(len(lines) for lines in cells))
    return 2 * _PAD + count * (_LEADING + _extra(cells))
