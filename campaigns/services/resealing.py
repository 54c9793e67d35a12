"""Sealing everything again under the newest of FIELD_KEYS, beside whoever signs meanwhile.

What is done is to be seen in the values themselves: whoever stops half-way begins again and finds
the rest. Nothing waits for it, and it waits for one row at most.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, connection, transaction

from campaigns import sealed, sealing
from worker import outbox

TOPIC = "keys.reseal"
BACKUPS = timedelta(days=30)  # as long as docs/operating.md says to keep them
PASSES = 3  # a process from before the new key may go on sealing with the old one for a moment


@dataclass(frozen=True)
class Step:
    """How far one place is."""

    place: str
    done: int
    of: int


def stale() -> dict[str, int]:
    """How many values of each place another key than the newest has sealed."""
    newest = sealing.newest()
    return {
        name: sum(number for key, number in counted.items() if key != newest)
        for name, counted in by_place().items()
    }


def by_place() -> dict[str, Counter[int]]:
    """How many values of each place each key has sealed."""
    return {place.name: place.keys() for place in sealed.places()}


def by_key() -> Counter[int]:
    """How many values each key has sealed, wherever they are."""
    return sum(by_place().values(), Counter())


def reseal() -> Iterator[Step]:
    """Go through every place; says how far it is after each slice."""
    with _quick_commits():
        for place in sealed.places():
            yield from _reseal(place)


def _reseal(place: sealed.Place) -> Iterator[Step]:
    newest, done = sealing.newest(), 0
    for _ in range(PASSES):
        counted = place.keys()
        left = counted.total() - counted[newest]
        if not left:
            break
        of = done + left
        for number in place.reseal():
            done += number
            yield Step(place.name, done, max(of, done))


@transaction.atomic
def ask() -> None:
    """Have a worker do it."""
    outbox.publish(TOPIC)


@contextmanager
def _quick_commits() -> Iterator[None]:
    """On PostgreSQL not to wait for the disk after each value: one that a power cut loses is as
    stale as it was."""
    quick = connection.vendor == "postgresql" and not connection.in_atomic_block
    if quick:
        _commit_synchronously("off")
    try:
        yield
    finally:
        if quick:
            with suppress(DatabaseError):  # gone with its settings
                _commit_synchronously("DEFAULT")


def _commit_synchronously(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit TO {value}")
