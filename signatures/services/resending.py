"""Resending: the mail with the button once more, as long as its signature waits."""

import uuid
from datetime import datetime

from django.db import transaction

from campaigns.models import Letter
from signatures import mailbox
from signatures.mailbox import Mailbox
from signatures.models import Signature, Slip
from signatures.services import mailing
from worker import outbox

State = Signature.State


@transaction.atomic
def resend(*, letter: Letter, to: Mailbox, slip: uuid.UUID, now: datetime) -> None:
    """One more mail within the caps; whoever has signed is told so by it.

    Nothing typed changes and older mails keep working. The same statements whether or not anybody
    signed with this address.
    """
    rows = list(
        Signature.objects.select_for_update(of=("self",))
        .filter(letter=letter, mailbox_digest=mailbox.digest(to, letter=letter.uid.bytes))
        .order_by("seat")
    )
    own = list(Slip.objects.filter(uid=slip).values_list("signature", flat=True))
    row = _meant(rows, own)
    mail = row is not None and (
        row.state == State.CONFIRMED
        or (row.state == State.PENDING and letter.takes_confirmations(now))
    )
    counted = row or Signature(
        mailbox_anywhere=mailbox.installation_digest(to), letter=letter, mails_since=now
    )
    mail = mailing.may_mail(counted, now) and mail
    mailing.count_mail(counted, mail=mail, now=now)
    key = counted.pk or 0
    Signature.objects.filter(pk=key).update(
        **{field: getattr(counted, field) for field in mailing.COUNTED}
    )
    outbox.publish("signature.asked", signature=key, mail=int(mail))


def _meant(rows: list[Signature], own: list[uuid.UUID | None]) -> Signature | None:
    """Of those who share a mailbox: the one of this page, else who still waits, else the last."""
    there = [row for row in rows if row.erased_at is None]
    mine = [row for row in there if row.uid in own]
    waiting = [row for row in there if row.state == State.PENDING]
    return next(iter(mine or waiting[-1:] or there[-1:]), None)
