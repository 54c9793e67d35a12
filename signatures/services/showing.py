"""Showing: the signer puts their name on the public list, or takes it off."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from signatures import personal
from signatures.models import Consent, Erasure, Signature
from signatures.services import consenting, journalling, retiring
from signatures.services.consenting import Said

State = Signature.State


class Refused(Exception):
    """There is no name (any more) to show or to withhold, or the letter shows nobody's."""


@transaction.atomic
def show(
    *, uid: uuid.UUID, public: bool, said: Said | None = None, now: datetime | None = None
) -> Signature:
    """Show or withhold the name from now on. The number and the count don't move."""
    now = now or timezone.now()
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or not _has_name(signature):
        raise Refused
    if public and signature.letter.anonymous_hours is not None:
        raise Refused
    if signature.public != public:
        if not public:
            retiring.retire(signature=signature, reason=retiring.HIDDEN)
            journalling.note(Erasure.Kind.HIDDEN, signature=uid, now=now)
        personal.store(signature, personal.person_of(signature), public=public)
        signature.pinned = None  # not among the first without a name; and back only by their choice
        signature.save(update_fields=[*personal.STORED, "pinned"])
        consenting.heard(signature, Consent.About.NAME, said, given=public, now=now)
    return signature


def _has_name(signature: Signature) -> bool:
    forgotten = signature.erased_at is not None or signature.identity_erased_at is not None
    return not forgotten and signature.state in {State.PENDING, State.CONFIRMED}
