"""Backfilling: what was counted before the log existed is logged, in the order of the numbers.

A letter whose tally is not what the log says is behind. The sequencer catches up with it in slices
before anything new of that letter; `log_backfill` does so in the foreground. What can't be
explained is damage, and then the log is right: the tally is set to it, and an error says so.
"""

import secrets
from collections.abc import Collection

import structlog
from django.db import connection
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from campaigns.models import Letter, LetterEvent, Revision
from campaigns.services import chronicling
from signatures.counting.totals import totals
from signatures.log.leaf import Kind
from signatures.log.lines import HASH
from signatures.models import Delivery, LogEntry, Signature
from signatures.proof import openings
from signatures.services import entering, numbering
from signatures.services.bookkeeping import Book, table

SLICE = 1_000
UNSPECIFIED = 0
State = Signature.State
log = structlog.get_logger(__name__)


def behind() -> QuerySet[Letter]:
    """Published letters of which the log does not hold everything yet."""
    same = Q(
        tally__signed=F("chain__signed"),
        tally__withdrawn=F("chain__withdrawn"),
        tally__invalidated=F("chain__invalidated"),
    )
    events = LetterEvent.objects.filter(letter=OuterRef("pk"))
    untold = Exists(Revision.objects.filter(letter=OuterRef("pk"), events__isnull=True))
    unclosed = Q(state=Letter.State.CLOSED) & ~Exists(events.filter(kind=LetterEvent.Kind.CLOSED))
    published = Letter.objects.filter(revision__isnull=False)
    return published.filter(Q(chain__isnull=True) | ~same | untold | unclosed).order_by("pk")


def tell(letters: Collection[int]) -> None:
    """Note what happened to these letters before anybody noted it for the log."""
    if not letters:
        return
    tell_versions(letters)
    closed = Letter.objects.filter(pk__in=letters, closed_at__isnull=False)
    for letter in closed.exclude(events__kind=LetterEvent.Kind.CLOSED):
        assert letter.closed_at is not None
        chronicling.closed(letter=letter, at=letter.closed_at)
    handed = Delivery.objects.filter(letter__in=letters).order_by("recorded_at")
    for delivery in handed.select_related("letter").prefetch_related("exports"):
        for file in delivery.exports.all():
            if file.sha256:
                chronicling.delivered(
                    letter=delivery.letter, sha256=file.sha256, at=delivery.recorded_at
                )


def tell_versions(letters: Collection[int]) -> bool:
    """Whether there was one that nobody had noted."""
    untold = Revision.objects.filter(letter__in=letters, events__isnull=True)
    found = list(untold.order_by("letter", "number"))
    chronicling.versions(*found)
    return bool(found)


def catch_up(book: Book) -> int:
    """Enter the next numbers of letters that are behind, whose versions are logged; how many."""
    looked_at = 0
    for letter in sorted(book.behind):
        if looked_at < SLICE:
            looked_at += _catch_up(book, letter)
    return looked_at


def _catch_up(book: Book, letter: int) -> int:
    chain = book.chains[letter]
    rows = Signature.objects.filter(letter=letter)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    looked_at = 0
    if chain.signed < last and not chain.closed:
        looked_at = _numbers(book, letter, min(last, chain.signed + SLICE))
    if chain.signed >= last or chain.closed:
        _finish(book, letter)
    return looked_at


def _finish(book: Book, letter: int) -> None:
    """With all numbers entered, only cancellations can be missing; then the tally is damaged."""
    tally = book.tallies[letter]
    if not book.agrees(tally):
        _cancellations(book, letter)
    if not book.agrees(tally):
        said, logged = totals(tally), totals(book.chains[letter])
        log.error("count set to what the log says", letter=letter, count=said, logged=logged)
    book.behind.discard(letter)


def _numbers(book: Book, letter: int, last: int) -> int:
    chain = book.chains[letter]
    numbers = range(chain.signed + 1, last + 1)
    rows = _slice(letter, numbers)
    versions = entering.versions_of(rows)
    gone = _cancelled(book, letter) if any(row.log_index is not None for row in rows) else set()
    reasons = numbering.reasons_of(rows)
    by_number = {row.number: row for row in rows}
    for number in numbers:
        row = by_number.get(number)
        if row is None or _awaits_another(row):
            _former(book, letter)
            continue
        if row.log_index is not None and row.log_index not in gone:
            # Put back by a rule that was cancelled while nobody logged: its first entry ends here.
            book.invalidated(letter, row.log_index, reason=UNSPECIFIED, domain=row.domain_class)
        _enter(book, row, versions[row.revision_id], reasons)
    _write([row for row in rows if not _awaits_another(row)])
    return len(numbers)


def _slice(letter: int, numbers: range) -> list[Signature]:
    rows = Signature.objects.filter(
        letter=letter, number__gte=numbers.start, number__lt=numbers.stop
    )
    return list(rows.select_related("letter").select_for_update(of=("self",)).order_by("pk"))


def _awaits_another(row: Signature) -> bool:
    """Put back, so that it is to have another number: this one was invalidated."""
    return not row.counted and row.news


def _former(book: Book, letter: int) -> None:
    """A number whose signature has another one by now: it was invalidated and put back."""
    chain = book.chains[letter]
    assert chain.version is not None
    index = book.signed(
        letter,
        version=chain.version,
        method=Signature.Method.LINK,
        commitment=secrets.token_bytes(HASH),
        domain=None,
    )
    book.invalidated(letter, index, reason=UNSPECIFIED, domain=None)


def _enter(book: Book, row: Signature, version: int, reasons: dict[int | None, int]) -> None:
    openings.commit_anyhow(row)
    assert row.commitment is not None
    row.log_index = book.signed(
        row.letter_id,
        version=version,
        method=row.method,
        commitment=bytes(row.commitment),
        domain=row.domain_class,
    )
    if not row.counted:
        _cancel(book, row, reasons)


def _cancel(book: Book, row: Signature, reasons: dict[int | None, int]) -> None:
    assert row.log_index is not None
    if row.state == State.WITHDRAWN:
        book.withdrawn(row.letter_id, row.log_index, domain=row.domain_class)
    else:
        reason = reasons.get(row.invalidation_id, UNSPECIFIED)
        book.invalidated(row.letter_id, row.log_index, reason=reason, domain=row.domain_class)


def _write(rows: list[Signature]) -> None:
    numbering.keep_openings(rows)
    numbering.keep_places(rows)
    if erased := [row.pk for row in rows if row.erased_at is not None and not row.news]:
        numbering.forget_places(erased)


def _cancellations(book: Book, letter: int) -> None:
    """Those of entries that are in the log already."""
    rows = Signature.objects.filter(
        letter=letter,
        log_index__isnull=False,
        counted=False,
        news=False,
        state__in=[State.WITHDRAWN, State.INVALIDATED],
    )
    gone = _cancelled(book, letter)
    missing = [row for row in rows.order_by("number") if row.log_index not in gone]
    reasons = numbering.reasons_of(missing)
    for row in missing:
        _cancel(book, row, reasons)


def _cancelled(book: Book, letter: int) -> set[int]:
    """The entries of the letter that its later entries cancel."""
    name = table(LogEntry)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT substr(entry, 25, 8) FROM {name} "  # noqa: S608 - a name of ours
            "WHERE substr(entry, 5, 16) = %s AND substr(entry, 2, 1) IN (%s, %s)",
            [book.uid(letter), bytes([Kind.WITHDRAWN]), bytes([Kind.INVALIDATED])],
        )
        found = {int.from_bytes(bytes(ref), "big") for (ref,) in cursor.fetchall()}
    return found | book.cancelled
