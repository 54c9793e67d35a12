"""Which columns a table has: the names are a promise to whoever reads the file with a program."""

from datetime import date
from typing import Final

from signatures.exports.document import OrganiserRow, Row

PUBLIC: Final = (
    "position",
    "name",
    "title",
    "affiliation",
    "place",
    "country",
    "signed_on",
    "comment",
    "withheld",
)
ORGANISER: Final = (*PUBLIC, "email", "updates", "language", "ref")

Value = str | int | bool | date


def values(row: Row | OrganiserRow, columns: tuple[str, ...]) -> list[Value]:
    """The cells of `row`; an address appears only beside a wish for updates."""
    cells: list[Value] = []
    for column in columns:
        if column == "email" and not (isinstance(row, OrganiserRow) and row.updates):
            cells.append("")
        else:
            cells.append(getattr(row, column))
    return cells
