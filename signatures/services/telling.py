"""Telling: everything that is kept about one signer, opened for them and nobody else.

The same parts make the file for programs and the page for people, so neither knows more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures import marks, personal
from signatures.log import leaf, store
from signatures.models import Consent, Delivery, Signature, Slip
from signatures.proof import openings
from signatures.services import suppressing, thanking

Value = str | int | bool | datetime | date | None


@dataclass(frozen=True)
class Item:
    """One thing that is kept: its name in the file, its name on the page, and what it is."""

    name: str
    label: str | Promise
    value: Value
    is_code: bool = False  # bytes in hexadecimal
    is_long: bool = False  # pages of text, for whoever unfolds them

    @property
    def kind(self) -> str:
        if isinstance(self.value, datetime):
            return "time"
        if isinstance(self.value, date):
            return "day"
        return "code" if self.is_code else "words"


@dataclass(frozen=True)
class Part:
    """Things that belong together; `rows` where there are several of a kind."""

    name: str
    label: str | Promise
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[Item, ...], ...] = ()


def everything(signature: Signature) -> list[Part]:
    """What is kept about this signer. The signature comes with letter, revision and notice."""
    return [
        Part("person", _("What you wrote"), tuple(_person(signature))),
        Part("signature", _("Your signature"), tuple(_signature(signature))),
        Part("times", _("When what happened"), tuple(_times(signature))),
        Part("mails", _("Mails to you"), tuple(_mails(signature))),
        Part("consent", _("What you agreed to when you signed"), tuple(_consent(signature))),
        Part("decisions", _("What you decided since"), rows=tuple(_decisions(signature))),
        Part("recipients", _("Whom the letter was handed to since"), rows=tuple(_given(signature))),
        Part("log", _("In the public log"), tuple(_log(signature))),
        Part("technical", _("What tells mailboxes and visitors apart"), tuple(_apart(signature))),
    ]


def as_data(parts: list[Part]) -> dict[str, Any]:
    """The same for a program: names in English whatever the page speaks, times in UTC."""
    return {
        part.name: {item.name: _plain(item.value) for item in part.items}
        if not part.rows and part.items
        else [{item.name: _plain(item.value) for item in row} for row in part.rows]
        for part in parts
    }


def _plain(value: Value) -> str | int | bool | None:
    return value.isoformat() if isinstance(value, date) else value


def _signature(row: Signature) -> Iterator[Item]:
    letter = row.letter
    yield Item("letter", _("Letter"), row.revision.title)
    yield Item("address", _("Its address"), f"{settings.SITE_URL}{letter.get_absolute_url()}")
    yield Item("id", _("Identifier"), str(row.uid))
    yield Item("state", _("State"), row.get_state_display())
    yield Item("number", _("Number"), row.number)
    yield Item("renewed", _("Numbers before, by signing newer texts"), row.renewed or 0)
    yield Item("counted", _("Counted"), row.counted)
    yield Item("waits_for_counting", _("Waits for counting"), row.news)
    yield Item("text", _("Text you signed"), row.revision.number)
    yield Item("text_sha256", _("Its fingerprint (SHA-256)"), row.revision.sha256, is_code=True)
    yield Item("method", _("Confirmed by"), row.get_method_display())
    yield Item("seat", _("Which person of your mailbox"), row.seat)
    yield Item("place_among_first", _("Place among the first"), row.pinned)
    if row.invalidation is not None:
        reason = row.invalidation.public_reason or row.invalidation.get_reason_display()
        yield Item("taken_out_because", _("Taken out because"), reason)


def _person(row: Signature) -> Iterator[Item]:
    person = personal.person_of(row)
    yield Item("name", _("Name"), person.name)
    yield Item("title", _("Title"), person.title)
    yield Item("affiliation", _("Affiliation or profession"), person.affiliation)
    yield Item("place", _("Place"), person.place)
    yield Item("country", _("Country"), row.country)
    yield Item("group", _("You sign as"), person.group)
    yield Item("comment", _("Why you sign"), person.comment)
    yield Item("email", _("E-mail address"), personal.address_of(row))
    yield Item("public", _("Your name is shown"), row.public)
    yield Item("updates", _("News by mail"), row.updates)
    yield Item("language", _("Language"), row.language)
    yield Item("search_words", _("Words to find you by in the list"), row.words)
    yield Item("came_from", _("Where you came from"), "" if marks.is_like(row.ref) else row.ref)
    yield Item("brought", _("People who signed through you"), thanking.told(row))


def _times(row: Signature) -> Iterator[Item]:
    yield Item("asked", _("Form filled in"), row.asked_at)
    yield Item("confirmed", _("Confirmed"), row.confirmed_at)
    yield Item("listed_under", _("Day in the list"), row.day)
    yield Item("changed", _("What is shown of you last changed"), row.changed_at)
    yield Item("cancelled", _("Withdrawn or taken out"), row.cancelled_at)
    yield Item("identity_erased", _("Your name and address erased"), row.identity_erased_at)
    slip = Slip.objects.filter(signature=row.uid).order_by("-asked_at").first()
    yield Item(
        "form_kept_since", _("Form kept for an hour, since"), slip.asked_at if slip else None
    )


def _mails(row: Signature) -> Iterator[Item]:
    state = row.get_mail_state_display() if row.mail_state is not None else None
    yield Item("asked_for", _("Mails asked for"), row.mails)
    yield Item("asked_for_lately", _("Of these within a day"), row.mails_recent)
    yield Item("counted_since", _("Counted since"), row.mails_since)
    yield Item("sent", _("Mail with the button sent"), row.mailed_at)
    yield Item("state", _("What became of it"), state)
    yield Item("opened", _("Its page was opened"), row.opened)
    yield Item("reminders", _("Reminders"), row.reminders or 0)
    yield Item("reminded", _("Reminded at"), row.reminded_at)
    yield Item("wrong_codes", _("Wrong codes typed"), row.code_tries or 0)
    yield Item("links_renewed", _("Times that older links were ended"), row.generation)
    never = suppressing.is_suppressed(row.letter_id, row.mailbox_anywhere)
    yield Item("never_again", _("You want no mail"), never)


def _consent(row: Signature) -> Iterator[Item]:
    yield Item("at", _("Agreed to"), row.consented_at)
    yield Item("language", _("Language"), row.notice.language)
    yield Item("sha256", _("Fingerprint of the words (SHA-256)"), row.notice.sha256, is_code=True)
    yield Item("notice", _("The words"), row.notice.text, is_long=True)


def _decisions(row: Signature) -> Iterator[tuple[Item, ...]]:
    decided: QuerySet[Consent] = row.consents.order_by("at", "pk")
    for one in decided:
        yield (
            Item("at", _("When"), one.at),
            Item("about", _("About"), one.get_about_display()),
            Item("given", _("Agreed"), one.given),
            Item("text", _("The words of the button"), one.text),
            Item("language", _("Language"), one.language),
            Item("door", _("Where"), one.get_door_display()),
        )


def _given(row: Signature) -> Iterator[tuple[Item, ...]]:
    if row.confirmed_at is None:
        return
    handed = Delivery.objects.filter(letter=row.letter_id, struck_at__isnull=True)
    handed = handed.filter(delivered_at__gte=row.confirmed_at)
    if row.cancelled_at is not None:
        handed = handed.filter(delivered_at__lte=row.cancelled_at)
    for one in handed.order_by("delivered_at"):
        yield (
            Item("to", _("To"), one.target_name),
            Item("at", _("When"), one.delivered_at),
        )


def _log(row: Signature) -> Iterator[Item]:
    entry = None
    if row.log_index is not None:
        entry = store.read(row.log_index, row.log_index + 1)[0]
    yield Item("index", _("Entry"), row.log_index)
    yield Item("entry", _("Its bytes"), entry.hex() if entry else None, is_code=True)
    if entry:
        yield Item(
            "commitment",
            _("What it says of you, sealed"),
            leaf.decode(entry).commit.hex(),
            is_code=True,
        )
    yield Item("next_commitment", _("Waiting to be entered"), _hex(row.commitment), is_code=True)
    yield Item("opening", _("What opens it"), _opening(row), is_code=True)
    yield Item("kind_of_mailbox", _("Kind of mailbox, for totals"), row.domain_class)


def _opening(row: Signature) -> str | None:
    """Seed and parts, as a receipt holds them."""
    try:
        return bytes(openings.opening_of(row)).hex()
    except openings.Gone:
        return None


def _apart(row: Signature) -> Iterator[Item]:
    yield Item(
        "mailbox",
        _("Digest of your mailbox, for this letter"),
        _hex(row.mailbox_digest),
        is_code=True,
    )
    yield Item(
        "mailbox_anywhere", _("The same for this site"), _hex(row.mailbox_anywhere), is_code=True
    )
    yield Item(
        "network", _("Digest of your network, kept for a week"), _hex(row.network), is_code=True
    )
    yield Item("order", _("Key by which lists are ordered"), _hex(row.name_key), is_code=True)


def _hex(value: bytes | memoryview | None) -> str | None:
    return bytes(value).hex() if value is not None else None
