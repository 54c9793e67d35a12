"""Withdrawing: the signer takes their signature back."""

import uuid
from datetime import datetime

from django.db import transaction

from signatures.models import Signature
from signatures.services import erasing, funnelling

State = Signature.State
COUNTS = {State.PENDING, State.CONFIRMED}


class Refused(Exception):
    """There is nothing to withdraw."""


@transaction.atomic
def withdraw(*, uid: uuid.UUID, now: datetime, erase: bool = False) -> Signature | None:
    """Take a signature back; `erase` forgets the person too. Twice changes nothing.

    None when nothing is left of it (a signature that never counted is deleted).
    """
    signature = Signature.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if signature is None or (signature.erased_at is not None and signature.state in COUNTS):
        raise Refused  # of whom is forgotten nobody knows which entry is theirs
    if signature.state in COUNTS:
        if signature.state == State.PENDING:
            funnelling.leave([signature])
        signature.state = State.WITHDRAWN
        signature.cancelled_at = now
        signature.generation += 1  # an unpressed button must not bring it back
        signature.mailbox_digest = None  # the mailbox is free to sign again, as a new signature
        signature.pinned = None
        signature.news = True
        signature.save(
            update_fields=[
                "state",
                "cancelled_at",
                "generation",
                "mailbox_digest",
                "pinned",
                "news",
            ]
        )
    return erasing.erase(uid=uid, now=now) if erase else signature
