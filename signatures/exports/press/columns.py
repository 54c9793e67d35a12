"""Entries, one after the other, into lines, columns and pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from signatures.exports.press.blocks import Block, Tag, placed
from signatures.exports.press.glyphs import Picture
from signatures.exports.press.paging import Page, Sheet
from signatures.exports.press.paper import BOTTOM
from signatures.exports.press.runin import Atom, Entry, Layout

_LEADING = 10.8
_BASE = 8.2  # of a line, below its top
_LIFT = 2.6  # of a heading, away from the names below it
_TALL = 18.5  # taller letters than these get a line more
_TEXT, _BLANK, _HEAD = "tbh"  # lines; a blank one is left out atop a column, a head is never last


@dataclass(slots=True)
class _Set:
    """An entry on a page: each atom with its line there and its place in the line."""

    entry: Entry
    atoms: list[tuple[int, float, Atom]] = field(default_factory=list)
    note: list[tuple[int, float, Atom]] = field(default_factory=list)
    end: tuple[int, float] = (0, 0.0)
    marked: bool = False  # something follows


class Columns:
    """Fills the columns of a page one after the other; those of the last page are of one length.

    An entry may go on in the next column, but not on the next page.
    """

    def __init__(
        self, opening: Block, layout: Layout, marks: tuple[Atom, Atom], *, rtl: bool
    ) -> None:
        """`marks` part an entry from the next: after one with the page, after one against it."""
        self._layout, self._marks, self._rtl = layout, marks, rtl
        self._sheet = Sheet()
        self._sheet.tagged += self._sheet.place(opening)
        self._sets: list[_Set] = []
        self._lines: list[str] = []
        self._tall = False  # the last line

    def add(self, entry: Entry) -> Iterator[Page]:
        known = len(self._lines)
        self._set(entry)
        if self._fits():
            return
        del self._lines[known:]
        waiting = [self._sets.pop().entry]
        while self._sets and self._sets[-1].entry.kind == "g":
            waiting.insert(0, self._sets.pop().entry)
        if self._sets or self._sheet.tagged:
            if self._sets:
                del self._lines[self._sets[-1].end[0] + 1 :]
            yield self._close()
            for each in waiting:
                yield from self.add(each)
            return
        half = len(entry.atoms) // 2  # longer than a page
        yield from self.add(entry._replace(atoms=entry.atoms[:half]))
        yield from self.add(entry._replace(atoms=entry.atoms[half:]))

    def finish(self) -> Iterator[Page]:
        yield self._close(even=True)

    @property
    def _room(self) -> int:
        return int((self._sheet.y - BOTTOM) / _LEADING)

    def _set(self, entry: Entry) -> None:
        made = _Set(entry)
        last = self._sets[-1] if self._sets else None
        x = 0.0
        if entry.kind == "g":
            if self._lines:
                self._lines.append(_BLANK)
            self._lines.append(_HEAD)
        elif last is None or last.entry.kind == "g":
            self._lines.append(_TEXT)
        else:
            last.marked = True
            x = last.end[1] + self._marks[0].width + self._marks[0].space
        self._sets.append(made)
        x = self._flow(entry.atoms, made.atoms, x, _HEAD if entry.kind == "g" else _TEXT)
        if entry.note:
            if x + 5 + entry.note[0].width > self._layout.width:
                self._lines.append(_HEAD)
                x = -5.0
            x = self._flow(entry.note, made.note, x + 5, _HEAD)
        made.end = (len(self._lines) - 1, x)

    def _flow(
        self, atoms: tuple[Atom, ...], into: list[tuple[int, float, Atom]], x: float, kind: str
    ) -> float:
        """Put atoms into the last line and further ones; where the last of them ends."""
        width = 0.0
        for i, atom in enumerate(atoms):
            need = atom.width
            if i == len(atoms) - 1:
                need += self._marks[0].width if kind == _TEXT else 0.0
            elif not atom.space and not atom.ends:
                need += atoms[i + 1].width  # a comma isn't parted from its word
            taller = atom.height > _TALL and not self._tall
            if x > 0 and (taller or x + need > self._layout.width):
                x, self._tall = 0.0, atom.height > _TALL
                self._lines += [_BLANK, kind] if self._tall else [kind]
            into.append((len(self._lines) - 1, x, atom))
            width = atom.width
            x += width + atom.space
            if atom.ends and i < len(atoms) - 1:
                x = 0.0
                self._lines.append(kind)
        return x

    def _fits(self) -> bool:
        """Lines fit by far, or exactly; only then it is worth counting."""
        headings = sum(1 for each in self._sets[-40:] if each.entry.kind == "g")
        if len(self._lines) + 4 * headings < self._room * self._layout.across - 12:
            return True
        return self._spread(self._room) is not None

    def _spread(self, room: int) -> list[tuple[int, int]] | None:
        """The column and the row of each line, `room` rows to a column, if that is enough."""
        column = row = 0
        made = []
        for i, kind in enumerate(self._lines):
            need = 1
            while kind == _HEAD and i + need < len(self._lines):
                need += 1
                if self._lines[i + need - 1] != _HEAD:
                    break
            if row + need > room and row:
                column, row = column + 1, 0
            if column == self._layout.across:
                return None
            made.append((column, row))
            if kind != _BLANK or row:
                row += 1
        return made

    def _close(self, *, even: bool = False) -> Page:
        room = self._room
        least = -(-len(self._lines) // self._layout.across) if even else room
        spread = next(
            found for rows in range(least, room + 1) if (found := self._spread(rows)) is not None
        )
        self._draw(spread)
        page = self._sheet.page()
        self._sheet, self._sets, self._lines = Sheet(), [], []
        return page

    def _draw(self, spread: list[tuple[int, int]]) -> None:
        sheet = self._sheet
        items: list[Tag] = []
        text: list[str] = ["BT "]
        pictures: list[str] = []
        for each in self._sets:
            entry = each.entry
            if entry.kind == "g":
                if items:
                    sheet.tagged.append(("L", None, tuple(items), ""))
                    items = []
                _, row = spread[each.atoms[0][0]]
                sheet.bookmarks.append((entry.label, sheet.y - row * _LEADING))
                sheet.tagged.append(self._marked("H3", each.atoms, entry.said, spread, text))
                if each.note:
                    sheet.tagged.append(self._marked("P", each.note, "", spread, text))
                continue
            body = self._marked("LBody", each.atoms, entry.said, spread, text, pictures)
            items.append(("LI", None, (body,), ""))
            if each.marked:
                mark = self._marks[entry.against]
                text.append("/Artifact BMC ")
                self._show([(*each.end, mark)], spread, text, pictures)
                text.append("EMC\n")
        if items:
            sheet.tagged.append(("L", None, tuple(items), ""))
        sheet.content += text
        sheet.content.append("ET\n")
        if pictures:
            sheet.content.append(f"/Artifact BMC {''.join(pictures)}EMC\n")

    def _marked(
        self,
        tag: str,
        atoms: list[tuple[int, float, Atom]],
        said: str,
        spread: list[tuple[int, int]],
        text: list[str],
        pictures: list[str] | None = None,
    ) -> Tag:
        number = self._sheet.marks
        self._sheet.marks += 1
        text.append(f"/{tag}<</MCID {number}>>BDC ")
        lift = _LIFT if tag in ("H3", "P") else 0.0
        self._show(atoms, spread, text, pictures if pictures is not None else [], lift)
        text.append("EMC\n")
        return (tag, number, (), said)

    def _show(
        self,
        atoms: list[tuple[int, float, Atom]],
        spread: list[tuple[int, int]],
        text: list[str],
        pictures: list[str],
        lift: float = 0.0,
    ) -> None:
        previous = -1
        for line, x, atom in atoms:
            column, row = spread[line]
            edge = self._layout.start(column, rtl=self._rtl)
            at = edge - x - atom.width - atom.space if self._rtl else edge + x
            y = self._sheet.y - row * _LEADING - _BASE + lift
            if line != previous or self._rtl:
                text.append(f"1 0 0 1 {at:.2f} {y:.2f} Tm ")
                previous = line
            text.append(atom.show)
            pictures += [placed(Picture(*picture), at, y) for picture in atom.pictures]
