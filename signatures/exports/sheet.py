"""A spreadsheet of signatories: text stays text, dates are dates, rows are never held.

The rows go straight into the archive: no other file is written, however many there are.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from signatures.exports import workbook
from signatures.exports.columns import ORGANISER, Column, Signatory, Value, chosen, reader
from signatures.exports.document import Progress

_EVERY = 500
_ROWS = 1_000_000  # a sheet of the format ends at 1,048,576
_BYTES = 2_000_000_000  # and larger parts of the archive would need what not every reader knows
_LONGEST = 16_000  # letters; a cell holds 32,767 UTF-16 units
_DAY_ZERO = date(1899, 12, 30)
# What XML cannot hold or would change, and what the format would take for such a sign.
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write(
    rows: Iterable[Signatory],
    out: Path,
    *,
    snapshot: datetime,
    columns: Sequence[str | Column] = ORGANISER,
    withheld: str = "",
    progress: Progress | None = None,
) -> None:
    """Write the workbook; past a million rows it goes on in another sheet.

    `withheld` is printed for the name of somebody who withholds it.
    """
    picked = chosen(columns)
    cells = reader(picked, withheld=withheld)
    lines = _Lines((cells(row) for row in rows), progress)
    sheets = 0
    with zipfile.ZipFile(out, "w") as book:
        workbook.begin(book, snapshot=snapshot.astimezone(UTC))
        while not (sheets and lines.ended):
            sheets += 1
            with book.open(workbook.entry(workbook.sheet_name(sheets)), "w") as sheet:
                sheet.write(workbook.opening(column.width for column in picked).encode())
                sheet.write(_row(1, [column.key for column in picked], workbook.HEAD).encode())
                for piece in lines.of_a_sheet():
                    sheet.write(piece)
                sheet.write(workbook.CLOSING.encode())
        workbook.end(book, sheets=sheets)


class _Lines:
    """The rows as XML in pieces, parted into sheets."""

    def __init__(self, given: Iterable[Sequence[Value]], progress: Progress | None) -> None:
        self._given = iter(given)
        self._progress = progress
        self._done = 0
        self._next = next(self._given, None)

    @property
    def ended(self) -> bool:
        return self._next is None

    def of_a_sheet(self) -> Iterator[bytes]:
        number, size = 1, 0
        piece: list[str] = []
        while self._next is not None and number <= _ROWS and size < _BYTES:
            number += 1
            piece.append(_row(number, self._next))
            self._done += 1
            self._next = next(self._given, None)
            if len(piece) == _EVERY:
                size += len(taken := "".join(piece).encode())
                piece.clear()
                yield taken
                self._tell()
        yield "".join(piece).encode()
        self._tell()

    def _tell(self) -> None:
        if self._progress:
            self._progress(self._done)


def _row(number: int, values: Sequence[Value], style: int = 0) -> str:
    cells = "".join(
        [
            _cell(f"{_letters(at)}{number}", value, style)
            for at, value in enumerate(values)
            if value != ""
        ]
    )
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Value, style: int) -> str:
    if isinstance(value, str):
        return _text(place, value, style)
    if isinstance(value, bool):
        return _text(place, "yes" if value else "no", style)
    if isinstance(value, date):
        return f'<c r="{place}" s="{workbook.DAY}"><v>{(value - _DAY_ZERO).days}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    """A text cell: nothing in it is ever read as a number, a link or a formula."""
    text = text[:_LONGEST]
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(_escaped, text)
    space = ' xml:space="preserve"' if text != text.strip() else ""
    style_of = f' s="{style}"' if style else ""
    return f'<c r="{place}"{style_of} t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _escaped(sign: re.Match[str]) -> str:
    return _ENTITIES.get(sign[0]) or f"_x{ord(sign[0]):04X}_"


def _letters(column: int) -> str:
    """A to Z, then AA: a column counted from nought."""
    name = ""
    while column >= 0:
        name = chr(ord("A") + column % 26) + name
        column = column // 26 - 1
    return name
