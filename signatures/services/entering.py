"""Entering: what happened to letters, besides being signed, becomes entries of the log."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q

from campaigns.models import LetterEvent
from signatures.models import Signature
from signatures.services.bookkeeping import Book, table

Kind = LetterEvent.Kind


def waiting(now: datetime) -> list[LetterEvent]:
    """Events that are not in the log; of each letter its versions in their order, then the rest.

    That a sensitive letter was closed waits for the minute, as its signatures do.
    """
    minute = now.replace(second=0, microsecond=0)
    fresh = Q(kind=Kind.CLOSED, at__gte=minute, letter__sensitive=True)
    events = LetterEvent.objects.filter(index__isnull=True).exclude(fresh)
    return list(events.order_by("letter", "revision__number", "pk"))


def versions(book: Book, events: Iterable[LetterEvent]) -> None:
    _enter(book, [event for event in events if event.kind == Kind.VERSION])


def rest(book: Book, events: Iterable[LetterEvent]) -> int:
    """What comes after the signatures of a batch: paper, deliveries, and closing when nothing of
    that letter waits any more. How many people came in on paper."""
    later = [event for event in events if event.kind not in {Kind.VERSION, Kind.CLOSED}]
    later += _closing([event for event in events if event.kind == Kind.CLOSED])
    ready = [event for event in later if event.letter_id not in book.behind]
    _enter(book, ready)
    return sum(event.people for event in ready)


def versions_of(rows: Sequence[Signature]) -> dict[int, int]:
    """Where the log has the text that each of these signed."""
    signed = LetterEvent.objects.filter(revision__in={row.revision_id for row in rows})
    places = signed.values_list("revision", "index")
    return {revision: index for revision, index in places if revision and index is not None}


def _closing(events: list[LetterEvent]) -> list[LetterEvent]:
    waiting = Signature.objects.awaiting_sequencer_of
    return [event for event in events if not waiting(event.letter_id).exists()]


def _enter(book: Book, events: Iterable[LetterEvent]) -> None:
    name = table(LetterEvent)
    index = connection.ops.quote_name("index")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {name} SET {index} = %s WHERE id = %s",  # noqa: S608 - names of ours
            [(book.event(event), event.pk) for event in events],
        )
