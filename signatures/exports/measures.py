"""Where the columns of a printed list stand. Lengths are millimetres from the edge of the text."""

from dataclasses import dataclass

from django.utils.translation import gettext

from signatures.exports.document import Document
from signatures.exports.wording import figures, words

WIDTH = 166.0
_GAP = 3.5
_DIGIT, _MARK = 1.82, 0.9  # of a number, as large as the list is set
_LEAST = 8.0  # the word that heads the positions
_DATE = 22.0
_NOT_RUN_IN = {"position", "signed_on", "comment"}
_SHARES = {1: (1.0,), 2: (0.49, 0.51), 3: (0.36, 0.36, 0.28)}


@dataclass(frozen=True, slots=True)
class Column:
    """`parts` are the columns of a row that share it; the name is always one of its own."""

    parts: tuple[str, ...]
    head: str
    start: float
    width: float
    figures: bool = False

    def told(self, *, rtl: bool) -> dict[str, str | float | bool]:
        """Figures stand one below the other by their last digit, which is on the right."""
        return {
            "head": self.head,
            "start": round(self.start, 2),
            "width": round(self.width, 2),
            "align": "end" if self.figures and not rtl else "start",
            "figures": self.figures,
        }


def printed(document: Document) -> tuple[str, ...]:
    """Which of the columns chosen are printed: names that run on have no number, day or comment."""
    if document.layout == "compact":
        return tuple(one for one in document.columns if one not in _NOT_RUN_IN)
    return document.columns


def columns(document: Document) -> list[Column]:
    """The columns of a table, from the side where reading starts.

    A title stands before the name. Beside a date there is room for two columns of words, so
    affiliation and place share one; a comment is no column: it stands under its row.
    """
    position, dated = "position" in document.columns, "signed_on" in document.columns
    texts = _texts(document.columns, share=dated)
    first = _position(document) if position else 0.0
    last = _DATE if dated else 0.0
    room = WIDTH - first - last - _GAP * (len(texts) - 1 + position + dated)
    placed = []
    if position:
        placed.append(Column(("position",), gettext("No."), 0, first, figures=True))
    start = first + _GAP if position else 0.0
    for (parts, head), share in zip(texts, _SHARES[len(texts)], strict=True):
        placed.append(Column(parts, head, start, room * share))
        start += room * share + _GAP
    if dated:
        placed.append(Column(("signed_on",), gettext("Signed"), WIDTH - last, last, figures=True))
    return placed


def _texts(chosen: tuple[str, ...], *, share: bool) -> list[tuple[tuple[str, ...], str]]:
    name = ("title", "name") if "title" in chosen else ("name",)
    where = tuple(part for part in ("place", "country") if part in chosen)
    found: list[tuple[tuple[str, ...], str]] = [(name, gettext("Name"))]
    if "affiliation" in chosen and where and share:
        found.append((("affiliation", *where), _shared(where)))
        return found
    if "affiliation" in chosen:
        found.append((("affiliation",), gettext("Affiliation")))
    if where:
        head = gettext("Country") if where == ("country",) else gettext("Place")
        found.append((where, head))
    return found


def _shared(where: tuple[str, ...]) -> str:
    if where == ("country",):
        return gettext("Affiliation and country")
    return gettext("Affiliation and place")


def _position(document: Document) -> float:
    digits = figures(words(document.language))(max(document.count, document.last_position))
    wide = sum(_DIGIT if letter.isdigit() else _MARK for letter in digits)
    return max(_LEAST, wide + 0.3)
