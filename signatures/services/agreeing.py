"""Whether the counts people read are those in the log: compared again and again, letter by letter.

Nothing is repaired here. While they differ nobody is told that they were checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from campaigns.models import Tally
from signatures.counting.totals import Totals, totals
from signatures.log import leaf, store
from signatures.log.rejected import Rejected
from signatures.models import Published, Signature

SLICE = 500  # letters whose entries are read together
OVERLAP = timedelta(minutes=1)  # a batch may say an earlier time than the check it came after

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Difference:
    """A letter whose count, chain and newest entry are not of one mind."""

    letter: int
    slug: str
    counted: Totals
    chained: Totals
    logged: Totals | None  # None: there is no such entry
    behind: bool  # numbered before the log: it is still being logged


def agree(*, now: datetime) -> bool:
    """Whether all that moved since counts and log last agreed agrees now; differences are an alarm,
    but for letters whose past is still being logged."""
    row = Published.objects.filter(pk=1).only("checked_at").first()
    since = row.checked_at - OVERLAP if row and row.checked_at else None
    found = list(differences(since))
    for each in found:
        if not each.behind:
            log.error(
                "count and log differ",
                slug=each.slug,
                counted=each.counted,
                chained=each.chained,
                logged=each.logged,
            )
    return not found


def differences(since: datetime | None = None) -> Iterator[Difference]:
    """Each letter that moved since then (None: ever) where they differ."""
    letters = Tally.objects.filter(moved_at__isnull=False)
    if since is not None:
        letters = letters.filter(moved_at__gte=since)
    # One statement, so that no batch comes between; the entry it points to never changes.
    rows = letters.order_by("pk").values_list(
        "pk", "letter__slug", "letter__chain__last",
        "signed", "withdrawn", "invalidated",
        "letter__chain__signed", "letter__chain__withdrawn", "letter__chain__invalidated",
    )  # fmt: skip
    found = list(rows)
    for start in range(0, len(found), SLICE):
        slice_ = found[start : start + SLICE]
        entries = store.picked(row[2] for row in slice_ if row[2] is not None)
        for letter, slug, last, *numbers in slice_:
            counted, chained = Totals(*numbers[:3]), Totals(*(each or 0 for each in numbers[3:]))
            logged = Totals() if last is None else _totals(entries.get(last))
            if not counted == chained == logged:
                behind = chained == logged and _is_behind(letter, chained)
                yield Difference(letter, slug, counted, chained, logged, behind)


def _totals(entry: bytes | None) -> Totals | None:
    try:
        return totals(leaf.decode(entry or b""))
    except Rejected:
        return None


def _is_behind(letter: int, chained: Totals) -> bool:
    return Signature.objects.filter(letter=letter, number__gt=chained.signed).exists()
