"""A list of people as a file: CSV with a header, read strictly, every fault with its line.

Commas, semicolons or tabs part the cells, as spreadsheets write them in different countries. A
file with a fault is not taken in part: whoever made it would not know what had been left out.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns import cleaning
from signatures import collation, mailbox
from signatures.mailbox import Mailbox
from signatures.personal import LIMITS

FIELDS = ("name", "email", "affiliation", "place", "comment")
LARGEST = 20_000_000  # bytes
MOST = 50_000  # people in one file
FAULTS = 100  # told of one file

_SEPARATORS = ",;\t"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_EMPTY = _("The file is empty.")
_LARGE = _("The file is larger than {limit} million bytes. Split it.")
_MANY = _("The file has more than {limit} people. Split it.")
_ENCODING = _("Line {line} is not UTF-8. Save the file as “CSV UTF-8”.")
_OTHER_ENCODING = _("The file is UTF-16. Save it as “CSV UTF-8”.")
_BROKEN = _("From line {line} on a quotation mark is opened and not closed, or closed too soon.")
_HEADER = _(
    "The first line must name the columns: {known}. Commas, semicolons or tabs part them. "
    "Needed are: {needed}."
)
_TWICE = _("The first line names “{column}” twice.")
_CELLS = _("{found} cells, where the first line has {wanted}.")
_NAME = _("There is no name.")
_ADDRESS = _("There is no e-mail address.")
_SAME = _("The same as line {line}.")
_MAILBOX = _("The e-mail address stands on line {line} already.")


class BadRoll(Exception):
    """The file can't be read as a list of people; `reason` is for whoever made it."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__("bad roll")
        self.reason = reason


@dataclass(frozen=True)
class Entrant:
    """One line, cleaned as the sign form cleans it. `line` is where it begins, from 1."""

    line: int
    name: str
    mailbox: Mailbox | None = None
    affiliation: str = ""
    place: str = ""
    comment: str = ""

    def __repr__(self) -> str:
        return f"Entrant(line={self.line})"  # tracebacks are no place for people

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of FIELDS, the address in the form that is compared."""
        address = self.mailbox.canonical if self.mailbox else ""
        return (self.name, address, self.affiliation, self.place, self.comment)


@dataclass(frozen=True)
class Fault:
    """Why a line is refused, without what stands in it."""

    line: int
    reason: str | Promise


@dataclass(frozen=True)
class Roll:
    """Whom a file names, and what is wrong with it: it is taken only if nothing is."""

    people: Sequence[Entrant]
    faults: Sequence[Fault]
    columns: Sequence[str]


def read(data: bytes, *, addresses: bool, seats: int = 0) -> Roll:
    """The people in a file. Raises BadRoll.

    `addresses`: each needs one. `seats`: how many may share a mailbox; 0 for any number.
    """
    text = _decoded(data)
    needed = ("name", "email") if addresses else ("name",)
    separator, columns = _header(text, needed)
    people: list[Entrant] = []
    faults: list[Fault] = []
    unlike, lines = _Unlike(seats), _lines(text, separator)
    next(lines)
    for line, cells in lines:
        try:
            entrant = _entrant(line, cells, columns, addresses=addresses)
            unlike.check(entrant)
        except _Wrong as wrong:
            faults.append(Fault(line, wrong.reason))
            if len(faults) >= FAULTS:
                break
        else:
            people.append(entrant)
            if len(people) > MOST:
                raise BadRoll(format_lazy(_MANY, limit=f"{MOST:,}"))
    if not people and not faults:
        raise BadRoll(_EMPTY)
    return Roll(people, faults, columns)


class _Wrong(Exception):
    def __init__(self, reason: str | Promise) -> None:
        super().__init__("wrong line")
        self.reason = reason


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise BadRoll(format_lazy(_LARGE, limit=LARGEST // 1_000_000))
    if data.startswith(_UTF_16):
        raise BadRoll(_OTHER_ENCODING)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise BadRoll(format_lazy(_ENCODING, line=line)) from None
    if not text.strip():
        raise BadRoll(_EMPTY)
    return text


def _header(text: str, needed: Sequence[str]) -> tuple[str, list[str]]:
    """What parts the cells, and which column each is."""
    for separator in _SEPARATORS:
        _line, first = next(_lines(text, separator))
        columns = [cell.strip().lower() for cell in first]
        if set(columns) <= set(FIELDS) and set(needed) <= set(columns):
            break
    else:
        reason = format_lazy(_HEADER, known=", ".join(FIELDS), needed=", ".join(needed))
        raise BadRoll(reason)
    double = next((column for column in columns if columns.count(column) > 1), None)
    if double:
        raise BadRoll(format_lazy(_TWICE, column=double))
    return separator, columns


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Where each record begins, and its cells; lines with nothing in them are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise BadRoll(format_lazy(_BROKEN, line=begins)) from None


def _entrant(line: int, cells: list[str], columns: list[str], *, addresses: bool) -> Entrant:
    if len(cells) != len(columns):
        raise _Wrong(format_lazy(_CELLS, found=len(cells), wanted=len(columns)))
    given = dict(zip(columns, cells, strict=True))
    cleaned = {
        field: _cleaned(field, cleaning.paragraphs if field == "comment" else cleaning.line, given)
        for field in FIELDS
        if field != "email"
    }
    if not cleaned["name"]:
        raise _Wrong(_NAME)
    return Entrant(line=line, mailbox=_mailbox(given.get("email", ""), addresses), **cleaned)


def _cleaned(field: str, clean: Callable[..., str], given: dict[str, str]) -> str:
    try:
        return clean(given.get(field, ""), limit=LIMITS[field])
    except cleaning.BadText as bad:
        raise _Wrong(format_lazy("{field}: {reason}", field=field, reason=bad.reason)) from None


def _mailbox(typed: str, needed: bool) -> Mailbox | None:
    if not typed.strip():
        if needed:
            raise _Wrong(_ADDRESS)
        return None
    try:
        return mailbox.parse(typed)
    except mailbox.BadAddress as bad:
        raise _Wrong(bad.reason) from None


class _Unlike:
    """Nobody stands in one list twice, however they are spelled."""

    def __init__(self, seats: int) -> None:
        self._seats = seats
        self._seen: dict[tuple[str, ...], int] = {}
        self._mailboxes: dict[str, list[int]] = {}

    def check(self, entrant: Entrant) -> None:
        key = tuple(collation.fold(cell) for cell in entrant.cells)
        if key in self._seen:
            raise _Wrong(format_lazy(_SAME, line=self._seen[key]))
        if entrant.mailbox and self._seats:
            lines = self._mailboxes.setdefault(entrant.mailbox.canonical, [])
            if len(lines) >= self._seats:
                raise _Wrong(format_lazy(_MAILBOX, line=lines[0]))
            lines.append(entrant.line)
        self._seen[key] = entrant.line
