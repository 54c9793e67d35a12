"""The journal of what must never come back with a backup: written outside the database.

A verb notes its act in a row of its own transaction; the clock writes rows into files and deletes
them. How far the files are known to the database stands in the database (`MARK`), and so goes back
with it: when the files know more, a backup was restored.
"""

import uuid
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from signatures.journal import BEGUN, Act, Journal
from signatures.models import Erasure
from worker import health
from worker.models import Heartbeat

MARK = "journal"
SLICE = 500
KEPT = timedelta(days=60)  # backups live half as long
LATE = timedelta(minutes=2)

log = structlog.get_logger(__name__)


def note(
    kind: Erasure.Kind,
    *,
    signature: uuid.UUID | None = None,
    letter: uuid.UUID | None = None,
    digest: bytes | None = None,
    now: datetime,
) -> None:
    """Remember, in the verb's own transaction, what a backup must not bring back.

    `letter` and `digest` are of a suppressed mailbox: a letter's uid, none for all letters; and
    `mailbox_anywhere`.
    """
    Erasure.objects.create(
        kind=kind, signature=signature, letter=letter, mailbox_anywhere=digest, at=now
    )


def journal() -> Journal:
    return Journal(settings.ERASURES_DIR)


def reached() -> datetime | None:
    """The newest line this database knows of."""
    return Heartbeat.objects.filter(name=MARK).values_list("at", flat=True).first()


def reach(at: datetime) -> None:
    """Everything up to this line is in the database, or came from it."""
    health.mark(MARK, at)


def write(into: Journal, *, now: datetime) -> int:
    """Move the next rows into the journal, which the caller has locked; how many.

    A crash between the two writes lines again: repeating an act changes nothing.
    """
    rows = list(Erasure.objects.order_by("pk")[:SLICE])
    if not rows:
        return 0
    at = _next(into, now)
    into.append(
        Act(
            at,
            row.kind,
            row.signature,
            row.letter,
            bytes(row.mailbox_anywhere) if row.mailbox_anywhere else None,
        )
        for row in rows
    )
    with transaction.atomic():
        Erasure.objects.filter(pk__in=[row.pk for row in rows]).delete()
        reach(at)
    return len(rows)


def begin(into: Journal, *, now: datetime) -> None:
    """Go on in a folder whose lines are lost."""
    at = _next(into, now)
    into.append([Act(at, BEGUN)])
    reach(at)


def _next(into: Journal, now: datetime) -> datetime:
    """Later than every line there is, whatever the machine's clock says."""
    newest = into.newest()
    return now if newest is None or newest < now else newest + timedelta(microseconds=1)


def is_late(now: datetime) -> bool:
    """Whether something noted has waited too long for the journal."""
    return Erasure.objects.filter(at__lt=now - LATE).exists()
