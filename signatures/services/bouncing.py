"""How far the mail with the button came, noted at its row; and what comes back later."""

from collections.abc import Iterable
from datetime import datetime

from signatures.models import Signature

State, MailState = Signature.State, Signature.MailState


def accepted(*, signatures: Iterable[int], at: datetime) -> None:
    """A mail server took these people's mails: from now on their links count down."""
    rows = Signature.objects.filter(pk__in=list(signatures), state=State.PENDING)
    rows.update(mail_state=MailState.ACCEPTED, mailed_at=at)


def refused(*, signature: int) -> None:
    """A mail server said that it will never take it."""
    _ended(signature, MailState.REFUSED)


def no_host(*, signature: int) -> None:
    """Nobody takes mail for the domain: none was sent."""
    _ended(signature, MailState.NO_HOST)


def _ended(signature: int, state: Signature.MailState) -> None:
    Signature.objects.filter(pk=signature, state=State.PENDING).update(mail_state=state)
