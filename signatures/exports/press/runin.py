"""Names that run on, parted by a dot, as under an open letter in a newspaper: the least paper.

A shaper makes entries of lines; `columns` sets them into columns and pages.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from signatures.exports.press import reading
from signatures.exports.press.paper import LEFT, MM, RIGHT
from signatures.exports.press.shaping import Line, Shaper

MARK = "run-mark"

_GUTTER = 6 * MM


class Atom(NamedTuple):
    """What isn't broken: a word, or all of a text whose words can't be set apart."""

    width: float
    space: float  # after it, if it doesn't end a line
    show: str
    pictures: tuple[Any, ...]
    height: float
    ends: bool  # a line ends here


class Entry(NamedTuple):
    """A person: `kind` is "e". Or a heading, "g": its label, and then its note."""

    kind: str
    atoms: tuple[Atom, ...]
    said: str = ""  # in true order, where readers are told another
    against: bool = False  # it ends with what runs against the page
    label: str = ""
    note: tuple[Atom, ...] = ()


class Layout(NamedTuple):
    """Columns across the page."""

    across: int

    @property
    def width(self) -> float:
        return (RIGHT - LEFT - (self.across - 1) * _GUTTER) / self.across

    def start(self, column: int, *, rtl: bool) -> float:
        """The edge where reading starts."""
        shift = column * (self.width + _GUTTER)
        return RIGHT - shift if rtl else LEFT + shift


class _Word(NamedTuple):
    kind: str
    text: str
    against: bool  # it runs against the page
    glued: bool = False  # to what comes next


class RunIn:
    """Makes entries of the lines of a job whose layout is compact."""

    def __init__(self, shaper: Shaper, job: dict[str, Any], layout: Layout) -> None:
        self._shaper = shaper
        self._rtl: bool = job["rtl"]
        self._width = layout.width

    def packed(self, line: bytes) -> Iterator[tuple[Any, ...]]:
        """As what can be sent to another process."""
        kind, *told = json.loads(line)
        made = self._heading(*told) if kind == "g" else self._entry(told[0])
        atoms, note = ([tuple(atom) for atom in each] for each in (made.atoms, made.note))
        yield (made.kind, atoms, made.said, made.against, made.label, note)

    def mark(self, *, against: bool) -> Atom:
        """The dot between two entries; kept out of a stretch from right to left before it."""
        return self._sign(MARK, " · ", against=against)

    def _sign(self, kind: str, text: str, *, against: bool) -> Atom:
        space = self._space(kind) if text.endswith(" ") else 0
        line = self._shaper.line(kind, text[::-1] if self._rtl else text)
        show = line.show
        if against and not self._rtl:
            show = reading.span(reading.after_turning(text), show)
        colour = self._shaper.setting(kind).colour
        return Atom(line.width - space, space, colour + show, (), 0, False)

    def _entry(self, cells: list[list[str]]) -> Entry:
        words: list[_Word] = []
        given = [(style, reading.plain(text), shapes) for style, text, shapes in cells]
        given = [cell for cell in given if cell[1]]
        for i, (style, text, shapes) in enumerate(given):
            words += self._words(reading.kind(style, text, shapes), text)
            if i < len(given) - 1:
                words[-1] = words[-1]._replace(glued=True)
                words.append(_Word(MARK, ", ", words[-1].against))
        atoms, told, odd = [], [], False
        for i, word in enumerate(words):
            made, lines = self._atoms(word, last=i == len(words) - 1)
            atoms += made
            told.append(word.text)
            odd = odd or any(line.said for line in lines)
        said = reading.beside(" ".join(told).replace(" , ", ",")) if odd else ""
        return Entry("e", tuple(atoms), said, bool(words and words[-1].against))

    def _words(self, kind: str, text: str) -> Iterator[_Word]:
        """Words that can be set one after the other; or all of it, where order is at stake."""
        if self._rtl:
            against, apart = not reading.turned(text), reading.turned(text)
        else:
            against = reading.has_leftward(text)
            apart = not against
        for word in text.split(" ") if apart else [text]:
            if word:
                yield _Word(kind, word, against)

    def _atoms(self, word: _Word, *, last: bool) -> tuple[list[Atom], tuple[Line, ...]]:
        """With the space after a word, which is drawn on the side where reading goes on."""
        kind, text, against, glued = word
        if kind == MARK:
            return [self._sign(kind, text, against=against)], ()
        space = 0.0 if last or glued else self._space(kind)
        spaced = text
        if space:
            spaced = f" {text}" if against else f"{text} "
        line = self._shaper.line(kind, spaced)
        if line.width - space <= self._width:
            return [self._atom(kind, line, space)], (line,)
        lines = self._shaper.lines(kind, text, self._width)
        atoms = [self._atom(kind, each, 0)._replace(ends=True) for each in lines]
        atoms[-1] = atoms[-1]._replace(ends=False)
        return atoms, lines

    def _atom(self, kind: str, line: Line, space: float) -> Atom:
        colour = self._shaper.setting(kind).colour
        pictures = tuple(
            (each.name, each.x, each.y, each.width, each.height) for each in line.pictures
        )
        return Atom(line.width - space, space, colour + line.show, pictures, line.height, False)

    def _heading(self, heading: str, note: str) -> Entry:
        made = []
        for kind, text in (("group", heading), ("group-note", note)):
            lines = self._shaper.lines(kind, reading.plain(text), self._width)
            made.append(tuple(self._atom(kind, line, 0)._replace(ends=True) for line in lines))
        atoms, notes = made
        said = " ".join(line.said for line in self._shaper.lines("group", heading, self._width))
        return Entry("g", atoms, said.strip(), label=reading.plain(heading), note=notes)

    def _space(self, kind: str) -> float:
        return self._shaper.line(kind, " ").width


def layout(job: dict[str, Any]) -> Layout:
    """Three columns for names alone, two where places stand beside them."""
    return Layout(2 if len(job["columns"]) > 1 else 3)


def unpacked(kind: str, atoms: Any, said: str, against: bool, label: str, note: Any) -> Entry:
    atoms, note = (tuple([Atom(*atom) for atom in each]) for each in (atoms, note))
    return Entry(kind, atoms, said, against, label, note)
