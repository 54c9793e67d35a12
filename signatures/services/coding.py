"""Confirming by code: six digits from the mail, typed where somebody waits for it.

Six digits can be guessed where a link cannot, so tries are counted, in the database and under the
row's lock: five wrong ones for each mail's generation. Wrong, unknown, used up and expired are one
answer by the same statements.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from campaigns.models import Letter
from campaigns.services import publishing
from signatures import codes, mailbox
from signatures.mailbox import Mailbox
from signatures.models import Signature, Slip
from signatures.services import confirming, readdressing

State = Signature.State
TRIES = 5


@dataclass(frozen=True)
class Fit:
    """Whose code it was. Not confirmed: they have to see first what they sign."""

    signature: Signature
    is_confirmed: bool

    @property
    def asked_at(self) -> datetime:
        return _asked_at(self.signature)


@transaction.atomic
def try_code(
    *, letter: Letter, box: Mailbox, typed: str, slip: uuid.UUID, now: datetime
) -> Fit | None:
    """Whose code this is among the signatures waiting for this mailbox; None for every reason not.

    The very wish of this page counts at once. What somebody else may have typed over it, or a
    letter that has changed since, is shown first.
    """
    rows = Signature.objects.filter(
        letter=letter,
        mailbox_digest=mailbox.digest(box, letter=letter.uid.bytes),
        state=State.PENDING,
    )
    fitting = [row for row in _locked(rows) if _judge(row, typed, now)]
    if not fitting:
        _count_try(rows)
        return None
    [signature, *_others] = fitting
    if not _is_of(slip, signature, now) or not _is_unchanged(signature):
        return Fit(signature, is_confirmed=False)
    if not publishing.keep_open(letter=letter.pk):
        return None
    confirming.count(signature, method=Signature.Method.CODE, now=now)
    Slip.objects.filter(uid=slip).delete()
    return Fit(signature, is_confirmed=True)


def _locked(rows: QuerySet[Signature]) -> list[Signature]:
    """Whoever guesses at the same time waits here, and finds what the guess before has cost."""
    button = rows.select_related("letter__revision").defer(*confirming.TEXTS)
    return list(button.order_by("seat").select_for_update(of=("self",)))


def _judge(row: Signature, typed: str, now: datetime) -> bool:
    """One try of one row. What may not be judged any more is not."""
    if (row.code_tries or 0) >= TRIES or row.erased_at is not None:
        return False
    if now - _asked_at(row) > timedelta(hours=settings.VERIFICATION_HOURS):
        return False
    if not row.letter.takes_confirmations(now):
        return False
    return codes.fits(typed, row.uid, row.generation)


def _count_try(rows: QuerySet[Signature]) -> None:
    left = rows.exclude(code_tries__gte=TRIES)
    left.update(code_tries=Coalesce(F("code_tries"), 0) + 1)


def _asked_at(row: Signature) -> datetime:
    return row.mailed_at or row.asked_at


def _is_of(slip: uuid.UUID, signature: Signature, now: datetime) -> bool:
    return Slip.objects.filter(
        uid=slip,
        asked_at__gt=now - readdressing.AGE,
        signature=signature.uid,
        generation=signature.generation,
    ).exists()


def _is_unchanged(signature: Signature) -> bool:
    return signature.revision_id == signature.letter.revision_id
