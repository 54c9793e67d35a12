"""The one writer of numbers and counts.

Whoever changes a signature's state sets `news` and goes on; nothing waits on a hot row. One leader
in the installation takes what has news, in batches across letters, gives each confirmed signature
its letter's next number and moves the letter's totals, in one transaction. So number and count
cannot disagree.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from campaigns.models import GrowthHour, Tally
from signatures.models import Head, Signature

BATCH = 1_000
LOCK = 0x67726F756E647377  # "groundsw": the advisory lock of the installation's one sequencer

State = Signature.State


class Overtaken(Exception):
    """Another sequencer moved the head while this one slept: nothing was counted here."""


@dataclass
class Move:
    """What one batch does to one letter."""

    signed: int = 0
    withdrawn: int = 0
    invalidated: int = 0


@transaction.atomic
def sequence(*, now: datetime, shuffle: bool = True) -> int:
    """Number and count what has news; how many rows were looked at (0: nothing waits).

    Raises Overtaken when the head moved meanwhile; the transaction then leaves nothing behind.
    """
    if not _lead():
        return 0
    head, _ = Head.objects.get_or_create(pk=1)
    rows = _take(now)
    if not rows:
        return 0
    if shuffle:
        random.SystemRandom().shuffle(rows)  # numbers must not tell who confirmed first by a second
    moves, numbered, cancelled = _decide(rows)
    _write_rows(rows, numbered, cancelled)
    _write_totals(moves, now)
    _write_growth(rows, numbered, cancelled, now)
    moved = Head.objects.filter(pk=1, batch=head.batch).update(batch=F("batch") + 1, moved_at=now)
    if not moved:
        raise Overtaken
    return len(rows)


def _lead() -> bool:
    """On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        # A leader that stops in the middle must not keep the others out for longer than this.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5s'")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _take(now: datetime) -> list[Signature]:
    # A sensitive letter moves on the minute, with what came before it. A minute after its last move
    # would not do: streams would tell the very second of somebody who signs on a quiet day.
    minute = now.replace(second=0, microsecond=0)
    fresh = Q(confirmed_at__gte=minute) | Q(cancelled_at__gte=minute)
    return list(
        Signature.objects.awaiting_sequencer()
        .exclude(fresh, letter__sensitive=True)
        .select_for_update(of=("self",), skip_locked=True)
        .only("id", "letter_id", "state", "counted", "number", "confirmed_at")
        .order_by("id")[:BATCH]
    )


def _decide(
    rows: Iterable[Signature],
) -> tuple[dict[int, Move], dict[int, int], set[int]]:
    """Per letter what moves; {row: number} of those who now count; rows that no longer count."""
    moves: dict[int, Move] = defaultdict(Move)
    numbered: dict[int, int] = {}
    cancelled: set[int] = set()
    letters = {row.letter_id for row in rows}
    last = dict(
        Tally.objects.select_for_update()
        .filter(pk__in=letters)
        .order_by("pk")
        .values_list("pk", "signed")
    )
    for row in rows:
        move = moves[row.letter_id]
        if row.state == State.CONFIRMED and not row.counted:
            move.signed += 1
            numbered[row.pk] = last[row.letter_id] + move.signed
        elif row.state == State.WITHDRAWN and row.counted:
            move.withdrawn += 1
            cancelled.add(row.pk)
        elif row.state == State.WITHDRAWN and row.number is not None:
            # A cancelled rule had put it back, and it was withdrawn before it had its new number:
            # its old one was counted among the invalidated, so both are written down.
            move.signed += 1
            move.withdrawn += 1
            numbered[row.pk] = last[row.letter_id] + move.signed
            cancelled.add(row.pk)
        elif row.state == State.INVALIDATED and row.counted:
            move.invalidated += 1
            cancelled.add(row.pk)
    return moves, numbered, cancelled


def _write_rows(rows: Iterable[Signature], numbered: dict[int, int], cancelled: set[int]) -> None:
    """Not bulk_update: its CASE is ten times slower than either of these."""
    table = connection.ops.quote_name(Signature._meta.db_table)  # noqa: SLF001 - Django's documented name
    with connection.cursor() as cursor:
        if numbered and connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} AS it SET number = new.number, counted = true, news = false "  # noqa: S608
                "FROM unnest(%s::bigint[], %s::integer[]) AS new (id, number) WHERE it.id = new.id",
                [list(numbered), list(numbered.values())],
            )
        elif numbered:
            cursor.executemany(
                f"UPDATE {table} SET number = %s, counted = %s, news = %s WHERE id = %s",  # noqa: S608
                [(number, True, False, pk) for pk, number in numbered.items()],
            )
    if cancelled:
        Signature.objects.filter(pk__in=cancelled).update(counted=False, news=False)
    rest = [row.pk for row in rows if row.pk not in numbered and row.pk not in cancelled]
    if rest:
        Signature.objects.filter(pk__in=rest).update(news=False)


def _write_totals(moves: dict[int, Move], now: datetime) -> None:
    for letter, move in moves.items():
        Tally.objects.filter(pk=letter).update(
            signed=F("signed") + move.signed,
            withdrawn=F("withdrawn") + move.withdrawn,
            invalidated=F("invalidated") + move.invalidated,
            moved_at=now,
        )


def _write_growth(
    rows: Iterable[Signature],
    numbered: dict[int, int],
    cancelled: set[int],
    now: datetime,
) -> None:
    """The curve of each letter, by the hour of confirming (and of cancelling: now)."""
    signed: Counter[tuple[int, int]] = Counter()
    gone: Counter[tuple[int, int]] = Counter()
    for row in rows:
        if row.pk in numbered:
            signed[row.letter_id, _hour(row.confirmed_at or now)] += 1
        if row.pk in cancelled:
            gone[row.letter_id, _hour(now)] += 1
    table = connection.ops.quote_name(GrowthHour._meta.db_table)  # noqa: SLF001 - as above
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} AS hour (letter_id, hour, signed, cancelled) "  # noqa: S608
            "VALUES (%s, %s, %s, %s) ON CONFLICT (letter_id, hour) DO UPDATE SET "
            "signed = hour.signed + excluded.signed, "
            "cancelled = hour.cancelled + excluded.cancelled",
            [
                (letter, hour, signed[letter, hour], gone[letter, hour])
                for letter, hour in sorted(signed.keys() | gone.keys())
            ],
        )


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600
