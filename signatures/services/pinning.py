"""Pinning: the organiser puts signatories first, as initial signatories, in an order of their own.

Only who counts and shows their name can stand there; withholding, withdrawing or erasing takes them
off, and no way leads back but this one.
"""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Letter
from signatures.models import Signature
from signatures.querysets import SignatureQuerySet

MOST = 50


class Refused(Exception):
    """This can't be done now; the text is for the organiser."""


@transaction.atomic
def put_first(*, letter: Letter, uid: uuid.UUID) -> None:
    """Put somebody behind those who stand first already. Twice changes nothing."""
    first = _lock(letter)
    one = _shown(letter).select_for_update(of=("self",)).filter(uid=uid).first()
    if one is None:
        raise Refused(_("This signature isn’t on the public list any more."))
    if one.pinned is not None:
        return
    if len(first) >= MOST:
        raise Refused(_("There is room for fifty. Take somebody off first."))
    _write([*first, one])


@transaction.atomic
def move_up(*, letter: Letter, uid: uuid.UUID) -> None:
    """Let somebody change places with the one before. At the top, or gone, nothing happens."""
    first = _lock(letter)
    place = next((place for place, one in enumerate(first) if one.uid == uid), 0)
    if place:
        first[place - 1], first[place] = first[place], first[place - 1]
        _write(first)


@transaction.atomic
def take_off(*, letter: Letter, uid: uuid.UUID) -> None:
    """Back to where the day or the name puts them. Twice changes nothing."""
    _lock(letter)
    Signature.objects.filter(letter=letter, uid=uid).update(pinned=None)


def _lock(letter: Letter) -> list[Signature]:
    """Those who stand first, in order; nobody else changes that until this is over.

    The lock lets signers go on: adding a signature takes only a share in its letter's key.
    """
    Letter.objects.select_for_update(of=("self",), no_key=True).get(pk=letter.pk)
    return list(_shown(letter).filter(pinned__isnull=False).order_by("pinned", "uid"))


def _shown(letter: Letter) -> SignatureQuerySet:
    return Signature.objects.shown().filter(letter=letter).only("uid", "pinned")


def _write(first: Iterable[Signature]) -> None:
    for place, one in enumerate(first, start=1):
        if one.pinned != place:
            # Asked again: who withheld their name meanwhile must not be put back.
            Signature.objects.shown().filter(pk=one.pk).update(pinned=place)
