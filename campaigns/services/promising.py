"""What a letter promises its signers about their data, and what is still wrong with that."""

from collections.abc import Sequence

from django.conf import settings

from campaigns.models import Letter
from campaigns.privacy import Complaint, House, Settled, complaints

# Of the letter, set by its organiser; the sender is part of its text.
SETTLED = (
    "controller",
    "controller_address",
    "privacy_contact",
    "privacy_note",
    "retention_days",
    "anonymous_hours",
)


def settled(letter: Letter) -> Settled:
    """As the letter stands now."""
    return Settled(
        sender=letter.sender,
        asks=tuple(letter.asks),
        groups=tuple(letter.groups),
        seats=letter.seats,
        **{name: getattr(letter, name) for name in SETTLED},
    )


def house() -> House:
    return House(contact=settings.OPERATOR_EMAIL, retention_days=settings.RETENTION_DAYS)


def wrong(letter: Letter, *, promised: Settled | None = None) -> Sequence[Complaint]:
    """Why its notice can't be given; empty when it can."""
    return complaints(settled(letter), house(), promised=promised)
