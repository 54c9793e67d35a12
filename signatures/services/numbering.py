"""Numbering: what each row of a batch does to the log and to its letter's count, written back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce

from campaigns.models import GrowthHour
from signatures.models import Invalidation, Signature
from signatures.proof import openings
from signatures.services.bookkeeping import Book, table

State = Signature.State
log = structlog.get_logger(__name__)


@dataclass
class Outcome:
    """Rows that now count, with number and index in the log, and which of them counted before under
    another; those that no longer do; and those whose opening was made here."""

    numbered: dict[int, tuple[int, int]] = field(default_factory=dict)
    renewed: set[int] = field(default_factory=set)
    cancelled: set[int] = field(default_factory=set)
    opened: list[Signature] = field(default_factory=list)


def decide(book: Book, rows: Sequence[Signature], versions: dict[int, int]) -> Outcome:
    """Enter the rows, in their order. `versions` is where the log has each revision."""
    outcome = Outcome(opened=_opened(rows))
    reasons = reasons_of(rows)
    for row in rows:
        counts = row.counted
        if row.is_signing_anew:
            _renew(book, outcome, row, versions)
        elif _signs(row):
            counts = _sign(book, outcome, row, versions)
        if counts and row.state == State.WITHDRAWN:
            _cancel(book, outcome, row, None)
        elif counts and row.state == State.INVALIDATED:
            _cancel(book, outcome, row, reasons.get(row.invalidation_id, 0))
    return outcome


def _signs(row: Signature) -> bool:
    """Also what a cancelled rule had put back and was withdrawn before it had its new number: its
    old one was counted among the invalidated, so both are written down."""
    reinstated = row.state == State.WITHDRAWN and row.number is not None
    return not row.counted and (row.state == State.CONFIRMED or reinstated)


def _renew(book: Book, outcome: Outcome, row: Signature, versions: dict[int, int]) -> None:
    """A newer text was signed: the entry of the old one ends where the new one's stands. Also for
    whom something else happened to since, because what opened the old entry is gone."""
    if book.chains[row.letter_id].closed or row.log_index is None:
        log.error("signed anew, still counted as before", signature=str(row.uid))
        return
    book.withdrawn(row.letter_id, row.log_index, domain=row.domain_class)
    if _sign(book, outcome, row, versions):
        outcome.renewed.add(row.pk)


def _sign(book: Book, outcome: Outcome, row: Signature, versions: dict[int, int]) -> bool:
    chain = book.chains[row.letter_id]
    if chain.closed:  # closing waits for whoever is confirming, so nothing leads here
        log.error("confirmed after closing, not counted", signature=str(row.uid))
        return False
    assert row.commitment is not None
    row.log_index = book.signed(
        row.letter_id,
        version=versions[row.revision_id],
        method=row.method,
        commitment=bytes(row.commitment),
        domain=row.domain_class,
    )
    outcome.numbered[row.pk] = (chain.signed, row.log_index)
    return True


def _cancel(book: Book, outcome: Outcome, row: Signature, reason: int | None) -> None:
    if row.log_index is None:  # erasing leaves it until here, and nobody cancels the erased
        log.error("cancelled but nowhere in the log, still counted", signature=str(row.uid))
        return
    if reason is None:
        book.withdrawn(row.letter_id, row.log_index, domain=row.domain_class)
    else:
        book.invalidated(row.letter_id, row.log_index, reason=reason, domain=row.domain_class)
    outcome.cancelled.add(row.pk)


def _opened(rows: Iterable[Signature]) -> list[Signature]:
    """Rows that will be entered but have nothing to be entered with: put back by a cancelled rule,
    or confirmed before the log was. They get a new commitment, so each entry has its own."""
    lacking = {row.pk: row for row in rows if row.commitment is None and _signs(row)}
    found = Signature.objects.select_related("letter").filter(pk__in=lacking)
    opened = list(found) if lacking else []
    for whole in opened:
        openings.commit_anyhow(whole)
        row = lacking[whole.pk]
        row.commitment, row.domain_class = whole.commitment, whole.domain_class
    return opened


def reasons_of(rows: Iterable[Signature]) -> dict[int | None, int]:
    """The public reason of each rule that took one of these out."""
    taken_out = [row for row in rows if row.state == State.INVALIDATED]
    rules = {row.invalidation_id for row in taken_out if row.invalidation_id is not None}
    found = Invalidation.objects.filter(pk__in=rules) if rules else Invalidation.objects.none()
    return dict(found.values_list("pk", "reason"))


# --- Writing ----------------------------------------------------------------------------------
def write_rows(rows: Iterable[Signature], outcome: Outcome) -> None:
    """Not bulk_update: its CASE is ten times slower than either of these."""
    handled = {row.pk for row in rows}
    keep_openings([row for row in outcome.opened if row.pk in outcome.numbered])
    _write_numbered(outcome.numbered)
    if outcome.renewed:
        anew = Signature.objects.filter(pk__in=outcome.renewed)
        anew.update(renewed=Coalesce(F("renewed"), 0) + 1)
    if outcome.cancelled:
        Signature.objects.filter(pk__in=outcome.cancelled).update(counted=False, news=False)
    if rest := handled - outcome.numbered.keys() - outcome.cancelled:
        Signature.objects.filter(pk__in=rest).update(news=False)
    if erased := [row.pk for row in rows if row.erased_at is not None]:
        forget_places(erased)


def _write_numbered(numbered: dict[int, tuple[int, int]]) -> None:
    if not numbered:
        return
    name = table(Signature)
    rows = [(number, index, pk) for pk, (number, index) in numbered.items()]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {name} AS it SET number = new.number, log_index = new.place, "  # noqa: S608
                "commitment = NULL, counted = true, news = false "
                "FROM unnest(%s::integer[], %s::bigint[], %s::bigint[]) AS new (number, place, id) "
                "WHERE it.id = new.id",
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            cursor.executemany(
                f"UPDATE {name} SET number = %s, log_index = %s, commitment = NULL, "  # noqa: S608
                "counted = 1, news = 0 WHERE id = %s",
                rows,
            )


def keep_openings(rows: Iterable[Signature]) -> None:
    """Save what opens entries made here."""
    name = table(Signature)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {name} SET seed_sealed = %s, domain_class = %s WHERE id = %s",  # noqa: S608
            [(_bytes(row.seed_sealed), row.domain_class, row.pk) for row in rows],
        )


def keep_places(rows: Iterable[Signature]) -> None:
    """Save where the log has rows that have their numbers already."""
    name = table(Signature)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {name} SET log_index = %s, commitment = NULL WHERE id = %s",  # noqa: S608
            [(row.log_index, row.pk) for row in rows],
        )


def forget_places(erased: Iterable[int]) -> None:
    """Nothing leads from a forgotten person's row to its entry once that is written."""
    Signature.objects.filter(pk__in=erased).update(
        log_index=None, seed_sealed=None, domain_class=None, commitment=None
    )


def write_growth(rows: Iterable[Signature], outcome: Outcome, now: datetime) -> None:
    """The curve of each letter, by the hour of confirming (and of cancelling: now). Who signed a
    newer text counted before, and moves nothing."""
    signed: Counter[tuple[int, int]] = Counter()
    gone: Counter[tuple[int, int]] = Counter()
    for row in rows:
        if row.pk in outcome.numbered and row.pk not in outcome.renewed:
            signed[row.letter_id, _hour(row.confirmed_at or now)] += 1
        if row.pk in outcome.cancelled:
            gone[row.letter_id, _hour(now)] += 1
    name = table(GrowthHour)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {name} AS hour (letter_id, hour, signed, cancelled) "  # noqa: S608
            "VALUES (%s, %s, %s, %s) ON CONFLICT (letter_id, hour) DO UPDATE SET "
            "signed = hour.signed + excluded.signed, "
            "cancelled = hour.cancelled + excluded.cancelled",
            [
                (letter, hour, signed[letter, hour], gone[letter, hour])
                for letter, hour in sorted(signed.keys() | gone.keys())
            ],
        )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600
