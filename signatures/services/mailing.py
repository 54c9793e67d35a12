"""How many mails one mailbox may be sent because somebody typed its address."""

from datetime import datetime, timedelta

from django.db.models import Sum

from signatures.models import Signature

DAY = timedelta(hours=24)
MAILS_A_DAY = 3  # to one mailbox, over all letters, until it confirms something
MAILS_A_LETTER = 5  # to one mailbox for one letter, ever

COUNTED = ("mails", "mails_recent", "mails_since")


def may_mail(signature: Signature, now: datetime) -> bool:
    """Whether one more mail is within the caps. One query, whatever the answer."""
    recent = (
        Signature.objects.filter(
            mailbox_anywhere=signature.mailbox_anywhere, mails_since__gt=now - DAY
        ).aggregate(mails=Sum("mails_recent"))["mails"]
        or 0
    )
    return recent < MAILS_A_DAY and signature.mails < MAILS_A_LETTER


def count_mail(signature: Signature, *, mail: bool, now: datetime) -> None:
    """Note a mail on the row. Saves nothing."""
    if signature.mails_since <= now - DAY:
        signature.mails_recent, signature.mails_since = 0, now
    if mail:
        signature.mails += 1
        signature.mails_recent += 1
