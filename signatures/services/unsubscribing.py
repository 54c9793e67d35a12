"""Unsubscribing through a mail's own link: at once, however often. The signature stays.

Who pressed by mistake can take it back for a while through the same link. Later only on their own
page: a mail may have been passed on, and agreeing is for its owner alone.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from signatures.models import Consent, Signature
from signatures.services import subscribing
from signatures.services.consenting import Said

TAKING_BACK = timedelta(hours=1)


class Refused(Exception):
    """It can't be taken back here any more."""


@transaction.atomic
def stop(*, uid: uuid.UUID, said: Said, now: datetime) -> None:
    """Send this signer no more news of their letter."""
    subscribing.subscribe(uid=uid, wanted=False, said=said, now=now)


@transaction.atomic
def start_again(*, uid: uuid.UUID, generation: int, said: Said, now: datetime) -> None:
    """Undo what was stopped a moment ago, through a link that no newer one has ended."""
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or not may_start_again(signature, generation, now=now):
        raise Refused
    subscribing.subscribe(uid=uid, wanted=True, said=said, now=now)


def may_start_again(signature: Signature, generation: int, *, now: datetime) -> bool:
    """Whether the link's reader is likely who stopped the news: it was within the hour."""
    if signature.updates or signature.generation != generation:
        return False
    if not subscribing.may_hear(signature):
        return False
    last = signature.consents.filter(about=Consent.About.UPDATES).order_by("-at", "-pk").first()
    return last is not None and not last.given and now - last.at < TAKING_BACK
