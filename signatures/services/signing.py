"""Signing: what a supporter typed becomes a pending signature and, perhaps, a mail.

Whoever asks learns nothing: a new address, one that waits and one that has signed take the same
statements, and the worker decides later which mail (if any) leaves.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import refs
from campaigns.models import Letter, Revision
from signatures import collation, mailbox, personal
from signatures.mailbox import Mailbox
from signatures.models import Notice, Signature
from signatures.personal import Person
from signatures.services import mailing
from worker import outbox

State = Signature.State


class Refused(Exception):
    """The letter takes no signatures now; the text is for the supporter."""


@dataclass(frozen=True)
class Wish:
    """A signature as asked for: cleaned fields, nothing trusted beyond that."""

    person: Person
    mailbox: Mailbox
    public: bool
    updates: bool
    country: str
    language: str
    ref: str = ""
    network: bytes | None = None

    @property
    def is_invited(self) -> bool:
        """An organiser wrote it: it asks, and never replaces what somebody wrote themselves."""
        return self.ref == refs.INVITED


@dataclass(frozen=True)
class Taken:
    """What became of a wish. For our own books: no answer to anybody may depend on it."""

    holder: uuid.UUID | None  # the pending signature that holds this very wish, if one does
    generation: int
    is_theirs: bool  # nobody else had begun that signature, as far as one can see


@transaction.atomic
def sign(*, letter: Letter, revision: Revision, wish: Wish, notice: Notice, now: datetime) -> Taken:
    """Take a signature. Signing again while pending replaces what was typed and mails again."""
    if not letter.takes_signatures(now):
        raise Refused(why_not(letter, now))
    if letter.anonymous_hours is not None:
        wish = _nameless(wish)
    fresh = _fresh(letter, revision, wish, notice, now)
    Signature.objects.bulk_create([fresh], ignore_conflicts=True)
    row = _row_of(letter, fresh, wish)
    mail = mailing.may_mail(row, now) and _may_ask(row, fresh, wish)
    held, theirs = row.uid == fresh.uid, _is_theirs(row, fresh)
    if row.uid != fresh.uid and mail and row.state == State.PENDING:
        _take_over(row, fresh, wish)
        held = True
    mailing.count_mail(row, mail=mail, now=now)
    row.save(update_fields=_CHANGED)
    outbox.publish("signature.asked", signature=row.pk, mail=int(mail))
    return Taken(row.uid if held else None, row.generation if held else 0, held and theirs)


def _is_theirs(row: Signature, fresh: Signature) -> bool:
    """Whether the row is new, empty, or was likely begun by who signs again: from the same network
    on the same day."""
    if row.uid == fresh.uid or row.erased_at is not None:
        return True
    return row.network is not None and bytes(row.network) == fresh.network


def _nameless(wish: Wish) -> Wish:
    """A letter without names keeps no more than it says, whichever door it came through."""
    return replace(wish, person=Person(wish.person.name), public=False, updates=False, country="")


def _may_ask(row: Signature, fresh: Signature, wish: Wish) -> bool:
    """Whom an organiser names is asked once, and never in place of their own asking."""
    unasked = row.uid == fresh.uid or (row.ref == refs.INVITED and not row.mails)
    return unasked or not wish.is_invited


def why_not(letter: Letter, now: datetime) -> str:
    """Why the form is shut, in one sentence."""
    if letter.state == Letter.State.PAUSED:
        return _("Signing is paused at the moment. Please come back later.")
    if letter.opens_at and now < letter.opens_at:
        return _("Signing has not begun yet.")
    return _("This letter is closed and takes no more signatures.")


_TAKEN_OVER = (
    "revision",
    "updates",
    "country",
    "language",
    "ref",
    "notice",
    "consented_at",
    "network",
    "asked_at",
)
# What became of the mail before: the next one has a way and a code of its own.
_BEGUN_ANEW = (
    "mail_state",
    "mailed_at",
    "opened",
    "reminders",
    "reminded_at",
    "code_tries",
    "erased_at",
)
_CHANGED = (
    *personal.STORED,
    *_TAKEN_OVER,
    *_BEGUN_ANEW,
    *mailing.COUNTED,
    "uid",
    "email_sealed",
    "generation",
)


def _fresh(
    letter: Letter, revision: Revision, wish: Wish, notice: Notice, now: datetime
) -> Signature:
    signature = Signature(
        letter=letter,
        revision=revision,
        mailbox_digest=mailbox.digest(wish.mailbox, letter=letter.uid.bytes),
        mailbox_anywhere=mailbox.installation_digest(wish.mailbox),
        country=wish.country,
        updates=wish.updates,
        language=wish.language,
        ref=wish.ref,
        network=wish.network,
        notice=notice,
        consented_at=now,
        asked_at=now,
        mails_since=now,
    )
    personal.store(signature, wish.person, public=wish.public)
    personal.store_address(signature, wish.mailbox.address)
    return signature


def _row_of(letter: Letter, fresh: Signature, wish: Wish) -> Signature:
    """The row this mailbox has under this letter, locked: ours, or one that was there before."""
    found = Signature.objects.select_for_update(of=("self",)).filter(
        letter=letter, mailbox_digest=fresh.mailbox_digest
    )
    # One seat, one row at most: putting an ORDER BY together costs more than the query.
    rows = list(found.order_by("seat") if letter.seats > 1 else found)
    if not rows:  # the older one was swept away between the two statements
        fresh.save(force_insert=True)
        return fresh
    if letter.seats == len(rows) == 1:  # two rows: it was for two people once
        return rows[0]
    # Asked again: who took a seat while this waited for the lock was not to be seen before.
    return _seat_of(letter, list(found.order_by("seat")), fresh, wish)


def _seat_of(letter: Letter, rows: list[Signature], fresh: Signature, wish: Wish) -> Signature:
    """Where several people share a mailbox: the one of this name, or a free seat."""
    taken = [row for row in rows if row.uid != fresh.uid]
    ours = [row for row in rows if row.uid == fresh.uid]  # the first seat was free, and is ours now
    wanted = collation.fold(wish.person.name)
    for row in taken:
        if collation.fold(personal.person_of(row).name) == wanted:
            Signature.objects.filter(uid=fresh.uid).delete()
            return row
    emptied = [row for row in taken if row.erased_at is not None]  # its address was corrected
    if emptied or len(taken) >= letter.seats:
        Signature.objects.filter(uid=fresh.uid).delete()
        return emptied[0] if emptied else _given_up(taken)
    if ours:
        return ours[0]
    fresh.seat = len(taken) + 1
    fresh.save(force_insert=True)
    return fresh


def _given_up(taken: list[Signature]) -> Signature:
    """Where no seat is free: what was asked for longest ago without being confirmed, perhaps with
    the name mistyped, or by somebody else; who has confirmed loses nothing."""
    waiting = [row for row in taken if row.state == State.PENDING]
    return min(waiting, key=lambda row: row.asked_at) if waiting else taken[-1]


def _take_over(row: Signature, fresh: Signature, wish: Wish) -> None:
    """The newest wish stands. Links to an older one end: nobody confirms what they didn't see."""
    row.generation += 1
    if row.erased_at is not None:
        row.uid = fresh.uid  # what was emptied never comes back, not even by its name
    personal.store(row, wish.person, public=wish.public)
    personal.store_address(row, wish.mailbox.address)
    for field in (*_TAKEN_OVER, *_BEGUN_ANEW):
        setattr(row, field, getattr(fresh, field))
