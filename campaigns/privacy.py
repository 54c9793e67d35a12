"""What a letter's privacy notice is made of, and everything that keeps one from being given.

An organiser may say more than the generated notice and keep data for less time; nothing they
settle takes anything out of it. Pure: the letter and the installation come in as plain values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

NOTE_LIMIT = 2000  # characters
HOURS = range(1, 721)  # after confirming, until names are erased: thirty days at most

# Why each field is asked that a letter may ask besides name and address.
PURPOSES: Mapping[str, str | Promise] = {
    "title": _("so that you are named as you wish"),
    "affiliation": _("so that readers see in which capacity you sign"),
    "place": _("so that readers see where signers live"),
    "country": _("so that signers can be counted by country"),
    "comment": _("so that readers learn why you sign"),
}

_BLANKS = re.compile(
    r"\b(?:to-?do|tbd|tba|fixme|lorem|ipsum|x{3,20}|placeholder|platzhalter)\b"
    r"|\[[^\]\d]*\]|<[^>@:/]*>|\{[^}]*\}|_{3,}|\?{2,}",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:an )?example|sample|test|(?:your )?(?:name|address|organi[sz]ation)|sender|organi[sz]er"
    r"|company|n/a|none|nobody|unknown|j(?:ohn|ane) doe|beispiel|(?:(?:max|erika) )?muster(?:mann)?"
    r"|ihr name|musterverein|exemple|(?:votre )?nom"
)
_NO_MAILBOX = re.compile(r"(?:your[.-]?)?name|e?-?mail|address|you|some(?:one|body)")
_EXAMPLE = re.compile(r"https://(?:www\.)?example\.(?:com|net|org)(?:[/?#:]|\Z)", re.IGNORECASE)
_link = URLValidator(schemes=["https"])


@dataclass(frozen=True)
class Settled:
    """What the organiser settled, by the names of the letter's own columns."""

    sender: str
    controller: str = ""  # empty: the sender
    controller_address: str = ""
    privacy_contact: str = ""  # empty: the operator's
    privacy_note: str = ""
    asks: Sequence[str] = ()
    groups: Sequence[str] = ()
    seats: int = 1
    retention_days: int | None = None  # empty: as long as the installation keeps addresses
    anonymous_hours: int | None = None  # empty: signers choose whether their name is shown

    @property
    def responsible(self) -> str:
        return self.controller or self.sender

    def days(self, house: "House") -> int:
        return house.retention_days if self.retention_days is None else self.retention_days


@dataclass(frozen=True)
class House:
    """What the installation answers and keeps data for."""

    contact: str
    retention_days: int


@dataclass(frozen=True)
class Complaint:
    """One thing that is missing or may not be. A draft may be saved with what `may_wait`."""

    field: str
    reason: str | Promise
    may_wait: bool = True


def complaints(
    settled: Settled, house: House, *, promised: Settled | None = None
) -> Sequence[Complaint]:
    """All that keeps the notice from being given, in the order of the organiser's sheet; empty
    when nothing does. `promised` is what those who have signed already were told."""
    return [
        *_asked_for_more(settled),
        *_who(settled, house),
        *_how_long(settled, house),
        *_without_names(settled),
        *_more_words(settled),
        *(_taken_back(settled, house, promised) if promised else ()),
    ]


def is_blank(text: str) -> bool:
    """Whether this is what somebody leaves where a name belongs: TODO, xxx, [name], Lorem ipsum."""
    words = " ".join(text.casefold().split()).strip(" .,:;–—-")
    return bool(_BLANKS.search(text) or _NOBODY.fullmatch(words)) or not any(map(str.isalpha, text))


def _who(settled: Settled, house: House) -> Iterator[Complaint]:
    if not settled.responsible:
        yield Complaint("controller", _("Say who is responsible for signers’ data."))
    elif is_blank(settled.responsible):
        named = "controller" if settled.controller else "sender"
        yield Complaint(named, _("This names nobody. Signers must know who is responsible."))
    if settled.controller_address and is_blank(settled.controller_address):
        yield Complaint("controller_address", _("This is no address yet. Write it, or nothing."))
    contact = settled.privacy_contact
    if not contact and not house.contact:
        yield Complaint(
            "privacy_contact", _("Say where signers can ask about their data: an e-mail address.")
        )
    elif contact and not _leads_somewhere(contact):
        yield Complaint(
            "privacy_contact",
            _("Give an e-mail address, or a page whose address begins with https://."),
            may_wait=False,
        )
    elif contact and _is_made_up(contact):
        yield Complaint("privacy_contact", _("Nobody reads this address. Give a real one."))


def _how_long(settled: Settled, house: House) -> Iterator[Complaint]:
    days = settled.retention_days
    if days is None:
        return
    if days < 1:
        yield Complaint("retention_days", _("Keep addresses for one day at least."), may_wait=False)
    elif days > house.retention_days:
        reason = _("Here addresses are kept for {days} days at most. You can shorten that only.")
        yield Complaint(
            "retention_days", format_lazy(reason, days=house.retention_days), may_wait=False
        )


def _without_names(settled: Settled) -> Iterator[Complaint]:
    hours = settled.anonymous_hours
    if hours is None:
        return
    if hours not in HOURS:
        yield Complaint(
            "anonymous_hours", _("Erase names after 1 to 720 hours (30 days)."), may_wait=False
        )
    if settled.asks:
        reason = _("A letter without names asks for no more than name and address: untick these.")
        yield Complaint("asks", reason, may_wait=False)
    if settled.groups:
        yield Complaint("groups", _("A letter without names has no groups."), may_wait=False)
    if settled.seats > 1:
        reason = _(
            "Two people with one mailbox are told apart by name, and this letter keeps none."
        )
        yield Complaint("seats", reason, may_wait=False)


def _asked_for_more(settled: Settled) -> Iterator[Complaint]:
    for field in settled.asks:
        if field not in PURPOSES:
            reason = _("The notice knows no reason to ask for “{field}”.")
            yield Complaint("asks", format_lazy(reason, field=field), may_wait=False)


def _more_words(settled: Settled) -> Iterator[Complaint]:
    if settled.privacy_note and _BLANKS.search(settled.privacy_note):
        yield Complaint(
            "privacy_note", _("There is a gap in this that nobody has filled in yet: TODO, […].")
        )


def _taken_back(settled: Settled, house: House, promised: Settled) -> Iterator[Complaint]:
    """Who has signed was told how long their data stays. That may become less, never more."""
    if settled.days(house) > promised.days(house):
        reason = _("Signers were promised {days} days. You can shorten that only.")
        yield Complaint("retention_days", format_lazy(reason, days=promised.days(house)))
    now, then = settled.anonymous_hours, promised.anonymous_hours
    if now == then:
        return
    if then is None:
        reason = _("Names can be left out only before the letter is published.")
        yield Complaint("anonymous_hours", reason, may_wait=False)
    elif now is None or now > then:
        reason = _("Signers were promised that names are erased after {hours} hours, or sooner.")
        yield Complaint("anonymous_hours", format_lazy(reason, hours=then), may_wait=False)


def _leads_somewhere(contact: str) -> bool:
    for accepts in (validate_email, _link):
        try:
            accepts(contact)
        except ValidationError:
            continue
        return True
    return False


def _is_made_up(contact: str) -> bool:
    local = contact.casefold().partition("@")[0]
    found = (_NO_MAILBOX.fullmatch(local), _BLANKS.search(contact), _EXAMPLE.match(contact))
    return any(found)
