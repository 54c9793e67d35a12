"""Which columns a table can have: their names are a promise to whoever reads it by program."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Final

from signatures.exports.document import OrganiserRow, Row

Value = str | int | bool | date
Signatory = Row | OrganiserRow


@dataclass(frozen=True, slots=True)
class Column:
    """`key` heads it; `width` is in letters, for a spreadsheet."""

    key: str
    read: Callable[[Signatory], Value]
    width: int = 16


def _address(row: Signatory) -> str:
    """Only beside a wish for updates: the one gate every file's addresses pass."""
    return row.email if isinstance(row, OrganiserRow) and row.updates else ""


def _column(key: str, width: int = 16) -> Column:
    return Column(key, attrgetter(key), width)


COLUMNS: Final = {
    column.key: column
    for column in (
        _column("position", 9),
        _column("name", 30),
        _column("title"),
        _column("affiliation", 40),
        _column("place", 20),
        _column("country", 9),
        _column("signed_on", 12),
        _column("comment", 50),
        _column("group", 20),
        _column("withheld", 12),
        Column("email", _address, 30),
        _column("updates", 12),
        _column("language", 12),
        _column("ref"),
    )
}
PUBLIC: Final = (
    "position",
    "name",
    "title",
    "affiliation",
    "place",
    "country",
    "signed_on",
    "comment",
    "group",
    "withheld",
)
ORGANISER: Final = (*PUBLIC, "email", "updates", "language", "ref")


def chosen(columns: Iterable[str | Column]) -> tuple[Column, ...]:
    """The columns of these keys; what is a column already stays as it is. KeyError for others."""
    return tuple(one if isinstance(one, Column) else COLUMNS[one] for one in columns)


def reader(
    columns: Sequence[Column], *, withheld: str = ""
) -> Callable[[Signatory], Sequence[Value]]:
    """What gives the cells of a row.

    Of a withheld row as the public sees it: its place in the list, `withheld` for a name, and that
    it is withheld. Whatever else such a row may carry stays behind.
    """
    reads = tuple(column.read for column in columns)
    said: dict[str, Value | None] = {"position": None, "name": withheld, "withheld": True}
    hidden = [said.get(column.key, "") for column in columns]

    def cells(row: Signatory) -> Sequence[Value]:
        if row.withheld and not isinstance(row, OrganiserRow):
            return [row.position if value is None else value for value in hidden]
        return [read(row) for read in reads]

    return cells
