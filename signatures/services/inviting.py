"""Inviting: whom an organiser names is asked by mail whether they sign. Nothing counts before."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from campaigns import refs
from campaigns.models import Letter
from signatures import notices
from signatures.personal import Person
from signatures.roll import Entrant
from signatures.services import signing


def invite(*, letter: Letter, people: Sequence[Entrant], now: datetime) -> int:
    """How many were taken. Whoever was asked, waits or has signed before hears nothing new.

    Each is a signing of its own, by the same verb and within the same caps: done again after a
    stop, it goes on with those who are missing. Raises signing.Refused.
    """
    if letter.revision is None:
        raise signing.Refused(signing.why_not(letter, now))
    language = _language(letter)
    notice = notices.notice_for(letter, language)
    for entrant in people:
        signing.sign(
            letter=letter,
            revision=letter.revision,
            wish=_wish(letter, entrant, language),
            notice=notice,
            now=now,
        )
    return len(people)


def _wish(letter: Letter, entrant: Entrant, language: str) -> signing.Wish:
    """Withheld until they say otherwise themselves; only what the letter asks for is kept."""
    if entrant.mailbox is None:
        raise ValueError("Only who has an address can be invited.")
    asked = {
        field: getattr(entrant, field)
        for field in ("affiliation", "place", "comment")
        if field in letter.asks
    }
    return signing.Wish(
        person=Person(name=entrant.name, **asked),
        mailbox=entrant.mailbox,
        public=False,
        updates=False,
        country="",
        language=language,
        ref=refs.INVITED,
    )


def _language(letter: Letter) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    return letter.language if letter.language in known else settings.LANGUAGE_CODE
