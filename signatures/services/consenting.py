"""Consenting: what somebody agrees to after signing, or no longer does, in the words they press."""

from dataclasses import dataclass
from datetime import datetime

from signatures.models import Consent, Signature

About, Door = Consent.About, Consent.Door
LONGEST = 500


@dataclass(frozen=True)
class Said:
    """The words of a button as they stood on the page, in its language, and on which page."""

    text: str
    language: str
    door: Consent.Door = Door.PAGE


def note(
    signature: Signature,
    about: Consent.About,
    given: bool,
    door: Consent.Door,
    text: str,
    language: str,
    now: datetime,
) -> None:
    """Keep a change of mind, in the transaction of the verb that follows it."""
    Consent.objects.create(
        signature=signature,
        about=about,
        given=given,
        door=door,
        text=text[:LONGEST],
        language=language,
        at=now,
    )


def heard(
    signature: Signature, about: Consent.About, said: Said | None, *, given: bool, now: datetime
) -> None:
    """The same for a verb that staff may call too, who press nothing."""
    if said is not None:
        note(signature, about, given, said.door, said.text, said.language, now)
