"""Recalling: everything that one mailbox signed here, for its owner alone.

Asking writes the same row for everybody, with the address sealed. The worker looks whether we know
it, and then sends one mail; to an address that signed nothing it sends none.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from campaigns import sealing
from signatures import mailbox, personal, tokens
from signatures.mailbox import Mailbox
from signatures.models import Signature
from signatures.services import mailing, suppressing
from signatures.tokens import Purpose
from worker import outbox
from worker.models import OutboxMessage

ASKED, MAILED = "everything.asked", "everything.mailed"
PREFIX = 16  # bytes of a mailbox's digest that a link carries: as good as all 32
State = Signature.State


@dataclass(frozen=True)
class Note:
    """To whom, in which language: what a sealed message says."""

    to: str
    language: str


@dataclass(frozen=True)
class Everything:
    """What a link opens: the signatures of one mailbox, the newest first; none once all are erased.

    `since` is when the link was made: what it leads to lasts no longer than itself.
    """

    signatures: Sequence[Signature]
    since: datetime

    @property
    def digest(self) -> bytes | None:
        """The mailbox's; unknown as soon as nothing of it is left."""
        return next((bytes(row.mailbox_anywhere or b"") for row in self.signatures), None)


@transaction.atomic
def ask(*, to: Mailbox, language: str, now: datetime) -> None:
    """Looks at nothing: whether we know the address is found out later, by the worker."""
    _publish(ASKED, uuid.uuid4(), Note(to.address, language), now)


@transaction.atomic
def answer(*, message: uuid.UUID, note: Note, now: datetime) -> None:
    """Promise the mail, if we know the mailbox, it wants mail, and got few enough today.

    Once for each message, however often the worker starts again.
    """
    digest = mailbox.installation_digest(mailbox.parse(note.to))
    rows = Signature.objects.select_for_update(of=("self",)).order_by("-pk")
    newest = rows.filter(mailbox_anywhere=digest, erased_at=None).first()
    if newest is None or suppressing.is_suppressed(None, digest):
        return
    follows = uuid.uuid5(message, MAILED)
    if OutboxMessage.objects.filter(uid=follows).exists():
        return
    if mailing.recent(newest, now) < mailing.MAILS_A_DAY:
        mailing.count_mail(newest, mail=True, now=now)
        # Not `mails`: those are for the letter's button.
        newest.save(update_fields=["mails_recent", "mails_since"])
        _publish(MAILED, follows, replace(note, to=_proved(digest) or note.to), now)


def _proved(digest: bytes) -> str:
    """The address whose owner has confirmed, where it is still kept: another spelling of it may be
    somebody else's mailbox, where a provider has rules of its own."""
    rows = Signature.objects.filter(mailbox_anywhere=digest, confirmed_at__isnull=False)
    kept = rows.filter(email_sealed__isnull=False).order_by("-pk").first()
    return personal.address_of(kept) if kept else ""


def note_of(message: OutboxMessage) -> Note:
    """What it says. Raises Unsealable."""
    assert message.sealed is not None  # until it is done
    return Note(
        **json.loads(sealing.unseal(message.sealed, place=message.topic, row=message.uid.bytes))
    )


def _publish(topic: str, uid: uuid.UUID, note: Note, now: datetime) -> None:
    plain = json.dumps({"to": note.to, "language": note.language}).encode()
    sealed = sealing.seal(plain, place=topic, row=uid.bytes)
    outbox.publish(topic, uid=uid, sealed=sealed, expires_at=now + mailing.MANAGE_AGE)


# --- The link -------------------------------------------------------------------------------------
def link_token(to: str, *, now: datetime) -> str:
    """What opens the page for the owner of this address. It has no row, and so no generation."""
    digest = mailbox.installation_digest(mailbox.parse(to))
    uid = uuid.UUID(bytes=digest[:PREFIX])
    return tokens.make(Purpose.EVERYTHING, uid, generation=0, at=now)


def look(*, token: str, now: datetime) -> Everything:
    """What the link opens. Changes nothing. Raises BadToken, ExpiredToken."""
    claim = tokens.read(token, Purpose.EVERYTHING, max_age=mailing.MANAGE_AGE, now=now)
    rows = signatures_of(claim.uid.bytes).select_related(
        "letter", "revision", "notice", "invalidation"
    )
    return Everything(list(rows.order_by("-asked_at", "-pk")), claim.issued_at)


def signatures_of(prefix: bytes) -> QuerySet[Signature]:
    """By the index of mailboxes: a range, for a link has only the first bytes of the digest. Not
    what is empty since its address was corrected."""
    last = prefix + b"\xff" * (32 - len(prefix))
    its = Signature.objects.filter(mailbox_anywhere__gte=prefix, mailbox_anywhere__lte=last)
    return its.filter(erased_at=None)
