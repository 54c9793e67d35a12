"""Denying: whoever owns the address says that they didn't sign.

Any mail of a signing opens the door, however old. Of what waits nothing is left at once. What
counts already is taken out in the hour after confirming, or by a fresh link: people forward mails,
and an old one must not undo a signature. No mail of that letter goes to that mailbox again.
"""

import base64
import json
import uuid
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from campaigns import sealing
from campaigns.models import Letter
from signatures import tokens
from signatures.models import Funnel, Signature
from signatures.services import erasing, invalidating, mailing, suppressing
from signatures.tokens import Claim, Purpose

State = Signature.State
FIRST_HOUR = timedelta(hours=1)  # after confirming: nobody has forwarded the mail yet
ANY_AGE = timedelta.max  # of the mail: whose row is still there may be denied
REGRET = timedelta(hours=1)  # in which a denial can be taken back
_PLACE = "denied"


class Standing(StrEnum):
    """What is there to deny: a wish that waits, a signature that counts, or one that doesn't."""

    WAITS, COUNTS, OUT = "waits", "counts", "out"


class Gone(Exception):
    """The link was ours; nothing is kept of it, so there is nothing to deny."""


class TooOld(Exception):
    """Only a fresh link can undo a signature."""


@dataclass(frozen=True)
class Question:
    """What the page shows, and whether this link is enough."""

    signature: Signature
    standing: Standing
    may_deny: bool


@dataclass(frozen=True)
class Denied:
    """What was done, and all that is needed to let the letter write again."""

    letter: Letter
    standing: Standing
    never: bool
    digest: bytes


def look(*, token: str, now: datetime) -> Question:
    """What the link is about. Changes nothing. Raises BadToken, Gone."""
    claim, fresh = _claim(token, now)
    rows = Signature.objects.select_related("letter__revision", "letter__tally", "revision")
    return _question(rows.filter(uid=claim.uid).first(), claim, fresh=fresh, now=now)


@transaction.atomic
def deny(*, token: str, never: bool, now: datetime) -> Denied:
    """Nothing of the person stays. `never`: no other letter may write to them either.

    Raises BadToken, Gone (also the second time), TooOld.
    """
    claim, fresh = _claim(token, now)
    rows = Signature.objects.select_related("letter").select_for_update(of=("self",))
    found = rows.filter(uid=claim.uid).first()
    question = _question(found, claim, fresh=fresh, now=now)
    if not question.may_deny:
        raise TooOld
    signature = question.signature
    letter, digest = signature.letter, bytes(signature.mailbox_anywhere or b"")
    _signal(letter)
    if signature.state in {State.CONFIRMED, State.INVALIDATED}:
        invalidating.take_out_denied(signature=signature, now=now)
    erasing.erase(uid=signature.uid, now=now)
    for meant in (letter, None) if never else (letter,):
        if digest:  # else nobody knows any more which mailbox it was
            suppressing.suppress(letter=meant, digest=digest, now=now)
    return Denied(letter, question.standing, never, digest)


def ask_link(*, token: str, typed: str, now: datetime) -> Signature:
    """A fresh link by mail, with which the denial counts. Raises BadToken, Gone."""
    signature = look(token=token, now=now).signature
    mailing.mail_manage_link(uid=signature.uid, typed=typed, denies=True, now=now)
    return signature


# --- Taking it back -------------------------------------------------------------------------------
def sealed(denied: Denied, *, now: datetime) -> str:
    """What the page after it carries, readable by us alone, for an hour."""
    note = {
        "letter": denied.letter.uid.hex,
        "digest": denied.digest.hex(),
        "never": denied.never,
        "at": now.timestamp(),
    }
    blob = sealing.seal(json.dumps(note).encode(), place=_PLACE, row=b"")
    return base64.urlsafe_b64encode(blob).decode()


@transaction.atomic
def take_back(*, note: str, now: datetime) -> Letter:
    """It was a mistake: what the denial stopped may be sent again. What it erased stays erased.

    Raises BadToken for what isn't ours, is over, or names a letter that is gone.
    """
    try:
        given = json.loads(sealing.unseal(base64.urlsafe_b64decode(note), place=_PLACE, row=b""))
    except (sealing.Unsealable, NotBase64, ValueError):
        raise tokens.BadToken from None
    letter = Letter.objects.for_page().filter(uid=uuid.UUID(hex=given["letter"])).first()
    if letter is None or now.timestamp() - given["at"] > REGRET.total_seconds():
        raise tokens.BadToken
    for meant in (letter, None) if given["never"] else (letter,):
        suppressing.allow(letter=meant, digest=bytes.fromhex(given["digest"]))
    return letter


def _claim(token: str, now: datetime) -> tuple[Claim, bool]:
    """Whose link it is, and whether it is a fresh one for changing things."""
    try:
        return tokens.read(token, Purpose.CONFIRM, max_age=ANY_AGE, now=now), False
    except tokens.BadToken:
        pass
    try:
        return tokens.read(token, Purpose.MANAGE, max_age=mailing.MANAGE_AGE, now=now), True
    except tokens.ExpiredToken as expired:
        return expired.claim, False


def _question(signature: Signature | None, claim: Claim, *, fresh: bool, now: datetime) -> Question:
    # Of one whose address was corrected nothing is left but whose mailbox it was: its owner, who
    # got the mail, may still say so.
    if signature is None or (signature.erased_at and signature.mailbox_anywhere is None):
        raise Gone
    if signature.state == State.PENDING:
        return Question(signature, Standing.WAITS, may_deny=True)
    counts = signature.state == State.CONFIRMED
    confirmed = signature.confirmed_at
    still_there = counts and confirmed is not None and now - confirmed < FIRST_HOUR
    same = signature.generation == claim.generation
    standing = Standing.COUNTS if counts else Standing.OUT
    return Question(signature, standing, may_deny=same and (fresh or still_there))


def _signal(letter: Letter) -> None:
    """Count it where those are counted who never confirmed: for staff and the organiser."""
    Funnel.objects.bulk_create([Funnel(letter=letter)], ignore_conflicts=True)
    Funnel.objects.filter(letter=letter).update(denied=F("denied") + 1)
