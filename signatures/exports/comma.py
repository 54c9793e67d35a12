"""Comma-separated values a spreadsheet can open without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from signatures.exports.columns import ORGANISER, Column, Signatory, Value, chosen, reader
from signatures.exports.document import Progress

_BOM = "\ufeff"
_EVERY = 500  # rows in one piece
# What starts a formula, at the start of a cell or where a reader that was told another separator
# would start one; the wide forms count in East Asian spreadsheets.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(f"(^|[\"',;|\t\r\n])([ \xa0\ufeff\u200b]*)(?=[{_SIGNS}])")
_BLANK_START = re.compile(r"^(?=[\t\r\n])")
_PERHAPS = re.compile(f"[{_SIGNS}]|^[\t\r\n]")  # most texts have none of it


def stream(
    rows: Iterable[Signatory],
    *,
    columns: Sequence[str | Column] = ORGANISER,
    withheld: str = "",
    bom: bool = True,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """The file in pieces: UTF-8, by default with a byte order mark, RFC 4180, a head row.

    Holds a few hundred rows at a time. Texts that would run as formulas get an apostrophe; dates
    are ISO 8601. `withheld` is printed for the name of somebody who withholds it.
    """
    picked = chosen(columns)
    cells = reader(picked, withheld=withheld)
    piece = io.StringIO()
    writer = csv.writer(piece, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if bom:
        piece.write(_BOM)
    writer.writerow([column.key for column in picked])
    done = 0
    for done, row in enumerate(rows, start=1):
        writer.writerow([_text(value) for value in cells(row)])
        if done % _EVERY == 0:
            yield _taken(piece)
            if progress:
                progress(done)
    yield _taken(piece)
    if progress:
        progress(done)


def harmless(text: str) -> str:
    """`text` with an apostrophe before everything a spreadsheet could take for a formula."""
    if not _PERHAPS.search(text):
        return text
    return _FORMULA.sub(r"\1\2'", _BLANK_START.sub("'", text))


def _text(value: Value) -> str:
    if isinstance(value, str):
        return harmless(value) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return _day(value)
    return str(value)


@lru_cache(maxsize=1024)  # a letter is signed on few days
def _day(value: date) -> str:
    return value.isoformat()


def _taken(piece: io.StringIO) -> bytes:
    taken = piece.getvalue().encode(errors="replace")
    piece.seek(0)
    piece.truncate()
    return taken
