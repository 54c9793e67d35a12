"""Plain factory functions: letter(), signature(), organiser(). They use the services where there
is one, so that what a test starts from is what the product makes."""

import itertools
from datetime import datetime
from typing import Any

from django.utils import timezone

from campaigns.models import Letter, Organiser, Revision
from campaigns.services import drafting, publishing
from campaigns.services.drafting import Addressee, Draft
from signatures import mailbox, personal, tokens
from signatures.models import Notice, Signature
from signatures.personal import Person
from signatures.services import confirming, sequencing, signing
from signatures.services.signing import Wish

_serial = itertools.count(1)


def noon() -> datetime:
    """Of today: hours can pass from here without another day, which would have a key of its own."""
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)


def organiser(email: str = "", **fields: Any) -> Organiser:
    return Organiser.objects.create_user(email or f"organiser{next(_serial)}@example.org", **fields)


def draft(**changes: Any) -> Draft:
    given: dict[str, Any] = {
        "title": "Give the Aller its water back",
        "summary": "The river at Kesten was eleven centimetres deep this summer.",
        "body": "Dear Minister,\n\nForty years ago children learned to swim below the weir.\n",
        "sender": "Friends of the Aller",
        "targets": [Addressee("Marta Velander", "Minister for Water", "minister@example.org")],
        "asks": ["affiliation", "place", "comment"],
        "goal": 1000,
        "privacy_contact": "data@aller.example",
    } | changes
    return Draft(**given)


def letter(
    *,
    by: Organiser | None = None,
    published: bool = True,
    now: datetime | None = None,
    **changes: Any,
) -> Letter:
    by = by or organiser()
    changes.setdefault("slug", f"letter-{next(_serial)}")
    made = drafting.create(organiser=by, draft=draft(**changes))
    if published:
        made = publishing.publish(letter=made, by=by, now=now or timezone.now())
    return Letter.objects.for_page().get(pk=made.pk)


def revision(letter: Letter) -> Revision:
    """The text that can be signed now."""
    return Revision.objects.filter(letter=letter).latest("number")


def wish(name: str = "Joan Baker", email: str = "joan@example.org", **changes: Any) -> Wish:
    person = {key: changes.pop(key, "") for key in personal.FIELDS[1:]}
    given: dict[str, Any] = {
        "public": True,
        "updates": False,
        "country": "",
        "language": "en",
    } | changes
    return Wish(person=Person(name=name, **person), mailbox=mailbox.parse(email), **given)


def notice() -> Notice:
    return Notice.objects.get_or_create(
        sha256="0" * 64,
        defaults={"language": "en", "text": "We keep your name and address."},
    )[0]


def pending(letter: Letter, *, now: datetime | None = None, **fields: Any) -> Signature:
    fields.setdefault("email", f"signer{next(_serial)}@example.org")
    wanted = wish(**fields)
    signing.sign(
        letter=letter,
        revision=revision(letter),
        wish=wanted,
        notice=notice(),
        now=now or timezone.now(),
    )
    digest = mailbox.digest(wanted.mailbox, letter=letter.uid.bytes)
    return Signature.objects.filter(letter=letter, mailbox_digest=digest).latest("seat")


def token(signature: Signature, *, at: datetime | None = None) -> str:
    return tokens.make(
        tokens.Purpose.CONFIRM,
        signature.uid,
        generation=signature.generation,
        at=at or timezone.now(),
    )


def forged(token: str) -> str:
    """The same with another last letter."""
    return token[:-1] + ("B" if token[-1] == "A" else "A")


def confirmed(letter: Letter, *, now: datetime | None = None, **fields: Any) -> Signature:
    signature = pending(letter, now=now, **fields)
    return confirming.confirm(
        token=token(signature, at=now),
        revision=revision(letter).number,
        now=now or timezone.now(),
    )


def counted(letter: Letter, *, now: datetime | None = None, **fields: Any) -> Signature:
    signature = confirmed(letter, now=now, **fields)
    sequencing.sequence(now=now or timezone.now())
    signature.refresh_from_db()
    return signature


__all__ = [
    "confirmed",
    "counted",
    "draft",
    "forged",
    "letter",
    "noon",
    "organiser",
    "pending",
    "revision",
    "token",
    "wish",
]
