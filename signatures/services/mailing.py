"""Whether one more mail may go to a mailbox: how many it was sent because somebody typed its
address, and whether its owner wants any."""

import hmac
import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction

from signatures import mailbox, personal
from signatures.models import Signature
from signatures.services import suppressing
from worker import outbox

DAY = timedelta(hours=24)
MAILS_A_DAY = 3  # to one mailbox, over all letters, until it confirms something
ONCE = 1  # a day, to a mailbox that wants no mail, with the link to what it signed
MAILS_A_LETTER = 5  # to one mailbox for one letter, ever
MANAGE_AGE = timedelta(minutes=15)  # of a link that can change or take back something

COUNTED = ("mails", "mails_recent", "mails_since")


def may_mail(signature: Signature, now: datetime) -> bool:
    """Whether one more mail is within the caps, and wanted. The same statements in any case."""
    wanted = not suppressing.is_suppressed(signature.letter_id, signature.mailbox_anywhere)
    within = recent(signature, now) < MAILS_A_DAY and signature.mails < MAILS_A_LETTER
    return wanted and within


@transaction.atomic
def mail_manage_link(
    *, uid: uuid.UUID, now: datetime, typed: str = "", denies: bool = False
) -> None:
    """A fresh link for changing or withdrawing, to the signer's own mailbox, a few times a day.

    Whoever asks holds a link to the signer's page, so the cap for ever doesn't apply, and neither
    does "not about this letter". After "never write to me" it is one a day: whoever has an old mail
    could say that too, and no "never" may keep people from what they signed. When the address is
    gone they type it; if it is the one that signed, it is kept until the next sweep. `denies` is
    for whoever says they didn't sign: the link leads to where they can say so.
    """
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or not _has_address(signature, typed):
        return
    if recent(signature, now) < (ONCE if _is_never(signature) else MAILS_A_DAY):
        count_mail(signature, mail=True, now=now)
        signature.save(update_fields=COUNTED)
        topic = "signature.denial_asked" if denies else "signature.manage_asked"
        outbox.publish(topic, signature=signature.pk)


@transaction.atomic
def mail_receipt(*, uid: uuid.UUID, now: datetime) -> bool:
    """The receipt to the signer's own mailbox, within the same cap; False when none is sent.

    It never goes to an address typed now: the one that signed is what it opens with."""
    rows = Signature.objects.select_for_update(of=("self",))
    signature = rows.filter(uid=uid, email_sealed__isnull=False, log_index__isnull=False).first()
    if signature is None or _is_never(signature) or recent(signature, now) >= MAILS_A_DAY:
        return False
    count_mail(signature, mail=True, now=now)
    signature.save(update_fields=COUNTED)
    outbox.publish("signature.receipt_asked", signature=signature.pk)
    return True


def _is_never(signature: Signature) -> bool:
    """Whether this mailbox said "never write to me"."""
    return suppressing.is_suppressed(None, signature.mailbox_anywhere)


def _has_address(signature: Signature, typed: str) -> bool:
    """Whether there is an address to write to, if only since it was typed once more."""
    if signature.email_sealed is not None:
        return True
    if signature.mailbox_anywhere is None:
        return False
    try:
        given = mailbox.parse(typed)
    except mailbox.BadAddress:
        return False
    # The letter's own digest is emptied where somebody withdrew.
    digest = mailbox.installation_digest(given)
    if not hmac.compare_digest(digest, bytes(signature.mailbox_anywhere)):
        return False
    personal.store_address(signature, given.address)
    signature.save(update_fields=["email_sealed"])
    return True


def recent(signature: Signature, now: datetime) -> int:
    """Mails of the last day to this mailbox over all letters, until it confirmed something."""
    if connection.vendor == "postgresql" and signature.mailbox_anywhere is not None:
        # Two letters signed at the same moment must not each find one mail fewer than there are.
        key = int.from_bytes(bytes(signature.mailbox_anywhere)[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    rows = Signature.objects.filter(
        mailbox_anywhere=signature.mailbox_anywhere, mails_since__gt=now - DAY
    )
    return sum(rows.values_list("mails_recent", flat=True))


def count_mail(signature: Signature, *, mail: bool, now: datetime) -> None:
    """Note a mail on the row. Saves nothing."""
    if signature.mails_since <= now - DAY:
        signature.mails_recent, signature.mails_since = 0, now
    if mail:
        signature.mails += 1
        signature.mails_recent += 1
