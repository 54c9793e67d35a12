"""The lines of a list, one by one: rows as cells of text and style, and the headings between."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from signatures.exports import measures, wording
from signatures.exports.document import Document, Row

Cell = tuple[str, str, str]  # kind of style, text, shapes of Han
Line = list[Any]  # ["r", cells, comment or None] or ["g", heading, note]

_HAN = {"JP": "ja", "KR": "ko", "TW": "tc", "HK": "tc", "MO": "tc", "CN": "sc", "SG": "sc"}


def rows(document: Document, given: Iterable[Row]) -> Iterator[Line]:
    """What the press is told of the list, in the order of `given`.

    A withheld signatory is a line with a position and two words in a table; where people stand in
    groups or run on, or nobody is named, they are a heading and a number at the end.
    """
    headings = _Headings(document)
    entry = _run_in(document) if document.layout == "compact" else _tabled(document)
    counted = wording.numbers_withheld(document)
    withheld = 0
    for row in given:
        if row.withheld and counted:
            withheld += 1
            continue
        yield from headings.before(row)
        yield entry(row)
    if withheld:
        yield headings.withheld(withheld)


class _Headings:
    """Which heading stands before a row: initial signatories, then the others or their groups."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._spoken = wording.words(document.language)
        self._counts = dict(document.groups)
        self._pinned = False
        self._open: str | None = None

    def before(self, row: Row) -> Iterator[Line]:
        if row.pinned:
            if not self._pinned:
                self._pinned = True
                yield self._line(lambda: gettext("Initial signatories"))
            return
        if not self._document.grouping:
            if self._pinned:
                self._pinned = False
                yield self._line(self._others)
            return
        key = row.country.upper() if self._document.grouping == "country" else row.group
        if key != self._open:
            self._open = key
            yield self._line(
                lambda: wording.group(self._document, key), count=self._counts.get(key, 0)
            )

    def withheld(self, count: int) -> Line:
        with translation.override(self._spoken):
            return ["g", gettext("Name withheld"), wording.people(count, self._spoken)]

    def _line(self, say: Callable[[], str], *, count: int = 0) -> Line:
        with translation.override(self._spoken):
            return ["g", say(), wording.signatories(count, self._spoken) if count else ""]

    def _others(self) -> str:
        if self._document.sort == "name":
            return gettext("All others, by name")
        return gettext("All others, by day of signing")


def _tabled(document: Document) -> Callable[[Row], Line]:
    spoken, here = wording.words(document.language), wording.han(document.language)
    say, where = wording.figures(spoken), _where(spoken)
    with translation.override(spoken):
        withheld: Cell = ("withheld", gettext("name withheld"), "")
        columns = measures.columns(document)

    @cache
    def signed(on: Any) -> Cell:
        return ("date", wording.short_day(on, spoken), "")

    def cell(parts: tuple[str, ...], row: Row, own: str) -> Cell:
        if parts[-1] == "name":
            return withheld if row.withheld else ("name", _name(row, parts), own)
        if parts[0] == "position":
            return ("number", say(row.position), "")
        if row.withheld:
            return ("place", "", here)
        if parts[0] == "signed_on":
            return signed(row.signed_on)
        return ("place", where(row, parts), own)

    every = [column.parts for column in columns]
    commented = "comment" in document.columns

    def line(row: Row) -> Line:
        own = _HAN.get(row.country.upper(), here)
        comment = ("comment", row.comment, own) if commented and row.comment else None
        return ["r", [cell(parts, row, own) for parts in every], comment]

    return line


def _run_in(document: Document) -> Callable[[Row], Line]:
    """Names that run on, each with where they are from; neither numbered nor dated."""
    here = wording.han(document.language)
    where = _where(wording.words(document.language))
    printed = measures.printed(document)
    names = printed[: printed.index("name") + 1]
    places = printed[len(names) :]

    def line(row: Row) -> Line:
        own = _HAN.get(row.country.upper(), here)
        cells: list[Cell] = [("run-name", _name(row, names), own)]
        place = where(row, places)
        if place:
            cells.append(("run-place", place, own))
        return ["r", cells, None]

    return line


def _name(row: Row, parts: tuple[str, ...]) -> str:
    if row.title and "title" in parts:
        return f"{row.title} {row.name}"
    return row.name


def _where(spoken: str) -> Callable[[Row, tuple[str, ...]], str]:
    @cache
    def country(code: str) -> str:
        with translation.override(spoken):
            return wording.country(code)

    def where(row: Row, parts: tuple[str, ...]) -> str:
        """Affiliation, place, country: each isolated, so that directions don't mix."""
        found = []
        for part in parts:
            text = country(row.country) if part == "country" else getattr(row, part)
            if text:
                found.append(text)
        if len(found) > 1 and not all(text.isascii() for text in found):
            found = [f"\u2068{text}\u2069" if _right(text) else text for text in found]
        return ", ".join(found)

    return where


def _right(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
