"""Correcting: the signer changes what they wrote about themselves.

The log hears nothing of it: its entry binds what was confirmed, as it does when a name is hidden.
"""

import uuid

from django.db import transaction

from signatures import collation, personal
from signatures.models import Signature
from signatures.personal import Person
from signatures.services import retiring

State = Signature.State


class Refused(Exception):
    """Nobody is there (any more) to be corrected."""


class NameTaken(Exception):
    """The other person of this mailbox has signed by that name."""


@transaction.atomic
def correct(*, uid: uuid.UUID, person: Person, country: str) -> Signature:
    """Keep these words from now on, shown or withheld as before. Twice changes nothing."""
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or not may_correct(signature):
        raise Refused
    before = personal.person_of(signature)
    if (before, signature.country) == (person, country):
        return signature
    if before.name != person.name:
        _refuse_namesake(signature, person.name)
    retiring.retire(signature=signature, reason=retiring.CORRECTED, handed_over=False)
    personal.store(signature, person, public=signature.public)
    signature.country = country
    signature.save(update_fields=[*personal.STORED, "country"])
    return signature


def may_correct(signature: Signature) -> bool:
    forgotten = signature.erased_at is not None or signature.identity_erased_at is not None
    return not forgotten and signature.state in {State.PENDING, State.CONFIRMED}


def _refuse_namesake(signature: Signature, name: str) -> None:
    """Two who share a mailbox are told apart by their names."""
    if signature.letter.seats == 1 or signature.mailbox_digest is None:
        return
    others = Signature.objects.filter(
        letter=signature.letter_id, mailbox_digest=signature.mailbox_digest
    ).exclude(pk=signature.pk)
    wanted = collation.fold(name)
    if any(collation.fold(personal.person_of(other).name) == wanted for other in others):
        raise NameTaken
