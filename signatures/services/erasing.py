"""Erasing: the person is forgotten, the number stays. What goes by the clock: see forgetting."""

import uuid
from datetime import datetime

from django.db import transaction

from signatures.models import Erasure, Signature, Slip
from signatures.personal import Person, store
from signatures.services import funnelling, journalling, retiring

State = Signature.State

_EMPTIED = [
    "name",
    "title",
    "affiliation",
    "place",
    "comment",
    "group",
    "changed_at",
    "public",
    "name_key",
    "words",
    "withheld_sealed",
    "email_sealed",
    "mailbox_digest",
    "mailbox_anywhere",
    "country",
    "updates",
    "ref",
    "network",
    "generation",
    "erased_at",
    "pinned",
    "brought",
    "reminders",
    "reminded_at",
    "code_tries",
    "seed_sealed",
    "log_index",
    "domain_class",
]


@transaction.atomic
def erase(*, uid: uuid.UUID, now: datetime) -> Signature | None:
    """Forget who signed. The state, the number and the count stay; nothing leads back.

    A signature that never counted is deleted whole: None.
    """
    signature = Signature.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if signature is None:
        return None
    if signature.erased_at is not None and signature.state != State.PENDING:
        return signature  # a pending one is empty since its address was corrected, and goes whole
    journalling.note(Erasure.Kind.ERASED, signature=uid, now=now)
    Slip.objects.filter(signature=uid).delete()
    if signature.number is None and signature.state != State.CONFIRMED:
        if signature.state == State.PENDING:
            funnelling.leave([signature])
        signature.delete()
        return None
    retiring.retire(signature=signature, reason=retiring.ERASED)
    _forget(signature, now)
    signature.save(update_fields=_EMPTIED)
    return signature


def _forget(signature: Signature, now: datetime) -> None:
    signature.consents.all().delete()
    store(signature, Person(name=""), public=False)
    signature.withheld_sealed = None
    signature.email_sealed = None
    signature.mailbox_digest = signature.mailbox_anywhere = signature.network = None
    signature.country = signature.ref = ""
    signature.updates = False
    signature.pinned = signature.brought = None
    signature.reminders = signature.reminded_at = signature.code_tries = None
    signature.generation += 1
    signature.erased_at = now
    signature.seed_sealed = None  # what is in the log opens no more
    if not signature.news:  # else the sequencer needs them once more, and drops them
        signature.log_index = signature.domain_class = None
