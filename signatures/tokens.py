"""Links that need no row: each is derived from the signature's random id, and checked by HMAC.

A link token is 45 bytes, 60 url-safe characters:
``key id (1) ‖ uid (16) ‖ issued (4, Unix seconds) ‖ generation (2) ‖ mac (22)``, where mac is the
first 176 bits of HMAC-SHA256 over ``purpose ‖ 00 ‖`` everything before it, under a key derived from
`settings.TOKEN_KEYS` for that purpose alone. Raising a row's generation ends its older links;
dropping a key ends all links it made. Both lengths are multiples of three, so base64 has no spare
bits and each token has exactly one spelling.

A form token is 30 bytes, 40 characters: ``key id (1) ‖ revision (4) ‖ issued (4) ‖ mac (21)``; the
letter's id is in the mac alone, so another letter's token is a forged one.
"""

import base64
import hmac
import re
import uuid
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns import sealing

FORM_AGE = timedelta(days=7)
LEEWAY = timedelta(minutes=5)  # between the clocks of two machines

_LINK = re.compile(r"[A-Za-z0-9_-]{60}")
_LINK_MAC = 22
_FORM = re.compile(r"[A-Za-z0-9_-]{40}")
_FORM_MAC = 21
_FORM_PURPOSE = "form"
_SENT = re.compile(r"[A-Za-z0-9_-]{1,512}")
_SENT_STEP = 64
_SENT_HEAD = 21
_SENT_PLACE = "sent.waiting"


class Purpose(StrEnum):
    """What a link is for. Each has its own key, so one can never stand in for another."""

    CONFIRM = "confirm"
    MINE = "mine"
    MANAGE = "manage"
    EXPORT = "export"
    DELIVERY = "delivery"
    UPDATES = "updates"
    EVERYTHING = "everything"


class BadToken(Exception):
    """Forged, cut, changed, or made for something else: deliberately one answer for all."""

    reason = _("This link doesn't work. Please check that you have copied all of it.")

    def __init__(self) -> None:
        super().__init__("bad token")


class ExpiredToken(BadToken):
    """Ours, but too old; `claim` says whose it was, so that a new one can be offered."""

    reason = _("This link is too old. Please ask for a new one.")

    def __init__(self, claim: "Claim") -> None:
        super().__init__()
        self.claim = claim


class ExpiredForm(BadToken):
    """Ours, but shown too long ago; `claim` says which revision it showed."""

    reason = _("This page has been open for a long time. Please sign once more.")

    def __init__(self, claim: "FormClaim") -> None:
        super().__init__()
        self.claim = claim


@dataclass(frozen=True)
class Claim:
    """What a link token says: for which row, of which generation, made when (UTC)."""

    uid: uuid.UUID
    generation: int
    issued_at: datetime


@dataclass(frozen=True)
class FormClaim:
    """What a form token says: the revision that was shown, and when (UTC)."""

    revision: int
    issued_at: datetime


@dataclass(frozen=True)
class Sent:
    """What the "check your mail" page says: to which address, by which slip, when last (UTC), and
    whether that was asked for again."""

    address: str
    slip: uuid.UUID
    at: datetime
    again: bool = False

    def __repr__(self) -> str:
        return "Sent(…)"  # addresses must not reach a log through a traceback


def make(purpose: Purpose, uid: uuid.UUID, *, generation: int, at: datetime) -> str:
    """The token, 60 url-safe characters; the same arguments make the same token.

    `at` is cut to whole seconds. Raises ValueError for a naive time, a time outside 1970 to 2106
    or a generation outside 0 to 65,535.
    """
    return _made(purpose, uid.bytes + _issued(at) + _whole(generation, 2), b"", _LINK_MAC)


def read(token: str, purpose: Purpose, *, max_age: timedelta, now: datetime) -> Claim:
    """The claim of a token made for this purpose, this lately. Raises BadToken, ExpiredToken."""
    body = _checked(token, _LINK, purpose, b"", _LINK_MAC)
    claim = Claim(
        uid=uuid.UUID(bytes=body[:16]),
        generation=int.from_bytes(body[20:22]),
        issued_at=_time(body[16:20]),
    )
    if _too_old(claim.issued_at, max_age, now):
        raise ExpiredToken(claim)
    return claim


def make_form(letter: uuid.UUID, revision: int, *, at: datetime) -> str:
    """The token of a letter's sign form, 40 url-safe characters. Raises ValueError as `make`."""
    return _made(_FORM_PURPOSE, _whole(revision, 4) + _issued(at), letter.bytes, _FORM_MAC)


def read_form(token: str, letter: uuid.UUID, *, now: datetime) -> FormClaim:
    """What a form of this letter showed, for seven days. Raises BadToken, ExpiredForm."""
    body = _checked(token, _FORM, _FORM_PURPOSE, letter.bytes, _FORM_MAC)
    claim = FormClaim(revision=int.from_bytes(body[:4]), issued_at=_time(body[4:8]))
    if _too_old(claim.issued_at, FORM_AGE, now):
        raise ExpiredForm(claim)
    return claim


def seal_sent(
    address: str, letter: uuid.UUID, *, slip: uuid.UUID, at: datetime, again: bool = False
) -> str:
    """What the "check your mail" page of one letter knows, readable by us alone.

    ``slip (16) ‖ at (4) ‖ again (1) ‖ address``, padded to a multiple of 64 bytes, so that its
    length tells next to nothing. Raises ValueError as `make`.
    """
    plain = slip.bytes + _issued(at) + bytes((again,)) + address.encode()
    padded = plain + b"\0" * (-len(plain) % _SENT_STEP)
    return _text(sealing.seal(padded, place=_SENT_PLACE, row=letter.bytes))


def read_sent(sealed: str, letter: uuid.UUID) -> Sent:
    """What was sealed for this letter's page. Raises BadToken."""
    try:
        plain = sealing.unseal(_bytes(sealed, _SENT), place=_SENT_PLACE, row=letter.bytes)
        address = plain[_SENT_HEAD:].rstrip(b"\0").decode()
    except (sealing.Unsealable, UnicodeDecodeError):
        raise BadToken from None
    return Sent(
        address=address,
        slip=uuid.UUID(bytes=plain[:16]),
        at=_time(plain[16:20]),
        again=bool(plain[20]),
    )


def _made(purpose: str, claim: bytes, bound: bytes, size: int) -> str:
    key_id = next(iter(settings.TOKEN_KEYS))
    body = bytes((key_id,)) + claim
    return _text(body + _mac(settings.TOKEN_KEYS[key_id], purpose, bound + body, size))


def _checked(token: str, shape: re.Pattern[str], purpose: str, bound: bytes, size: int) -> bytes:
    """What was signed, without the key id; the comparison takes the same time wherever it fails."""
    blob = _bytes(token, shape)
    body, mac = blob[:-size], blob[-size:]
    key = settings.TOKEN_KEYS.get(body[0])
    if key is None or not hmac.compare_digest(mac, _mac(key, purpose, bound + body, size)):
        raise BadToken
    return body[1:]


def _mac(secret: bytes, purpose: str, message: bytes, size: int) -> bytes:
    name = purpose.encode()
    key = sealing.derived(secret, b"groundswell/token/" + name)
    return hmac.digest(key, name + b"\0" + message, "sha256")[:size]


def _too_old(issued_at: datetime, max_age: timedelta, now: datetime) -> bool:
    if issued_at - now > LEEWAY:
        raise BadToken
    return now - issued_at > max_age


def _text(blob: bytes) -> str:
    return base64.urlsafe_b64encode(blob).rstrip(b"=").decode()


def _bytes(text: str, shape: re.Pattern[str]) -> bytes:
    """The one blob this text spells; a second spelling of the same bytes is refused."""
    if not shape.fullmatch(text):
        raise BadToken
    try:
        blob = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except NotBase64:
        raise BadToken from None
    if _text(blob) != text:
        raise BadToken
    return blob


def _issued(at: datetime) -> bytes:
    if at.tzinfo is None:
        raise ValueError("A token's time needs a time zone.")
    return _whole(int(at.timestamp()), 4)


def _time(four: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(four), UTC)


def _whole(number: int, size: int) -> bytes:
    if not 0 <= number < 1 << (8 * size):
        raise ValueError("A token's number is out of range.")
    return number.to_bytes(size)
