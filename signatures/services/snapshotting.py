"""One short look at a letter's signatures: who, in which order, and as of which words.

The look takes totals and a list of row ids, 16 bytes a row, and ends. The rows themselves are read
afterwards, a slice at a time, with nothing held open. Who has changed or erased what they wrote
since the look is met by the time of their last change, and the reader stops.
"""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q

from campaigns.embeds.curve import cumulate
from campaigns.models import Letter
from signatures.counting.totals import totals
from signatures.exports import certificate
from signatures.exports.wish import PAPER, PDF, Wish
from signatures.models import Signature
from signatures.querysets import SignatureQuerySet
from signatures.services import vouching
from signatures.services.shelving import CHANGED, Section, Shelves, version
from signatures.services.vouching import NOTHING, NOWHERE, Place, Vouched

SLICE = 2_000
SHORTEST_CURVE = 24  # hours


class Record(NamedTuple):
    """What is read of a row."""

    pk: int
    uid: UUID
    withheld_sealed: bytes | memoryview | None
    email_sealed: bytes | memoryview | None
    name: str
    title: str
    affiliation: str
    place: str
    comment: str
    group: str
    country: str
    day: date | None
    public: bool
    updates: bool
    language: str
    ref: str
    changed: str | None


class Moved(Exception):
    """Somebody in the list has changed or erased what they wrote since the look."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What counted in the one moment of the look."""

    count: int = 0
    withheld: int = 0
    comments: int = 0  # of those whose name is shown
    earlier: int = 0  # who signed an earlier revision
    withdrawn: int = 0
    invalidated: int = 0
    paper: int = 0
    first: date | None = None
    last: date | None = None
    curve: tuple[int, ...] = ()

    @property
    def signed(self) -> int:
        return self.count + self.withdrawn + self.invalidated


@dataclass(frozen=True)
class Snapshot:
    """What was there at `moment`, and the rows in the order wanted."""

    letter: Letter  # with its revision of that moment
    wish: Wish
    moment: datetime
    totals: Totals
    fingerprint: str = ""
    place: Place = NOWHERE  # in the log, of the same look
    vouched: Vouched = NOTHING
    sections: tuple[Section, ...] = ()
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    versions: "array[int]" = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, first: int = 0, end: int | None = None) -> Iterator[tuple[int, bool, Record]]:
        """Position in the list, whether pinned, and the row. Raises Moved."""
        end = len(self) if end is None else end
        for section in self.sections:
            for start in range(max(first, section.first), min(end, section.end), SLICE):
                stop = min(start + SLICE, section.end, end)
                for place, row in self._read(start, stop):
                    yield place + 1, section.pinned, row

    def _read(self, start: int, stop: int) -> Iterator[tuple[int, Record]]:
        ids = self.ids[start:stop]
        rows = Signature.objects.filter(pk__in=list(ids)).values_list(*Record._fields[:-1], CHANGED)
        found = {row[0]: Record._make(row) for row in rows}
        for place, pk in enumerate(ids, start=start):
            row = found.get(pk)
            if row is None or version(row.changed) != self.versions[place]:
                raise Moved
            yield place, row

    def check(self) -> None:
        """Raises Moved when what is printed of anybody has changed since the look."""
        for start in range(0, len(self), SLICE):
            ids = self.ids[start : start + SLICE]
            rows = Signature.objects.filter(pk__in=list(ids)).values_list("pk", CHANGED)
            now = {pk: version(changed) for pk, changed in rows}
            if [now.get(pk) for pk in ids] != list(self.versions[start : start + SLICE]):
                raise Moved


def take(letter: Letter, wish: Wish, moment: datetime) -> Snapshot:
    """The letter's totals and rows as they are now; `moment` is the time that is printed."""
    with _one_look():
        fresh = Letter.objects.for_page().get(pk=letter.pk)
        counted = Signature.objects.counted().filter(letter=fresh)
        known = _totals(fresh, counted)
        print_, place = fingerprint(fresh, wish), vouching.place(fresh)
        shelves = Shelves(fresh, wish)
        if wish.format != PAPER:
            shelves.fill(counted)
    sections, ids, versions = shelves.emptied()
    return Snapshot(
        fresh, wish, moment, known, print_, place, sections=sections, ids=ids, versions=versions
    )


def vouched(snapshot: Snapshot, *, waiting: Callable[[], None]) -> Snapshot:
    """The same with what the log says of its totals; `waiting` may raise meanwhile."""
    if snapshot.wish.format != PDF:
        return snapshot
    printed = totals(snapshot.totals)
    found = vouching.vouch(snapshot.letter, snapshot.place, printed, waiting=waiting)
    mark = vouching.marked(snapshot.fingerprint, found.kind)
    return replace(snapshot, vouched=found, fingerprint=mark)


def foreseen(letter: Letter, wish: Wish) -> str:
    """The fingerprint of the file that would be made now; `letter` is fresh."""
    look = fingerprint(letter, wish)
    return vouching.marked(look, vouching.foreseen(letter)) if wish.format == PDF else look


def fingerprint(letter: Letter, wish: Wish) -> str:
    """Equal for two looks that would give the same file but for its time.

    `letter` is fresh. Who changes, shows or withholds a name moves the latest change; who comes or
    goes moves the tally. Erasing takes files away by itself.
    """
    rows = Signature.objects.counted().filter(letter=letter)
    first = rows.filter(pinned__isnull=False).order_by("pinned", "pk")
    tally = letter.tally
    known: list[object] = [
        wish.format, wish.sort, wish.public_only, wish.as_options(),
        letter.pk, letter.revision_id, letter.slug, letter.accent, letter.groups, letter.seats,
        letter.published_at, letter.closed_at,
        tally.signed, tally.withdrawn, tally.invalidated, tally.paper,
        rows.aggregate(latest=Max("changed_at"), shown=Count("pk", filter=Q(public=True))),
        list(first.values_list("pk", "pinned")),
        _certificate() if wish.format == PDF and wish.sign else "",
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()


def _certificate() -> str:
    """Which one would sign, if there is one already: a new one is made when a file is."""
    found = certificate.usable()
    return found.fingerprint if found else ""


@contextmanager
def _one_look() -> Iterator[None]:
    """Every read inside sees the same moment, and no writer waits for us."""
    if connection.in_atomic_block:  # a caller's transaction is the look
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    else:
        # Not atomic(): that is BEGIN IMMEDIATE here, and would keep every signer waiting.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _totals(letter: Letter, counted: SignatureQuerySet) -> Totals:
    found = counted.aggregate(
        count=Count("pk"),
        withheld=Count("pk", filter=Q(public=False)),
        comments=Count("pk", filter=Q(public=True) & ~Q(comment="")),
        earlier=Count("pk", filter=~Q(revision=letter.revision_id)),
        first=Min("day"),
        last=Max("day"),
    )
    tally = letter.tally
    return Totals(
        **found,
        withdrawn=tally.withdrawn,
        invalidated=tally.invalidated,
        paper=tally.paper,
        curve=_curve(letter),
    )


def _curve(letter: Letter) -> tuple[int, ...]:
    hours = list(letter.growth.order_by("hour").values_list("hour", "signed", "cancelled"))
    if not hours or hours[-1][0] - hours[0][0] < SHORTEST_CURVE:
        return ()  # within an hour the curve only spreads evenly: it would show what nobody saw
    steps = cumulate(
        ((hour, signed - cancelled) for hour, signed, cancelled in hours),
        start=hours[0][0],
        end=hours[-1][0] + 1,
    )
    return tuple(count for _, count in steps)
