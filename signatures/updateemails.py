"""An update as a mail: to each signer who wanted news, and to its organiser as a test.

Only these mails carry the headers by which a mail program unsubscribes with one press (RFC 2369,
RFC 8058). They are the same however often a mail is made, so that a mail server can sign them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr, quote
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import bcp47, mails, text
from campaigns.models import Letter
from signatures import emails, personal, tokens
from signatures.deliveryemails import spoken
from signatures.models import Signature, Update
from signatures.tokens import Purpose

_PLAIN = re.compile(r"[\w’ -]+")

ONE_CLICK = "List-Unsubscribe=One-Click"  # the body a mail program posts, and the header's value


@dataclass(frozen=True)
class Reader:
    """Whom a mail reaches, in which language, and their own links; a test has none of its own."""

    address: str
    language: str
    name: str
    mine: str
    unsubscribe: str
    tested: bool = False


def update(update: Update, signature: Signature, *, now: datetime) -> EmailMultiAlternatives:
    """To one signer. The links work for years; the one that unsubscribes whatever changes."""
    reader = Reader(
        address=personal.address_of(signature),
        language=signature.language,
        name=emails.greeting_name(personal.person_of(signature).name),
        mine=emails.link(signature, Purpose.MINE, now),
        unsubscribe=unsubscribe_link(signature, now),
    )
    mail = composed(update, reader)
    mail.extra_headers["List-Unsubscribe"] = f"<{reader.unsubscribe}>"
    mail.extra_headers["List-Unsubscribe-Post"] = ONE_CLICK
    mail.extra_headers["List-Id"] = f"<{update.letter.uid.hex}.{_host()}>"
    return mail


def tried(update: Update, *, to: str) -> EmailMultiAlternatives:
    """To its organiser: the same mail, with links to the letter where a signer's own would be."""
    mail = composed(update, _organiser(update.letter, to, tested=True))
    with translation.override(spoken(update.letter)):
        mail.subject = _("Test: {subject}").format(subject=mail.subject)
    return mail


def looked_at(update: Update, *, to: str) -> EmailMultiAlternatives:
    """For its organiser's eyes: what a signer gets, but for their name and links."""
    return composed(update, _organiser(update.letter, to, tested=False))


def styled(mail: EmailMultiAlternatives) -> str:
    """The HTML of a mail of ours."""
    [(html, _kind)] = mail.alternatives
    return str(html)


def _organiser(letter: Letter, to: str, *, tested: bool) -> Reader:
    page = f"{settings.SITE_URL}{letter.get_absolute_url()}"
    return Reader(
        address=to, language=spoken(letter), name="", mine=page, unsubscribe=page, tested=tested
    )


def composed(update: Update, reader: Reader) -> EmailMultiAlternatives:
    """The mail, but for what only a signer's has. Raises text.TooLong for a letter's length."""
    letter = update.letter
    assert letter.revision is not None  # it is published
    mail = mails.compose(
        "update",
        to=reader.address,
        subject=update.subject,
        language=reader.language,
        context={
            "update": update,
            "letter": letter,
            "revision": letter.revision,
            "direction": bcp47.direction(letter.language),
            "reader": reader,
            "html": text.to_html(update.body),
            "plain": text.to_plain(update.body),
            "letter_link": f"{settings.SITE_URL}{letter.get_absolute_url()}",
        },
    )
    with translation.override(reader.language):
        mail.from_email = sender(letter.revision.sender)
    return mail


def sender(name: str) -> str:
    """ "Friends of the Aller via Groundswell", at our own address: it is we who send it."""
    ours, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    shown = emails.greeting_name(name)
    if not shown:  # it looks like an address or a link, and would be taken for who it names
        return _named(ours or settings.SITE_NAME, address)
    told = _("{sender} via {site}").format(sender=shown, site=settings.SITE_NAME)
    return _named(" ".join(told.split()), address)


def _named(name: str, address: str) -> str:
    """As people read it; what headers need beyond that, Django adds."""
    return f"{name} <{address}>" if _PLAIN.fullmatch(name) else f'"{quote(name)}" <{address}>'


def is_one_click(posted: Mapping[str, str]) -> bool:
    """Whether a body, as a form or in parts, is what the header promises (RFC 8058, 3.1)."""
    name, _equals, value = ONE_CLICK.partition("=")
    return posted.get(name) == value


def unsubscribe_link(signature: Signature, now: datetime) -> str:
    token = tokens.make(Purpose.UPDATES, signature.uid, generation=signature.generation, at=now)
    return f"{settings.SITE_URL}{reverse('unsubscribe', args=[token])}"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
