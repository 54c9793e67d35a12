"""With REGISTRATION=invite, accounts are opened by invitation: bound to an address, used once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from campaigns.models import Invitation, Organiser
from worker import outbox

VALID = timedelta(hours=72)


@transaction.atomic
def invite(*, email: str, by: Organiser | None, now: datetime) -> Invitation:
    """Invite, or invite again: the time starts anew."""
    invitation, _ = Invitation.objects.update_or_create(
        email=email.strip().lower(),
        defaults={"invited_by": by, "expires_at": now + VALID, "used_at": None},
    )
    outbox.publish("organiser.invited", invitation=invitation.pk)
    return invitation


def open_for(email: str, *, now: datetime) -> QuerySet[Invitation]:
    """The unused, unexpired invitation of this address, if there is one."""
    return Invitation.objects.filter(
        email=email.strip().lower(), used_at__isnull=True, expires_at__gt=now
    )


def use(email: str, *, now: datetime) -> bool:
    """Use it up; False when there was none (somebody else was faster)."""
    return open_for(email, now=now).update(used_at=now) == 1


def revoke(*, invitation: Invitation, now: datetime) -> None:
    """End it before its time; used ones stay as they are."""
    open_for(invitation.email, now=now).update(expires_at=now)
