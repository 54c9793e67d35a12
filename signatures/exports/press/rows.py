"""The table of signatories: one row a person, cells that wrap and are never cut."""

import json
from collections.abc import Iterator
from typing import Any

from signatures.exports.press import reading
from signatures.exports.press.blocks import Block, Drawing, Tag
from signatures.exports.press.paper import BOTTOM, LEFT, MM, RIGHT, TOP
from signatures.exports.press.shaping import Line, Shaper

_LEADING, _PAD, _BASE = 11.625, 1.95, 8.925  # a row of one line is 5.5 mm high
_COMMENT_LEADING, _COMMENT_PAD = 11.4, 1.2
_ORDINARY = 19.1  # taller scripts than this (Tibetan, Nastaliq) get more room
_FULL = TOP - BOTTOM - 2 * _PAD - _LEADING  # of a page, below the heads of columns


class Cell:
    """A text set in lines to a width, in its place across the page."""

    __slots__ = ("end", "kind", "lines", "start", "width")

    def __init__(
        self, kind: str, lines: tuple[Line, ...], start: float, width: float, *, end: bool
    ) -> None:
        self.kind, self.lines = kind, lines
        self.start, self.width, self.end = start, width, end

    def part(self, first: int, count: int) -> "Cell":
        lines = self.lines[first : first + count]
        return Cell(self.kind, lines, self.start, self.width, end=self.end)


class Rows:
    """Makes blocks of the lines of a job whose layout is a table."""

    def __init__(self, shaper: Shaper, job: dict[str, Any]) -> None:
        self._shaper = shaper
        self._rtl: bool = job["rtl"]
        self._columns = [
            (column["start"] * MM, column["width"] * MM, column.get("align") == "end")
            for column in job["columns"]
        ]
        self._heads = [column["head"] for column in job["columns"]]
        second = self._columns[1][0] if len(self._columns) > 1 else 0.0
        first_is_figures = len(self._columns) > 1 and job["columns"][0]["figures"]
        self._named = 1 if first_is_figures else 0
        self._comment = second if first_is_figures else 0.0

    def packed(self, line: bytes) -> Iterator[tuple[Any, ...]]:
        """As what can be sent to another process."""
        for block in self.blocks(line):
            yield block.packed()

    def blocks(self, line: bytes) -> Iterator[Block]:
        kind, *told = json.loads(line)
        if kind == "g":
            yield group(self._shaper, told[0], told[1], rtl=self._rtl)
        else:
            yield from self._row(*told)

    def heads(self, *, first: bool) -> Block:
        """The heads of the columns: read once, an artifact on the pages after it."""
        cells = [
            self._cell(("head", text, ""), column)
            for text, column in zip(self._heads, self._columns, strict=True)
        ]
        drawing = Drawing(self._shaper)
        height = _height(cells)
        if first:
            tags = self._draw(drawing, cells, "TH")
            return drawing.block("h", height, [("TR", None, tuple(tags), "")])
        drawing.artifact()
        self._draw(drawing, cells, "")
        drawing.end()
        return drawing.block("h", height, [])

    def _row(self, given: list[list[str]], comment: list[str] | None) -> Iterator[Block]:
        cells = [
            self._cell(cell, column) for cell, column in zip(given, self._columns, strict=True)
        ]
        below = self._below(comment)
        height = _height(cells) + _below_height(below)
        if height <= _FULL:
            yield self._block(cells, below)
            return
        # Taller than a page: as many rows as it takes.
        count = int((_FULL - 2 * _PAD) / (_LEADING + _extra(cells)))
        for first in range(0, max(len(cell.lines) for cell in cells), count):
            yield self._block([cell.part(first, count) for cell in cells], None)
        if below:
            count = int((_FULL - 3 * _PAD) / _COMMENT_LEADING)
            for first in range(0, len(below.lines), count):
                empty = [cell.part(0, 0) for cell in cells]
                yield self._block(empty, below.part(first, count))

    def _cell(self, cell: Any, column: tuple[float, float, bool]) -> Cell:
        style, text, shapes = cell
        start, width, end = column
        text = reading.plain(text)
        kind = reading.kind(style, text, shapes)
        return Cell(kind, self._shaper.lines(kind, text, width), start, width, end=end)

    def _below(self, comment: list[str] | None) -> Cell | None:
        if not comment:
            return None
        return self._cell(comment, (self._comment, RIGHT - LEFT - self._comment, False))

    def _block(self, cells: list[Cell], below: Cell | None) -> Block:
        drawing = Drawing(self._shaper)
        tags = self._draw(drawing, cells, "TD")
        height = _height(cells)
        if below and below.lines:
            if not any(cell.lines for cell in cells):
                height = _PAD
            mark = drawing.mark("P")
            for i, line in enumerate(below.lines):
                y = -height - _COMMENT_PAD - (i + 0.6) * _COMMENT_LEADING
                drawing.show(below.kind, line, self._x(below, line), y)
            drawing.end()
            own = tags[self._named]
            parts: tuple[Tag, ...] = (("P", mark, (), _said(below)),)
            if own[1] is not None:
                parts = (("P", own[1], (), own[3]), *parts)
            tags[self._named] = ("TD", None, parts, "")
            height += _below_height(below)
        return drawing.block("r", height, [("TR", None, tuple(tags), "")])

    def _draw(self, drawing: Drawing, cells: list[Cell], tag: str) -> list[Tag]:
        """Draw the cells of a row. Without a tag they are part of an artifact."""
        tags: list[Tag] = []
        grown = _extra(cells)
        for cell in cells:
            if not cell.lines:
                tags.append((tag, None, (), ""))
                continue
            if tag:
                tags.append((tag, drawing.mark(tag), (), _said(cell)))
            for i, line in enumerate(cell.lines):
                y = -_PAD - _BASE - grown / 2 - i * (_LEADING + grown)
                drawing.show(cell.kind, line, self._x(cell, line), y)
            if tag:
                drawing.end()
        return tags

    def _x(self, cell: Cell, line: Line) -> float:
        shift = cell.width - line.width if self._rtl != cell.end else 0.0
        if self._rtl:
            return RIGHT - cell.start - cell.width + shift
        return LEFT + cell.start + shift


def group(shaper: Shaper, heading: str, note: str, *, rtl: bool) -> Block:
    """A heading between rows, its note beside it where there is room."""
    drawing = Drawing(shaper)
    y = -8.0
    tags: list[Tag] = []
    x = RIGHT if rtl else LEFT
    for kind, text, tag, leading in (("group", heading, "H3", 15.0), ("group-note", note, "P", 12)):
        lines = shaper.lines(kind, reading.plain(text), RIGHT - LEFT)
        if not lines:
            continue
        beside = tag == "P" and abs(x - (RIGHT if rtl else LEFT)) + lines[0].width < RIGHT - LEFT
        mark = drawing.mark(tag)
        for line in lines:
            if not (beside and tags):
                x = RIGHT if rtl else LEFT
                y -= leading
            drawing.show(kind, line, x - line.width if rtl else x, y)
            x += (line.width + 6) * (-1 if rtl else 1)
        drawing.end()
        tags.append((tag, mark, (), " ".join(line.said for line in lines if line.said)))
    return drawing.block("g", -y + 4.0, tags, reading.plain(heading))


def opening(shaper: Shaper, job: dict[str, Any]) -> Block:
    """The words above the first row."""
    drawing = Drawing(shaper)
    y = 0.0
    tags: list[Tag] = []
    for kind, text, tag, after in (
        ("title", job["heading"], "H2", 7.5),
        ("lead", job["lead"], "P", 12.0),
    ):
        lines = shaper.lines(kind, reading.plain(text), RIGHT - LEFT)
        if not lines:
            continue
        mark = drawing.mark(tag)
        for line in lines:
            y -= line.height
            x = RIGHT - line.width if job["rtl"] else LEFT
            drawing.show(kind, line, x, y + line.height * 0.2)
        drawing.end()
        tags.append((tag, mark, (), " ".join(line.said for line in lines if line.said)))
        y -= after
    return drawing.block("o", -y, tags)


def _said(cell: Cell) -> str:
    """All of a cell in its true order, if any line of it is told in another."""
    if not any(line.said for line in cell.lines):
        return ""
    return " ".join(line.said for line in cell.lines)


def _extra(cells: list[Cell]) -> float:
    tallest = max((line.height for cell in cells for line in cell.lines), default=0.0)
    return max(0.0, tallest - _ORDINARY)


def _height(cells: list[Cell]) -> float:
    count = max(1, *(len(cell.lines) for cell in cells)) if cells else 1
    return 2 * _PAD + count * (_LEADING + _extra(cells))


def _below_height(below: Cell | None) -> float:
    if below is None:
        return 0.0
    return _COMMENT_PAD + len(below.lines) * _COMMENT_LEADING
