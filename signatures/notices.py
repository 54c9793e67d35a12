"""The privacy notice: generated from a letter's settings, shown in two layers, and kept as it
stood when somebody agreed, with the very words of every choice they were given."""

import hashlib
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from campaigns.models import Letter
from campaigns.privacy import PURPOSES, Settled
from campaigns.services import promising
from signatures.models import Notice, Signature

# The words of every choice stand here once: what the form shows is what is kept.
SIGN = _("Sign this letter")
CONFIRM = _("Yes, I sign this letter")
SHOW = _("Show my name")
WITHHOLD = _("Withhold my name, count my signature")
EITHER_WAY = _("The organiser of the letter sees your name either way.")
UPDATES = _("Write to me when something happens with this letter")
LABELS = {
    "title": _("Title"),
    "affiliation": _("Affiliation or profession"),
    "place": _("Place"),
    "country": _("Country"),
    "comment": _("Why you sign"),
}

_MARKS = ("# ", "+ ", "- ")  # of the template: a heading, a line of both layers, one of the whole


@dataclass(frozen=True)
class Block:
    """A heading and what stands under it; texts from before there were headings have none."""

    heading: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Shown:
    """A notice in one language. `brief` is taken from the whole, line by line."""

    blocks: Sequence[Block]
    brief: Sequence[str]

    @property
    def text(self) -> str:
        return "\n\n".join("\n".join([one.heading, *one.lines]) for one in self.blocks)


@dataclass(frozen=True)
class _Terms:
    """All that a notice depends on: the same terms give the same text."""

    settled: Settled
    addressees: str
    house: tuple[tuple[str, object], ...]


def shown(letter: Letter, language: str) -> Shown:
    """What the form, and the page it leads to, say about the data of those who sign."""
    return _shown(_terms(letter), language)


def notice_text(letter: Letter, language: str) -> str:
    """The whole notice as plain text: blocks parted by an empty line, each under its heading."""
    return shown(letter, language).text


def notice_for(letter: Letter, language: str) -> Notice:
    """The stored notice with exactly this text."""
    text = notice_text(letter, language)
    digest = hashlib.sha256(text.encode()).hexdigest()
    notice, _made = Notice.objects.get_or_create(
        sha256=digest, defaults={"language": language, "text": text}
    )
    return notice


def text_of(signature: Signature) -> str:
    """The notice this signer agreed to, as it stood then; no later one takes its place."""
    return signature.notice.text


def blocks(text: str) -> Sequence[Block]:
    """A stored notice, for a page."""
    found = []
    for part in text.split("\n\n"):
        first, *rest = [line for line in part.split("\n") if line] or [""]
        found.append(Block(first, rest) if rest else Block("", [first]))
    return [one for one in found if one.lines != [""]]


def _terms(letter: Letter) -> _Terms:
    settled, revision = promising.settled(letter), letter.revision
    assert revision is not None  # only published letters, and previews, have a form
    return _Terms(
        settled=replace(settled, sender=revision.sender),
        addressees=revision.addressees,
        house=(
            ("site", settings.SITE_NAME),
            ("site_url", settings.SITE_URL),
            ("operator", settings.OPERATOR_NAME),
            ("operator_address", ", ".join(_lines(settings.OPERATOR_ADDRESS))),
            ("operator_email", settings.OPERATOR_EMAIL),
            ("processors", tuple(_lines(settings.PROCESSORS))),
            ("relay", _relay()),
            ("verification_hours", settings.VERIFICATION_HOURS),
            ("pending_days", settings.PENDING_DAYS),
            ("retention_days", settled.days(promising.house())),
            ("contact", settled.privacy_contact or settings.OPERATOR_EMAIL),
        ),
    )


@lru_cache(maxsize=512)
def _shown(terms: _Terms, language: str) -> Shown:
    with translation.override(language):
        rendered = render_to_string("signing/notice.txt", _context(terms))
    whole: list[Block] = []
    brief: list[str] = []
    for mark, line in _marked(rendered):
        if mark == "# ":
            whole.append(Block(line, ()))
            continue
        whole[-1] = replace(whole[-1], lines=(*whole[-1].lines, line))
        if mark == "+ ":
            brief.append(line)
    return Shown(_with_note(whole, terms.settled.privacy_note, language), brief)


def _context(terms: _Terms) -> dict[str, object]:
    settled = terms.settled
    return dict(terms.house) | {
        "settled": settled,
        "to": terms.addressees,
        "hours": settled.anonymous_hours,
        "asked": [(LABELS[name], PURPOSES[name]) for name in settled.asks],
        "sign": SIGN,
        "confirm": CONFIRM,
        "show": SHOW,
        "withhold": WITHHOLD,
        "either_way": EITHER_WAY,
        "updates": UPDATES,
    }


def _marked(rendered: str) -> Iterator[tuple[str, str]]:
    for raw in rendered.splitlines():
        line = raw.strip()
        if line:
            mark = line[:2] if line.startswith(_MARKS) else ""
            yield mark, line.removeprefix(mark).strip()


def _with_note(whole: list[Block], note: str, language: str) -> tuple[Block, ...]:
    """The organiser's own words come last, under a heading that says whose they are."""
    if not note:
        return tuple(whole)
    with translation.override(language):
        heading = str(_ADDED)
    return (*whole, Block(heading, tuple(_lines(note))))


_ADDED = _("The organiser adds")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\\n", "\n").splitlines() if line.strip()]


def _relay() -> str:
    """The mail server's name, where it is somebody else's: names without a dot are our own."""
    host = "" if settings.MAIL_TO_FILES else str(settings.EMAIL_HOST)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if "." in host else ""
    return ""
