"""Which addresses we write to, and which of them are the same mailbox.

Stricter than RFC 5321 on purpose: what is accepted here can be sent to by any mail server, is one
spelling of one mailbox, and holds nothing that could break out of a header.
"""

import hmac
import re
from dataclasses import dataclass
from unicodedata import category, normalize

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from campaigns import characters, sealing
from signatures.providers import BY_DOMAIN

LOCAL_LIMIT = 64  # octets, RFC 5321 section 4.5.3.1.1
ADDRESS_LIMIT = 254  # octets, RFC 5321 section 4.5.3.1.3 with erratum 1690

# Stored digests depend on this rule: a change needs a new number and a decision record.
CANONICAL_RULE = "1"
CANONICAL_TEXT = (
    "Two addresses are the same mailbox when they are equal after these steps: capital letters"
    " become small; the domain is written in ASCII (UTS 46, IDNA 2008); from the first + on, the"
    " part before the @ is left out unless nothing would remain; at Gmail dots are left out and"
    " googlemail.com is gmail.com; at iCloud me.com and mac.com are icloud.com; at Proton dots,"
    " hyphens and underscores are left out and protonmail.com, protonmail.ch and pm.me are"
    " proton.me; at Yandex a dot is a hyphen and its domains are yandex.ru; at Fastmail"
    " anything@joan.fastmail.com is joan@fastmail.com."
)

# Names that lead nowhere by RFC 6761, 8375, 9476 and ICANN's reservation of "internal".
# example.org, .net and .com stay allowed: documents and trials use them.
_RESERVED = frozenset(
    ["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"]
)

_ATEXT = re.compile(r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~.-]+")  # RFC 5322 section 3.2.3, and dots
_DOTS = re.compile(r"^\.|\.$|\.\.")

_EMPTY = _("Please type your e-mail address.")
_HIDDEN = _("The address contains a space or a character that can't be seen. Please type it again.")
_NO_AT = _("The address needs an @, like name@example.org.")
_MANY_AT = _("The address has more than one @. Please give a single address.")
_NO_LOCAL = _("The address needs a part before the @, like name@example.org.")
_NO_DOMAIN = _("The address needs a part after the @, like name@example.org.")
_QUOTED = _("Addresses with quotation marks can't be used here. Please give another one.")
_LITERAL = _("The part after the @ must be a name like example.org, not a number in brackets.")
_DOTTED = _("Before the @, a dot can't come first or last, nor twice in a row.")
_FOREIGN = _(
    "We can't send mail to addresses with accented or non-Latin letters before the @ yet."
    " Please give another one."
)
_LOCAL = _("The part before the @ contains a character that addresses don't have.")
_DOMAIN = _("The part after the @ isn't a complete name, like example.org. Please check it.")
_NOWHERE = _("No mail can be sent to the name after the @. Please check it.")
_LONG = _("The address is too long: at most {limit} characters fit.")
_LOCAL_LONG = _("The part before the @ is too long: at most {limit} characters fit.")


class BadAddress(Exception):
    """We can't write to this; `reason` is a sentence for who typed it, without what they typed."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__("bad address")
        self.reason = reason


@dataclass(frozen=True)
class Mailbox:
    """A mailbox we can write to. Both forms are ASCII; a non-ASCII domain is in punycode."""

    address: str  # what we send to
    canonical: str  # what counts as the same mailbox: compared, never written to

    def __repr__(self) -> str:
        # Addresses must not reach a log through a traceback.
        return "Mailbox(…)"


def parse(text: str) -> Mailbox:
    """The mailbox of an address as typed; space around it is ignored. Raises BadAddress.

    Asks no name server. The part before the @ is kept as typed in `address`, the domain made
    lower-case ASCII (UTS 46).
    """
    typed = text.strip(" \t\r\n\u00a0\u3000")
    _refuse_shape(typed)
    local, _at, domain = typed.partition("@")
    _refuse_local(local)
    if domain.startswith("["):
        raise BadAddress(_LITERAL)
    found = _ascii(domain)
    address = f"{local}@{found}"
    if len(address) > ADDRESS_LIMIT:
        raise BadAddress(format_lazy(_LONG, limit=ADDRESS_LIMIT))
    return Mailbox(address=address, canonical=_canonical(local.lower(), found))


def digest(mailbox: Mailbox, *, letter: bytes) -> bytes:
    """32 bytes, the same for all spellings of a mailbox and unlike those of any other letter.

    `letter` is the letter's 16-byte id. HMAC-SHA256 under a key of the letter's own, derived from
    `settings.MAILBOX_PEPPER`, so that digests of two letters can't be laid side by side.
    """
    if len(letter) != 16:
        raise ValueError("A letter's id has 16 bytes.")
    return _keyed(b"groundswell/mailbox/letter/1/" + letter, mailbox)


def installation_digest(mailbox: Mailbox) -> bytes:
    """32 bytes, the same for all letters here: for limits and suppression, keyed on its own."""
    return _keyed(b"groundswell/mailbox/installation/1", mailbox)


def _keyed(label: bytes, mailbox: Mailbox) -> bytes:
    key = sealing.derived(settings.MAILBOX_PEPPER, label)
    return hmac.digest(key, mailbox.canonical.encode(), "sha256")


def _refuse_shape(typed: str) -> None:
    if not typed:
        raise BadAddress(_EMPTY)
    if len(typed) > ADDRESS_LIMIT:
        raise BadAddress(format_lazy(_LONG, limit=ADDRESS_LIMIT))
    if any(_is_hidden(char) for char in typed if not "!" <= char <= "~"):
        raise BadAddress(_HIDDEN)
    if '"' in typed:
        raise BadAddress(_QUOTED)
    if "@" not in typed:
        raise BadAddress(_NO_AT)
    if typed.startswith("@"):
        raise BadAddress(_NO_LOCAL)
    if typed.endswith("@"):
        raise BadAddress(_NO_DOMAIN)
    if typed.count("@") > 1:
        raise BadAddress(_MANY_AT)


def _is_hidden(char: str) -> bool:
    # UTS 46 drops some of these without a word, so two typed domains would look like one.
    return (
        category(char)[0] in "CZ"
        or char in characters.LOOKING_LIKE_NOTHING
        or char in characters.VARIATION_SELECTORS
    )


def _refuse_local(local: str) -> None:
    if len(local.encode()) > LOCAL_LIMIT:
        raise BadAddress(format_lazy(_LOCAL_LONG, limit=LOCAL_LIMIT))
    if not local.isascii():
        raise BadAddress(_FOREIGN)
    if _DOTS.search(local):
        raise BadAddress(_DOTTED)
    if not _ATEXT.fullmatch(local):
        raise BadAddress(_LOCAL)


def _ascii(domain: str) -> str:
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        # The library's own words repeat what was typed.
        raise BadAddress(_NOWHERE if _reserved(normalize("NFKC", domain)) else _DOMAIN) from None
    if _reserved(found):
        raise BadAddress(_NOWHERE)
    return found


def _reserved(domain: str) -> bool:
    return domain.lower().rpartition(".")[2] in _RESERVED


def _canonical(local: str, domain: str) -> str:
    name = local.partition("+")[0] or local
    parent = domain.partition(".")[2]
    if parent in BY_DOMAIN and BY_DOMAIN[parent].subdomains:
        name, domain = domain.partition(".")[0], parent
    provider = BY_DOMAIN.get(domain)
    if provider is None:
        return f"{name}@{domain}"
    read = name.translate({ord(char): None for char in provider.ignores})
    read = read.replace(*provider.same) if provider.same[0] else read
    return f"{read or name}@{provider.main or domain}"
