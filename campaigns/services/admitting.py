"""Accounts: made on the machine itself, named, shut out, let in again, and forgotten unverified."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from campaigns.models import Organiser

UNVERIFIED = timedelta(hours=24)


@transaction.atomic
def admit(*, email: str, staff: bool = False) -> Organiser:
    """The account of an address, made if there is none. Whoever runs the machine vouches for it;
    getting in still takes the code that is mailed there."""
    email = email.strip().lower()
    organiser = Organiser.objects.filter(email=email).first()
    if organiser is None:
        organiser = Organiser.objects.create_user(email)
    if staff and not organiser.is_staff:
        organiser.is_staff = organiser.is_superuser = True
        organiser.save(update_fields=["is_staff", "is_superuser"])
    vouch(organiser=organiser)
    return organiser


@transaction.atomic
def vouch(*, organiser: Organiser) -> None:
    """The address counts as verified: its owner proved it, or the machine's owner says so."""
    EmailAddress.objects.update_or_create(
        user=organiser,
        email=organiser.email,
        defaults={"verified": True, "primary": True},
    )


@transaction.atomic
def rename(*, organiser: Organiser, name: str) -> None:
    """What to call somebody; `name` is cleaned already."""
    organiser.name = name
    organiser.save(update_fields=["name"])


@transaction.atomic
def dismiss(*, organiser: Organiser) -> None:
    """No staff any more."""
    organiser.is_staff = organiser.is_superuser = False
    organiser.save(update_fields=["is_staff", "is_superuser"])


@transaction.atomic
def shut_out(*, organiser: Organiser) -> None:
    """The account can't log in, and whoever is logged in is out. Its letters stay as they are."""
    organiser.is_active = False
    organiser.save(update_fields=["is_active"])
    end_sessions(organiser=organiser)


@transaction.atomic
def let_in(*, organiser: Organiser) -> None:
    organiser.is_active = True
    organiser.save(update_fields=["is_active"])


@transaction.atomic
def end_sessions(*, organiser: Organiser, but: str | None = None) -> int:
    """Log the account out everywhere, except in the session named by its key."""
    rows = UserSession.objects.filter(user=organiser).exclude(session_key=but or "")
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


@transaction.atomic
def end_session(*, organiser: Organiser, session: int) -> bool:
    """Log one of the account's own sessions out."""
    row = UserSession.objects.filter(user=organiser, pk=session).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


def sweep_unverified(*, now: datetime) -> int:
    """Forget accounts nobody proved to own within a day, so that nobody can squat an address.

    Accounts made by a command have no address waiting for proof and stay.
    """
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    stale = Organiser.objects.filter(
        Exists(addresses.filter(verified=False)),
        ~Exists(addresses.filter(verified=True)),
        last_login=None,
        is_staff=False,
        letters=None,
        date_joined__lt=now - UNVERIFIED,
    )
    return stale.delete()[1].get("campaigns.Organiser", 0)


def sweep_sessions(*, now: datetime) -> int:
    """Forget sessions that are over, and from where they came."""
    Session.objects.filter(expire_date__lt=now).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    gone: int = UserSession.objects.filter(~Exists(alive)).delete()[0]
    return gone
