"""Sweeping: what has had its time goes, in slices so short that nobody waits, and every run is on
record.

A sweep is an iterator of steps. Looking for what is over happens between the steps; each step is a
short transaction of its own together with the line of the record that counts it. So whatever is
killed has counted exactly what it did, and the next run finds the rest.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from signatures.models import Sweep
from worker import health
from worker.models import Heartbeat

Step = Callable[[], int]  # how many rows (or files) it swept

SILENT = timedelta(minutes=1)  # a slice takes a moment: whoever is silent for longer was killed
GRACE = timedelta(hours=24)
TRIES = 3  # at one slice
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERIODS = {  # how often each comes, at the latest
    "pending": HOUR,
    "identities": HOUR,
    "slips": HOUR,
    "exports": HOUR,
    "closed": HOUR,
    "networks": DAY,
    "passages": DAY,
    "places": DAY,
    "addresses": DAY,
    "suppressed": DAY,
    "records": DAY,
    "seeds": DAY,
    "words": DAY,
    # What the apps below sweep by themselves; they are heard when they have ended.
    "worker.forget_the_done": HOUR,
    "campaigns.turn_day_keys": HOUR,
    "campaigns.sweep_unverified": HOUR,
    "campaigns.sweep_sessions": DAY,
    "campaigns.sweep_reporters": DAY,
}
_MARK = "swept:"


def run(kind: str, steps: Iterable[Step]) -> int:
    """Take every step and write down how many rows went. Two runs at once do no harm."""
    record = _begin(kind)
    total = 0
    for step in steps:
        total += _take(step, record)
    _end(record)
    return total


def _take(step: Step, record: Sweep) -> int:
    """A step and its line together. A slice locks many rows, and may stand against the sequencer,
    which adds to inviters among them: the database then ends one of the two, who tries again."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                swept = step()
                Sweep.objects.filter(pk=record.pk).update(
                    seen_at=timezone.now(), swept=F("swept") + swept
                )
            return swept
        except OperationalError:
            if not left:
                raise
    raise AssertionError  # each try returns or raises


def record(kind: str, swept: int) -> None:
    """Put on record what ran elsewhere and has ended."""
    run(kind, [lambda: swept])


def overdue(beats: dict[str, datetime], now: datetime) -> list[str]:
    """The kinds of which no run has ended for a day longer than it may take."""
    known = {kind: beats.get(_MARK + kind) for kind in PERIODS}
    return [
        kind for kind, at in known.items() if at is not None and now - at > PERIODS[kind] + GRACE
    ]


def _begin(kind: str) -> Sweep:
    """Go on with the record of a run that was killed, or begin one."""
    now = timezone.now()
    # The first run ever, should it never end, is late from here on.
    Heartbeat.objects.bulk_create([Heartbeat(name=_MARK + kind, at=now)], ignore_conflicts=True)
    cut_off = Sweep.objects.filter(kind=kind, ended_at=None, seen_at__lt=now - SILENT)
    for record in cut_off.order_by("-started_at"):
        if Sweep.objects.filter(pk=record.pk, seen_at=record.seen_at).update(seen_at=now):
            return record
    return Sweep.objects.create(kind=kind, started_at=now, seen_at=now)


@transaction.atomic
def _end(record: Sweep) -> None:
    """Runs that found nothing are drawn together: one line says from when to when."""
    now = timezone.now()
    Sweep.objects.filter(pk=record.pk).update(seen_at=now, ended_at=now)
    before = Sweep.objects.filter(kind=record.kind).exclude(pk=record.pk).order_by("-started_at")
    empty = before.first()
    found_nothing = empty is not None and empty.ended_at is not None and not empty.swept
    if empty and found_nothing and Sweep.objects.filter(pk=record.pk, swept=0).delete()[0]:
        Sweep.objects.filter(pk=empty.pk).update(seen_at=now, ended_at=now)
    health.mark(_MARK + record.kind, now)
