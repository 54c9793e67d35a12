"""Blocks and entries, one after the other, into pages: only here anything gets its place."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from signatures.exports.press.blocks import Block, Tag
from signatures.exports.press.paper import BOTTOM, INK, LEFT, RIGHT, RULE, TOP

_DEFLATED = 3  # of 9: nearly as small as can be, for half the time


@dataclass(slots=True)
class Page:
    """A finished page. What it holds is tagged in reading order; a Table or an L that starts it
    goes on with the one that ended the page before."""

    content: bytes  # deflated, in points from the bottom left; uses fonts and images by name
    tagged: list[Tag]  # marked content counts from 0
    bookmarks: list[tuple[str, float]]  # the headings of groups, points from the bottom


@dataclass(slots=True)
class Sheet:
    """A page being filled."""

    y: float = TOP
    marks: int = 0
    content: list[str] = field(default_factory=list)
    tagged: list[Tag] = field(default_factory=list)
    bookmarks: list[tuple[str, float]] = field(default_factory=list)

    def place(self, block: Block) -> tuple[Tag, ...]:
        """Draw a block at the top of what is left; its tags with their numbers on this page."""
        body, first = block.body, self.marks
        if block.marks:
            body %= tuple(range(first, first + block.marks))
            self.marks += block.marks
        self.content.append(f"q 1 0 0 1 0 {self.y:.2f} cm {body}Q\n")
        self.y -= block.height
        return numbered(block.tags, first) if first else block.tags

    def page(self) -> Page:
        content = "".join(self.content).encode("ascii")
        return Page(zlib.compress(content, _DEFLATED), self.tagged, self.bookmarks)


def numbered(tags: tuple[Tag, ...], first: int) -> tuple[Tag, ...]:
    return tuple(
        [
            (
                tag,
                None if mark is None else mark + first,
                numbered(parts, first) if parts else parts,
                said,
            )
            for tag, mark, parts, said in tags
        ]
    )


class Table:
    """Rows under the heads of their columns; a row is never parted, a heading never left alone."""

    def __init__(self, opening: Block, first: Block, again: Block) -> None:
        """`first` are the heads of the columns of a table, `again` the same on its later pages."""
        self._first, self._again = first, again
        self._sheet = Sheet()
        self._sheet.tagged += self._sheet.place(opening)
        self._rows: list[Tag] = []  # of the table on this page
        self._rules: list[tuple[float, bool]] = []
        self._waiting: list[Block] = []  # headings, until a row comes after them
        self._begun = False  # the heads of this table have been read
        self._empty = True  # no row on this page yet

    def add(self, block: Block) -> Iterator[Page]:
        if block.kind == "g":
            self._waiting.append(block)
            return
        heads = 0.0
        if self._empty or self._waiting:
            heads = self._first.height
        above = sum(each.height for each in self._waiting) + heads
        if self._sheet.y - above - block.height < BOTTOM and not self._fresh():
            yield self._close()
        self._announce()
        self._rows += self._sheet.place(block)
        self._rules.append((self._sheet.y, False))

    def finish(self) -> Iterator[Page]:
        if self._waiting:
            height = sum(each.height for each in self._waiting)
            if self._sheet.y - height < BOTTOM and not self._fresh():
                yield self._close()
            self._head_groups()
        yield self._close()

    def _fresh(self) -> bool:
        """Whether a new page would offer no more room than this one."""
        return self._sheet.y == TOP

    def _announce(self) -> None:
        """What stands above the next row: headings, and the heads of the columns."""
        if self._waiting:
            self._head_groups()
            self._begun, self._empty = False, True
        if not self._empty:
            return
        if self._begun:
            self._sheet.place(self._again)
        else:
            self._rows += self._sheet.place(self._first)
        self._begun, self._empty = True, False
        self._rules.append((self._sheet.y, True))

    def _head_groups(self) -> None:
        self._end_table()
        for block in self._waiting:
            self._sheet.bookmarks.append((block.label, self._sheet.y))
            self._sheet.tagged += self._sheet.place(block)
        self._waiting = []

    def _end_table(self) -> None:
        if self._rows:
            self._sheet.tagged.append(("Table", None, tuple(self._rows), ""))
            self._rows = []

    def _close(self) -> Page:
        self._end_table()
        if self._rules:
            self._sheet.content.append(_rules(self._rules))
        page = self._sheet.page()
        self._sheet, self._rules, self._empty = Sheet(), [], True
        return page


def _rules(rules: list[tuple[float, bool]]) -> str:
    """Lines across the page: dark below the heads of columns, light below rows."""
    made = ["/Artifact BMC q "]
    for strong in (True, False):
        at = [y for y, is_strong in rules if is_strong == strong]
        if at:
            made.append(f"{0.75 if strong else 0.3} w {INK if strong else RULE} RG ")
            made += [f"{LEFT:.2f} {y:.2f} m {RIGHT:.2f} {y:.2f} l " for y in at]
            made.append("S ")
    made.append("Q EMC\n")
    return "".join(made)
