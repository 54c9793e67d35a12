"""Readdressing: whoever typed a wrong address types the right one, and nothing else again.

What they signed waits for an hour on a slip, sealed. Every signing writes one, so neither a slip
nor its use tells anything about anybody.
"""

import json
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from campaigns import sealing
from campaigns.models import Letter, Revision
from campaigns.models.letter import random_uid
from signatures import mailbox
from signatures.mailbox import Mailbox
from signatures.models import Erasure, Notice, Signature, Slip
from signatures.personal import Person
from signatures.services import journalling, signing
from signatures.services.signing import Taken, Wish

AGE = timedelta(hours=1)
PLACE = "slip.wish"

_NOBODY = uuid.UUID(int=0)
_AT_MOST = 3  # signatures in a correction: the one before, and two who share the new mailbox
# What a corrected signature keeps is what caps the mails to its mailbox, until it is swept.
_NOTHING = {
    "name": "",
    "title": "",
    "affiliation": "",
    "place": "",
    "comment": "",
    "group": "",
    "country": "",
    "ref": "",
    "words": "",
    "name_key": b"",
    "public": False,
    "updates": False,
    "withheld_sealed": None,
    "email_sealed": None,
    "network": None,
}


class Refused(Exception):
    """The slip is an hour old, or was used."""


@dataclass(frozen=True)
class _Kept:
    """A wish as it lies on a slip: all but the address, which its writer's page has."""

    person: Person
    public: bool
    updates: bool
    country: str
    language: str
    ref: str
    revision: int  # keys of rows
    notice: int
    is_theirs: bool


@transaction.atomic
def sign(
    *, letter: Letter, revision: Revision, wish: Wish, notice: Notice, now: datetime
) -> uuid.UUID:
    """Sign, and keep a slip of it for an hour: its id. Raises signing.Refused."""
    taken = signing.sign(letter=letter, revision=revision, wish=wish, notice=notice, now=now)
    kept = _Kept(
        person=wish.person,
        public=wish.public,
        updates=wish.updates,
        country=wish.country,
        language=wish.language,
        ref=wish.ref,
        revision=revision.pk,
        notice=notice.pk,
        is_theirs=taken.is_theirs,
    )
    return _keep(letter, kept, taken, now).uid


@transaction.atomic
def readdress(
    *, letter: Letter, slip: uuid.UUID, to: Mailbox, network: bytes | None, now: datetime
) -> uuid.UUID:
    """Sign once more as the slip says, for another address, and forget the one before.

    Returns the id of a new slip. Raises Refused and signing.Refused. The same statements, whoever
    has signed under either address.
    """
    old = _take(letter, slip, mailbox.digest(to, letter=letter.uid.bytes), now)
    kept = _opened(old)
    fresh = sign(
        letter=letter,
        revision=Revision.objects.get(pk=kept.revision),
        wish=_wish(kept, to, network),
        notice=Notice.objects.get(pk=kept.notice),
        now=now,
    )
    emptied = _empty(old, kept, mailbox.digest(to, letter=letter.uid.bytes), now)
    # Where nothing was to be emptied, a line about nobody: the same statements for all.
    journalling.note(
        Erasure.Kind.ERASED, signature=old.signature if emptied else random_uid(), now=now
    )
    Slip.objects.filter(pk=old.pk).delete()
    return fresh


def _take(letter: Letter, uid: uuid.UUID, new: bytes, now: datetime) -> Slip:
    """The slip, locked, and before it both signatures, in one order: whoever corrects the other way
    round, or erases a signature and then its slip, is waited for and waits for nobody."""
    slips = Slip.objects.filter(uid=uid, letter=letter, asked_at__gt=now - AGE)
    holder = slips.values_list("signature", flat=True).first() or _NOBODY
    meant = {
        *Signature.objects.filter(uid=holder).values_list("pk", flat=True),
        *Signature.objects.filter(letter=letter, mailbox_digest=new).values_list("pk", flat=True),
    }
    same_for_all = [*sorted(meant), *range(-_AT_MOST, 0)][:_AT_MOST]
    rows = Signature.objects.filter(pk__in=same_for_all).order_by("pk")
    list(rows.select_for_update(of=("self",)).values_list("pk"))
    found = list(slips.select_for_update())
    if not found:
        raise Refused
    return found[0]


def _keep(letter: Letter, kept: _Kept, taken: Taken, now: datetime) -> Slip:
    uid = random_uid()
    plain = json.dumps(asdict(kept), ensure_ascii=False).encode()
    return Slip.objects.create(
        uid=uid,
        letter=letter,
        sealed=sealing.seal(plain, place=PLACE, row=uid.bytes),
        asked_at=now,
        signature=taken.holder,
        generation=taken.generation,
    )


def _opened(slip: Slip) -> _Kept:
    plain = json.loads(sealing.unseal(bytes(slip.sealed), place=PLACE, row=slip.uid.bytes))
    return replace(_Kept(**plain), person=Person(**plain["person"]))


def _wish(kept: _Kept, to: Mailbox, network: bytes | None) -> Wish:
    return Wish(
        person=kept.person,
        mailbox=to,
        public=kept.public,
        updates=kept.updates,
        country=kept.country,
        language=kept.language,
        ref=kept.ref,
        network=network,
    )


def _empty(slip: Slip, kept: _Kept, new: bytes, now: datetime) -> bool:
    """Empty the pending signature with the wrong address, if nobody has signed over it since.

    Its row stays for its week, so that correcting to and fro cannot send more mails than the caps
    allow; who had begun it before this slip's writer does not lose it to them.
    """
    holder = slip.signature if kept.is_theirs and slip.signature else _NOBODY
    theirs = Signature.objects.filter(
        uid=holder, generation=slip.generation, state=Signature.State.PENDING
    )
    emptied = theirs.exclude(mailbox_digest=new).update(
        **_NOTHING, generation=F("generation") + 1, erased_at=now, changed_at=now
    )
    return bool(emptied)
