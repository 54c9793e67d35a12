"""Showing: the signer puts their name on the public list, or takes it off."""

import uuid

from django.db import transaction

from signatures import personal
from signatures.models import Signature
from signatures.services import retiring

State = Signature.State


class Refused(Exception):
    """There is no name (any more) to show or to withhold."""


@transaction.atomic
def show(*, uid: uuid.UUID, public: bool) -> Signature:
    """Show or withhold the name from now on. The number and the count don't move."""
    signature = Signature.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if signature is None or signature.erased_at is not None:
        raise Refused
    if signature.state not in {State.PENDING, State.CONFIRMED}:
        raise Refused
    if signature.public != public:
        if not public:
            retiring.retire(signature=signature, reason=retiring.HIDDEN)
        personal.store(signature, personal.person_of(signature), public=public)
        signature.pinned = None  # not among the first without a name; and back only by their choice
        signature.save(update_fields=[*personal.STORED, "pinned"])
    return signature
