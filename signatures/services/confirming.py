"""Confirming: a person presses the button of the mail, and the signature counts."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from campaigns import refs
from campaigns.models import Letter
from campaigns.services import publishing
from signatures import tokens
from signatures.models import Signature
from signatures.proof import openings
from signatures.services import mailing
from signatures.tokens import Purpose
from worker import outbox

State = Signature.State
TEXTS = (
    "letter__summary",
    "letter__body",
    "letter__revision__canonical",
    "letter__revision__summary",
    "letter__revision__body",
    "letter__revision__body_html",
    "letter__revision__targets",
)

_CONFIRMED = (
    *openings.STORED,
    "revision",
    "state",
    "method",
    "confirmed_at",
    "consented_at",
    "day",
    "cancelled_at",
    "mails_recent",
    "news",
)


class Refused(Exception):
    """Why the button can't count now; `args[0]` is one of the reasons below."""

    WITHDRAWN, INVALIDATED, CLOSED, TAKEN_DOWN, REPLACED, CHANGED = (
        "withdrawn",
        "invalidated",
        "closed",
        "taken_down",
        "replaced",  # signed again since, with a newer mail
        "changed",  # the letter has a newer text than the one on the page
    )

    def __init__(self, reason: str, signature: Signature) -> None:
        super().__init__(reason)
        self.reason = reason
        self.signature = signature


@dataclass(frozen=True)
class Asked:
    """What the confirmation page shows."""

    signature: Signature
    newer: bool  # the letter's text has changed since it was signed


def look(*, token: str, now: datetime) -> Asked:
    """What the link is about. Changes nothing. Raises BadToken, ExpiredToken, Refused."""
    claim = _read(token, now)
    signature = _find(claim.uid)
    if signature is None:
        raise tokens.BadToken
    _refuse(signature, claim, now)
    return Asked(signature, newer=signature.revision_id != signature.letter.revision_id)


@transaction.atomic
def confirm(*, token: str, revision: int, now: datetime) -> Signature:
    """Make a pending signature count. Confirming twice changes nothing.

    `revision` is the number of the text on the page where the button was pressed.
    """
    claim = _read(token, now)
    signature = _find(claim.uid, lock=True)
    if signature is None:
        raise tokens.BadToken
    _refuse(signature, claim, now)
    if signature.state == State.CONFIRMED:
        return signature
    if not publishing.keep_open(letter=signature.letter_id):
        raise Refused(Refused.CLOSED, signature)
    current = signature.letter.revision
    if current is None or current.number != revision:
        raise Refused(Refused.CHANGED, signature)
    signature.revision = current
    count(signature, method=Signature.Method.LINK, now=now)
    return signature


def count(signature: Signature, *, method: Signature.Method, now: datetime) -> None:
    """Make a locked pending signature one that counts, in its letter that is kept open."""
    signature.state = State.CONFIRMED
    signature.method = method
    signature.confirmed_at = now
    signature.day = now.date()
    signature.cancelled_at = None
    signature.mails_recent = 0
    signature.news = True
    if signature.ref == refs.INVITED:
        signature.consented_at = now  # before, it was an organiser's wish
    openings.commit(signature)
    signature.save(update_fields=_CONFIRMED)


@transaction.atomic
def mail_again(*, token: str, now: datetime) -> None:
    """A fresh mail for an expired link, within the caps. Tells nobody whether one is sent."""
    try:
        claim = _read(token, now)
    except tokens.ExpiredToken as expired:
        claim = expired.claim
    signature = _find(claim.uid, lock=True)
    if signature is None or signature.generation != claim.generation:
        return
    waits = signature.state == State.PENDING and signature.letter.takes_confirmations(now)
    if (
        waits or signature.state == State.CONFIRMED
    ):  # who has signed is told so, and gets their page
        mail = mailing.may_mail(signature, now)
        mailing.count_mail(signature, mail=mail, now=now)
        signature.save(update_fields=mailing.COUNTED)
        outbox.publish("signature.asked", signature=signature.pk, mail=int(mail))


def _read(token: str, now: datetime) -> tokens.Claim:
    hours = timedelta(hours=settings.VERIFICATION_HOURS)
    return tokens.read(token, Purpose.CONFIRM, max_age=hours, now=now)


def _find(uid: uuid.UUID, *, lock: bool = False) -> Signature | None:
    if lock:  # what the button needs: the page of a refusal fetches the texts it shows
        button = Signature.objects.select_related("letter__revision").defer(*TEXTS)
        rows = button.select_for_update(of=("self",))
    else:
        rows = Signature.objects.select_related("letter__revision", "letter__tally", "revision")
    # Not first(): its ORDER BY costs more than the rest of the query to put together.
    return next(iter(rows.filter(uid=uid)), None)


def _refuse(signature: Signature, claim: tokens.Claim, now: datetime) -> None:
    letter: Letter = signature.letter
    if signature.erased_at is not None:
        raise tokens.BadToken  # nothing may lead back to who is forgotten
    if letter.is_taken_down:
        raise Refused(Refused.TAKEN_DOWN, signature)
    if signature.state == State.INVALIDATED:
        raise Refused(Refused.INVALIDATED, signature)
    if signature.state == State.WITHDRAWN:
        raise Refused(Refused.WITHDRAWN, signature)
    if signature.generation != claim.generation:  # also once the newer one was pressed
        raise Refused(Refused.REPLACED, signature)
    if signature.state == State.CONFIRMED:
        return
    if not letter.takes_confirmations(now):
        raise Refused(Refused.CLOSED, signature)
