"""Subscribing: the signer wants news of the letter by mail, or no longer."""

import uuid
from datetime import datetime

from django.db import transaction

from signatures.models import Consent, Erasure, Signature
from signatures.services import consenting, journalling
from signatures.services.consenting import Said

State = Signature.State


class Refused(Exception):
    """There is nobody (any more) to write to, or the letter writes to nobody."""


@transaction.atomic
def subscribe(
    *, uid: uuid.UUID, wanted: bool, now: datetime, said: Said | None = None
) -> Signature:
    """Start or stop news from now on. Stopping is possible in every state, and twice."""
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or (wanted and not may_hear(signature)):
        raise Refused
    if signature.updates != wanted:
        signature.updates = wanted
        signature.save(update_fields=["updates"])
        if not wanted:
            journalling.note(Erasure.Kind.UNSUBSCRIBED, signature=uid, now=now)
        consenting.heard(signature, Consent.About.UPDATES, said, given=wanted, now=now)
    return signature


def may_hear(signature: Signature) -> bool:
    """Whether news could come to them: of an anonymous letter it comes to nobody."""
    return (
        signature.email_sealed is not None
        and signature.state in {State.PENDING, State.CONFIRMED}
        and signature.identity_erased_at is None
        and signature.letter.anonymous_hours is None
    )
