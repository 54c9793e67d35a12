"""The one writer of numbers, counts and the log.

Whoever changes a signature's state sets `news`, whoever does something to a letter notes it as an
event, and goes on; nothing waits on a hot row. One leader in the installation takes what has news,
in batches across letters, gives each confirmed signature its letter's next number, appends to the
log and moves the letter's totals, in one transaction. So number, count and log cannot disagree.
"""

import random
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from campaigns.models import LetterEvent
from signatures.log.folder import Folder
from signatures.log.rejected import Rejected
from signatures.models import Head, Published, Signature
from signatures.proof.stopped import Reason
from signatures.services import backfilling, entering, numbering, thanking
from signatures.services.bookkeeping import Book

BATCH = 1_000
LETTERS = 100  # to catch up with at once
LONGEST_STOP = 5  # seconds a leader may stop in the middle and keep the others out
LOCK = 0x67726F756E647377  # "groundsw": the advisory lock of the installation's one sequencer
_FIELDS = (
    "uid",
    "letter_id",
    "revision_id",
    "state",
    "method",
    "counted",
    "number",
    "confirmed_at",
    "erased_at",
    "invalidation_id",
    "commitment",
    "log_index",
    "domain_class",
    "ref",
)


class Overtaken(Exception):
    """Another sequencer moved the head while this one slept: nothing was counted here."""


class Frozen(Exception):
    """The log may not grow now: what stands in it is not what was promised. Nothing was counted,
    and nothing is lost; `reason` is the code of `Head.frozen_because`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the log is frozen: {reason}")
        self.reason = reason


@transaction.atomic
def sequence(*, now: datetime, shuffle: bool = True, behind: Sequence[int] = ()) -> int:
    """Number, count and log what has news; how many signatures were looked at (0: nothing waits).

    `behind` names letters to catch up with even if nothing of them is new. Raises Overtaken when
    the head moved meanwhile, and Frozen; the transaction then leaves nothing behind.
    """
    if not _lead():
        return 0
    head = _head()
    rows = _take(now)  # before the events: whatever text they signed is then among those
    backfilling.tell(behind)
    events = _events(rows, now)
    letters = {*behind, *(row.letter_id for row in rows), *(event.letter_id for event in events)}
    if not letters:
        return 0
    if shuffle:
        random.SystemRandom().shuffle(rows)  # numbers must not tell who confirmed first by a second
    book = Book(head, now)
    book.open(letters)
    entering.versions(book, events)
    # Rows of letters that are behind wait for the next batch: catching up changes them.
    ready = [row for row in rows if row.letter_id not in book.behind]
    caught_up = backfilling.catch_up(book)
    _count(book, ready, now)
    on_paper = entering.rest(book, events)
    _write(book, head, now)
    return len(rows) + caught_up + on_paper


def waits() -> bool:
    """Whether something is new, asked without any lock."""
    events = LetterEvent.objects.filter(index__isnull=True)
    return Signature.objects.awaiting_sequencer().exists() or events.exists()


def catch_up(*, now: datetime) -> bool:
    """Log some of what was counted before the log was. False when nothing is left, or another
    sequencer leads; raises what `sequence` does."""
    before = list(backfilling.behind().values_list("pk", flat=True)[:LETTERS])
    if not before:
        return False
    looked_at = sequence(now=now, behind=before)
    return bool(looked_at) or before != list(
        backfilling.behind().values_list("pk", flat=True)[:LETTERS]
    )


def _lead() -> bool:
    """On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST_STOP}s'")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _head() -> Head:
    """Where the log ends. Raises Frozen when it must not go on from there."""
    head, _ = Head.objects.get_or_create(pk=1)
    if head.frozen_because:
        raise Frozen(head.frozen_because)
    try:
        promised = Folder(settings.LOG_DIR).highwater()
    except Rejected:
        raise Frozen(Reason.NO_HIGH_WATER) from None
    if promised is None and Published.objects.filter(size__gt=0).exists():
        raise Frozen(Reason.NO_HIGH_WATER)
    if promised is not None and promised.size > head.size:  # what would come next is promised
        raise Frozen(Reason.SMALLER)
    return head


def _take(now: datetime) -> list[Signature]:
    # A sensitive letter moves on the minute, with what came before it. A minute after its last move
    # would not do: streams would tell the very second of somebody who signs on a quiet day.
    minute = now.replace(second=0, microsecond=0)
    anew = Q(counted=True, commitment__isnull=False, changed_at__gte=minute)
    fresh = Q(confirmed_at__gte=minute) | Q(cancelled_at__gte=minute) | anew
    return list(
        Signature.objects.awaiting_sequencer()
        .exclude(fresh, letter__sensitive=True)
        .select_for_update(of=("self",), skip_locked=True)
        .only(*_FIELDS)
        .order_by("id")[:BATCH]
    )


def _events(rows: Sequence[Signature], now: datetime) -> list[LetterEvent]:
    events = entering.waiting(now)
    letters = {row.letter_id for row in rows} | {event.letter_id for event in events}
    return entering.waiting(now) if backfilling.tell_versions(letters) else events


def _count(book: Book, rows: Sequence[Signature], now: datetime) -> None:
    if rows:
        outcome = numbering.decide(book, rows, entering.versions_of(rows))
        numbering.write_rows(rows, outcome)
        numbering.write_growth(rows, outcome, now)
        thanking.thank(rows, outcome.numbered.keys() - outcome.renewed)


def _write(book: Book, head: Head, now: datetime) -> None:
    try:
        book.write()
    except IntegrityError:
        raise Overtaken from None
    found = Head.objects.filter(pk=1, batch=head.batch, size=head.size)
    if not found.update(batch=F("batch") + 1, size=book.size, hour=book.hour, moved_at=now):
        raise Overtaken
