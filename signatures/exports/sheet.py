"""A spreadsheet of signatories: text stays text, dates are dates, rows are never held."""

from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from signatures.exports.columns import ORGANISER, Value, values
from signatures.exports.document import OrganiserRow, Progress, Row

_EVERY = 500
_ROWS = 1_000_000  # a sheet of the format ends at 1,048,576
_LONGEST = 32_767  # letters a cell may hold
_WIDTHS = {"position": 9, "name": 30, "affiliation": 40, "comment": 50, "email": 30}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write(
    rows: Iterable[Row | OrganiserRow],
    out: Path,
    *,
    snapshot: datetime,
    columns: tuple[str, ...] = ORGANISER,
    progress: Progress | None = None,
) -> None:
    """Write the workbook; past a million rows it goes on in another sheet."""
    with xlsxwriter.Workbook(str(out), _OPTIONS) as book:
        book.set_properties({"created": snapshot.replace(tzinfo=None)})
        head = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = _sheet(book, columns, head)
        done = 0
        for done, row in enumerate(rows, start=1):
            if done > 1 and done % _ROWS == 1:
                sheet = _sheet(book, columns, head)
            for i, value in enumerate(values(row, columns)):
                _cell(sheet, (done - 1) % _ROWS + 1, i, value, day)
            if progress and done % _EVERY == 0:
                progress(done)
        if progress:
            progress(done)


def _sheet(book: Any, columns: tuple[str, ...], head: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for i, column in enumerate(columns):
        sheet.set_column(i, i, _WIDTHS.get(column, 16))
        sheet.write_string(0, i, column, head)
    return sheet


def _cell(sheet: Any, row: int, column: int, value: Value, day: Any) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time.min), day)
    elif value:
        sheet.write_string(row, column, value[:_LONGEST])
