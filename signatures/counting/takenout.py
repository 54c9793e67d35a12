"""What was taken out of a letter's count, and what was put back: each with its day and its reason.

All of it is public. A withdrawal stands in the log with its day, and a rule has its reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from django.db.models import QuerySet, Subquery

from campaigns.models import Letter
from signatures.counting.breakdowns import EPOCH
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
    """The oldest first: one query, and none for a letter that lost nobody."""
    days = Breakdown.objects.filter(letter=letter, kind=Logged.WITHDRAWN).order_by("-day")
    last = days.values_list("day", flat=True)[:1]
    rules = list(_rules(letter).annotate(last=Subquery(last))) if letter.tally.invalidated else []
    found = list(_told(rules))
    if letter.tally.withdrawn:
        day = rules[0].last if rules else last.first()
        found += [] if day is None else [_withdrawn(letter, day)]
    return sorted(found, key=lambda step: step.at)


def _rules(letter: Letter) -> QuerySet[Invalidation]:
    started = Invalidation.objects.filter(letter=letter, done__gt=0, started_at__isnull=False)
    return (
        started.exclude(state=Invalidation.State.DRAFT)
        .only("reason", "public_reason", "state", "done", "started_at", "ended_at")
        .order_by("-started_at")[:SHOWN]
    )


def _told(rules: Iterable[Invalidation]) -> Iterable[Step]:
    for rule in rules:
        told = (rule.done, rule.reason, rule.public_reason)
        if rule.started_at:
            yield Step(Kind.INVALIDATED, rule.started_at, *told)
        if rule.state == Invalidation.State.CANCELLED and rule.ended_at:
            yield Step(Kind.REINSTATED, rule.ended_at, *told)


def _withdrawn(letter: Letter, day: int) -> Step:
    # The moment isn't known: what else happened on that day stands before it.
    at = datetime.combine(EPOCH + timedelta(days=day), time.max, UTC)
    return Step(Kind.WITHDRAWN, at, letter.tally.withdrawn)
