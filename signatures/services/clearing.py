"""Clearing: the owner of a mailbox stops, withdraws or erases all that it signed here, at once.

Each signature is a verb of its own and a transaction of its own, so the sequencer and the signers
of a letter wait for nobody; a second press goes on where the first one ended.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from signatures.models import Signature
from signatures.services import erasing, subscribing, suppressing, withdrawing
from signatures.services.consenting import Said
from signatures.services.recalling import Everything

SLICE = 200  # signatures a press goes through


def stop_updates(found: Everything, *, said: Said, now: datetime) -> int:
    """No news of any letter; how many are left for another press."""

    def stop(row: Signature) -> None:
        with suppress(subscribing.Refused):  # erased by another press
            subscribing.subscribe(uid=row.uid, wanted=False, said=said, now=now)

    return _each([row for row in found.signatures if row.updates], stop)


def withdraw(found: Everything, *, now: datetime) -> int:
    """Every signature that counts or waits is taken back; how many are left."""

    def take_back(row: Signature) -> None:
        with suppress(withdrawing.Refused):  # another press came first
            withdrawing.withdraw(uid=row.uid, now=now)

    return _each([row for row in found.signatures if row.state in withdrawing.COUNTS], take_back)


def erase(found: Everything, *, now: datetime, withdraws: bool) -> int:
    """Everything about the person goes; what counts goes on counting unless it is withdrawn too."""

    def forget(row: Signature) -> None:
        if withdraws:
            with suppress(withdrawing.Refused):
                withdrawing.withdraw(uid=row.uid, now=now, erase=True)
        else:
            erasing.erase(uid=row.uid, now=now)

    return _each(found.signatures, forget)


def never(found: Everything, *, now: datetime) -> None:
    """No letter here writes to that mailbox again."""
    if found.digest is not None:
        suppressing.suppress(letter=None, digest=found.digest, now=now)


def again(found: Everything) -> None:
    """Letters may write again, but for those that were told not to."""
    if found.digest is not None:
        suppressing.allow(letter=None, digest=found.digest)


def _each(rows: Sequence[Signature], verb: Callable[[Signature], None]) -> int:
    for row in rows[:SLICE]:
        verb(row)
    return max(0, len(rows) - SLICE)
