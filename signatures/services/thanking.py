"""Thanking: whose link brought a signature is added to a number, and then known nowhere.

The mark waits in the signature that came by it; the sequencer, as it counts it, adds one to the
inviter's `brought` and blanks the mark, in one transaction.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from django.db.models import F
from django.db.models.functions import Coalesce

from signatures import marks
from signatures.models import Signature

LEAST = 5  # below it no number is told: a single friend's signature is that friend's secret


def thank(rows: Sequence[Signature], counted: Collection[int]) -> None:
    """Of the `rows` of a batch, who came by a person's link; `counted` are the keys of those that
    were given their first number. Two statements, and one for each inviter; none without marks."""
    came = {row.pk: row for row in rows if marks.is_like(row.ref)}
    if not came:
        return
    inviters = _inviters([row for pk, row in came.items() if pk in counted])
    for pk, people in sorted(inviters.items()):
        Signature.objects.filter(pk=pk, erased_at__isnull=True).update(
            brought=Coalesce(F("brought"), 0) + people
        )
    Signature.objects.filter(pk__in=came).update(ref="")


def may_pass_on(signature: Signature) -> bool:
    """Whether a link of their own is theirs to give: not where nobody is to learn who signed."""
    letter = signature.letter
    return (
        signature.state == Signature.State.CONFIRMED
        and signature.erased_at is None
        and not letter.sensitive
        and letter.anonymous_hours is None
    )


def told(signature: Signature) -> int | None:
    """How many signed through them, once that says nothing about a single one."""
    people = signature.brought or 0
    return people if people >= LEAST else None


def _inviters(rows: Sequence[Signature]) -> Counter[int]:
    """How many of these each of their letter's signers brought, by key."""
    meant = {row.pk: marks.read(row.ref) for row in rows}
    found = Signature.objects.filter(
        uid__in={uid for uids in meant.values() for uid in uids},
        erased_at__isnull=True,
        letter__sensitive=False,
        letter__anonymous_hours__isnull=True,
    )
    known = {(row.letter_id, row.uid): row.pk for row in found.only("uid", "letter_id")}
    brought: Counter[int] = Counter()
    for row in rows:
        for uid in meant[row.pk]:
            if uid != row.uid and (row.letter_id, uid) in known:
                brought[known[row.letter_id, uid]] += 1
    return brought
