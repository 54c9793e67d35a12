"""A random key for each day, under which networks of clients are told apart; gone after a week, and
with it every way from a stored digest back to a network."""

import secrets
from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.db import transaction

from campaigns import sealing
from campaigns.models import DayKey

PLACE = "client.day"
DAYS = 7
SIZE = 32  # bytes
_REMEMBERED = 3  # yesterday's, today's, tomorrow's

_known: dict[date, bytes] = {}


def key_of(day: date) -> bytes:
    """The key of a day (UTC), made by whoever needs it first and read once by each process."""
    known = _known.get(day)
    if known is not None:
        return known
    row = DayKey.objects.filter(day=day).first() or _make(day)
    key = sealing.unseal(row.sealed, place=PLACE, row=day.isoformat().encode())
    transaction.on_commit(partial(remember, day, key))  # what is rolled back was nobody's key
    return key


def turn(*, now: datetime) -> int:
    """Make tomorrow's key before anybody waits for it, and forget those of a week ago: how many."""
    today = now.astimezone(UTC).date()
    key_of(today + timedelta(days=1))
    for day in [day for day in _known if day <= today - timedelta(days=DAYS)]:
        _known.pop(day, None)
    return DayKey.objects.filter(day__lte=today - timedelta(days=DAYS)).delete()[0]


def remember(day: date, key: bytes) -> None:
    """In this process; those before the last few days are forgotten."""
    _known[day] = key
    for old in sorted(_known)[:-_REMEMBERED]:
        _known.pop(old, None)


def forget_all() -> None:
    """As a process that has just begun."""
    _known.clear()


def _make(day: date) -> DayKey:
    """Whoever writes first has made it; everybody else reads theirs."""
    sealed = sealing.seal(secrets.token_bytes(SIZE), place=PLACE, row=day.isoformat().encode())
    DayKey.objects.bulk_create([DayKey(day=day, sealed=sealed)], ignore_conflicts=True)
    return DayKey.objects.get(day=day)
