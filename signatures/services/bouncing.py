"""How far the mail with the button came, noted at its row; and what comes back later."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from signatures.models import Signature
from signatures.services import subscribing
from worker.models import OutboxMessage

State, MailState = Signature.State, Signature.MailState
WITH_BUTTON = frozenset({"signature.asked", "signature.reminded"})
NEWS = "update."


def accepted(*, signatures: Iterable[int], at: datetime) -> None:
    """A mail server took these people's mails: from now on their links count down."""
    rows = Signature.objects.filter(pk__in=list(signatures), state=State.PENDING)
    rows.update(mail_state=MailState.ACCEPTED, mailed_at=at)


def refused(*, signature: int) -> None:
    """A mail server said that it will never take it."""
    _ended(signature, MailState.REFUSED)


def no_host(*, signature: int) -> None:
    """Nobody takes mail for the domain: none was sent."""
    _ended(signature, MailState.NO_HOST)


def _ended(signature: int, state: Signature.MailState) -> None:
    Signature.objects.filter(pk=signature, state=State.PENDING).update(mail_state=state)


@transaction.atomic
def came_back(*, message: uuid.UUID, now: datetime) -> str:
    """A mail of this outbox message came back for good: say so at its row, or stop the news.

    Twice changes nothing. What became of it, in a word for the log."""
    found = OutboxMessage.objects.filter(uid=message, state=OutboxMessage.State.DONE).first()
    if found is None or "signature" not in found.ids:
        return "unknown"
    if found.topic in WITH_BUTTON:
        return "noted" if _note(found) else "settled"
    if found.topic.startswith(NEWS):
        return "stopped" if _stop(found, now) else "settled"
    return "other"


def _note(message: OutboxMessage) -> int:
    """Unless a newer mail was taken since: of that one nobody has said that it came back."""
    rows = Signature.objects.filter(pk=message.ids["signature"], state=State.PENDING)
    newest = rows.filter(Q(mailed_at__isnull=True) | Q(mailed_at__lte=message.done_at))
    return newest.filter(mail_state=MailState.ACCEPTED).update(mail_state=MailState.BOUNCED)


def _stop(message: OutboxMessage, now: datetime) -> bool:
    uids = Signature.objects.filter(pk=message.ids["signature"], updates=True)
    uid = uids.values_list("uid", flat=True).first()
    if uid is None:
        return False
    with suppress(subscribing.Refused):  # erased meanwhile
        subscribing.subscribe(uid=uid, wanted=False, now=now)
    return True
