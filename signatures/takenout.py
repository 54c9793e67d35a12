"""What was taken out of a letter's count, and what was put back: each with its day and its reason.

All of it is public. A withdrawal stands in the log with its day, and a rule has its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Max

from campaigns.models import Letter
from signatures.breakdowns import EPOCH
from signatures.log.leaf import Kind as Logged
from signatures.models import Breakdown, Invalidation

SHOWN = 100  # rules


class Kind(StrEnum):
    WITHDRAWN = "withdrawn"  # all of a letter, on the day of the latest
    INVALIDATED = "invalidated"
    REINSTATED = "reinstated"  # a rule was cancelled: whom it alone meant counts again


@dataclass(frozen=True)
class Step:
    """`words` are the rule's public reason, `reason` its number in the log."""

    kind: Kind
    at: datetime
    count: int
    reason: int = 0
    words: str = ""

    @property
    def is_day(self) -> bool:
        """Whether `at` is the end of a day (UTC), the moment itself being unknown."""
        return self.kind == Kind.WITHDRAWN

    @property
    def label(self) -> str:
        return str(Invalidation.Reason(self.reason).label)


def of_letter(letter: Letter) -> Sequence[Step]:
    """The oldest first. Asks nothing of a letter that lost nobody."""
    found = _rules(letter) if letter.tally.invalidated else []
    found += _withdrawn(letter) if letter.tally.withdrawn else []
    return sorted(found, key=lambda step: step.at)


def _rules(letter: Letter) -> list[Step]:
    states = Invalidation.State
    rows = (
        Invalidation.objects.filter(letter=letter, done__gt=0, started_at__isnull=False)
        .exclude(state=states.DRAFT)
        .only("reason", "public_reason", "state", "done", "started_at", "ended_at")
        .order_by("-started_at")[:SHOWN]
    )
    found = []
    for rule in rows:
        told = (rule.done, rule.reason, rule.public_reason)
        assert rule.started_at is not None
        found.append(Step(Kind.INVALIDATED, rule.started_at, *told))
        if rule.state == states.CANCELLED and rule.ended_at:
            found.append(Step(Kind.REINSTATED, rule.ended_at, *told))
    return found


def _withdrawn(letter: Letter) -> list[Step]:
    rows = Breakdown.objects.filter(letter=letter, kind=Logged.WITHDRAWN)
    last = rows.aggregate(last=Max("day"))["last"]
    if last is None:
        return []
    # The moment isn't known: what happened on that day stands before it.
    at = datetime.combine(EPOCH + timedelta(days=last), time.max, UTC)
    return [Step(Kind.WITHDRAWN, at, letter.tally.withdrawn)]
