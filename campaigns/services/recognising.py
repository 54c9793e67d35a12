"""Which of FIELD_KEYS this database knows. A process with another key under an id, or without one
that opens what is here, must not serve: it would seal what nobody else can open."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from campaigns import sealing
from campaigns.models import SealingKey
from campaigns.services import resealing

HOW = "docs/operating.md says how keys are changed."


class Unfit(Exception):
    """FIELD_KEYS are not this database's; `reason` is for the operator and names no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def recognise(*, now: datetime) -> None:
    """Write down keys that are new here. Raises Unfit for keys that are not those of this database.

    One that was taken out of FIELD_KEYS is forgotten once nothing is sealed with it any more.
    """
    known = _known()
    new = [number for number in reversed(settings.FIELD_KEYS) if number not in known]
    if new:  # the newest last; whoever of two processes comes second reads what the first wrote
        SealingKey.objects.bulk_create(
            [
                SealingKey(number=number, fingerprint=_fingerprint(number), since=now)
                for number in new
            ],
            ignore_conflicts=True,
        )
        known = _known()
    for number in known:
        if number in settings.FIELD_KEYS and known[number] != _fingerprint(number):
            raise Unfit(
                f"Key {number} of FIELD_KEYS is not the key {number} that this database was "
                f"sealed with. Put the right one back. {HOW}"
            )
    _let_go([number for number in known if number not in settings.FIELD_KEYS])


@transaction.atomic
def _let_go(missing: list[int]) -> None:
    if not missing:
        return
    sealed = resealing.by_key()
    newest = SealingKey.objects.order_by("since", "number").values_list("number", flat=True).last()
    for number in missing:
        if sealed[number]:
            raise Unfit(
                f"Key {number} is missing from FIELD_KEYS, and so many values here are sealed "
                f"with it: {sealed[number]}. Put it back, behind the newest. {HOW}"
            )
        if number == newest:  # others seal with it already, or are about to
            raise Unfit(
                f"Key {number} is missing from FIELD_KEYS, and it is the newest that this "
                f"database knows. Put it back. {HOW}"
            )
    SealingKey.objects.filter(number__in=missing).delete()


def _known() -> dict[int, bytes]:
    rows = SealingKey.objects.values_list("number", "fingerprint")
    return {number: bytes(fingerprint) for number, fingerprint in rows}


def _fingerprint(number: int) -> bytes:
    return sealing.fingerprint(settings.FIELD_KEYS[number])
