"""Comma-separated values a spreadsheet can open without running anything."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date

from signatures.exports.columns import ORGANISER, Value, values
from signatures.exports.document import OrganiserRow, Progress, Row

_BOM = "\ufeff"
_EVERY = 500  # rows in one piece
# What starts a formula, at the start of a cell or where a reader that was told another separator
# would start one; the wide forms count in East Asian spreadsheets.
_FORMULA = re.compile(
    "(^|[\"',;|\t\r\n])([ \xa0\ufeff\u200b]*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])"
)
_BLANK_START = re.compile(r"^(?=[\t\r\n])")


def stream(
    rows: Iterable[Row | OrganiserRow],
    *,
    columns: tuple[str, ...] = ORGANISER,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """The file in pieces: UTF-8 with a byte order mark, RFC 4180, ISO 8601 dates, a head row.

    Holds a few hundred rows at a time. Texts that would run as formulas get an apostrophe.
    """
    piece = io.StringIO()
    writer = csv.writer(piece, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    piece.write(_BOM)
    writer.writerow(columns)
    done = 0
    for done, row in enumerate(rows, start=1):
        writer.writerow([_text(value) for value in values(row, columns)])
        if done % _EVERY == 0:
            yield _taken(piece)
            if progress:
                progress(done)
    yield _taken(piece)
    if progress:
        progress(done)


def harmless(text: str) -> str:
    """`text` with an apostrophe before everything a spreadsheet could take for a formula."""
    return _FORMULA.sub(r"\1\2'", _BLANK_START.sub("'", text))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value)


def _taken(piece: io.StringIO) -> bytes:
    taken = piece.getvalue().encode()
    piece.seek(0)
    piece.truncate()
    return taken
