"""What has happened to a letter, as its readers see it: entries as data, from what was read before.

Only what is public goes in: never an address, nor the words an organiser wrote to an office.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from campaigns import goals
from campaigns.growth import Day
from campaigns.models import Letter
from signatures.counting.takenout import Step
from signatures.models import Delivery

SMALLEST = 100
MOST = 3  # milestones besides the goal: the highest
SHOWN = 100  # deliveries


class Kind(StrEnum):
    PUBLISHED = "published"
    MILESTONE = "milestone"
    GOAL = "goal"
    WITHDRAWN = "withdrawn"  # all so far, on the day of the latest
    INVALIDATED = "invalidated"
    REINSTATED = "reinstated"
    CLOSED = "closed"
    DELIVERED = "delivered"
    RECEIVED = "received"
    ANSWERED = "answered"


ORDER = {kind: place for place, kind in enumerate(Kind)} | {Kind.GOAL: 1}


@dataclass(frozen=True)
class Entry:
    """One line. `day` is the letter's own; `count` is of the milestone, of the delivery or of those
    taken out; `reason` and `words` say why a rule did that."""

    kind: Kind
    at: datetime
    day: date
    count: int = 0
    paper: int = 0
    to: str = ""
    how: str = ""
    answer: str = ""
    answered_by: str = ""
    hidden: bool = False
    reason: str = ""
    words: str = ""


def deliveries_of(letter: Letter) -> Sequence[Delivery]:
    """Those that count, with the columns a reader may see."""
    rows = Delivery.objects.filter(letter=letter, struck_at__isnull=True)
    return list(rows.defer("email", "message", "received_by").order_by("delivered_at")[:SHOWN])


def entries(
    letter: Letter,
    deliveries: Iterable[Delivery],
    days: Sequence[Day],
    taken_out: Iterable[Step] = (),
    *,
    now: datetime,
) -> list[Entry]:
    """The oldest first. A draft has none."""
    if letter.published_at is None:
        return []
    found = [_entry(letter, Kind.PUBLISHED, letter.published_at)]
    found += _milestones(letter, days, letter.published_at)
    found += [_taken_out(letter, step) for step in taken_out]
    closed = letter.closed_at or letter.closes_at
    if closed is not None and closed <= now:
        found.append(_entry(letter, Kind.CLOSED, closed))
    for delivery in deliveries:
        found += _handed_over(letter, delivery)
    return sorted(found, key=lambda one: (one.at, ORDER[one.kind], one.count))


def reached(days: Sequence[Day], number: int) -> date | None:
    """The day since which the count has been `number` or more, if it is now.

    A count that fell back below, because signatures were invalidated, had not got there.
    """
    since = None
    for day in reversed(days):
        if day.count < number:
            break
        since = day.day
    return since


def powers(count: int) -> list[int]:
    """100, 1,000, 10,000 … up to the count."""
    found, number = [], SMALLEST
    while number <= count:
        found.append(number)
        number *= 10
    return found


def _milestones(letter: Letter, days: Sequence[Day], published: datetime) -> list[Entry]:
    count = days[-1].count if days else 0
    by_day = {reached(days, number): number for number in powers(count)}  # the highest of a day
    found = [(day, number, Kind.MILESTONE) for day, number in by_day.items()][-MOST:]
    # The organiser's own goal, and the last of those it moved on to.
    aims = {goal for goal in (letter.goal, goals.aim(letter.goal, count).reached) if goal}
    found = [one for one in found if one[1] not in aims]
    found += [(reached(days, goal), goal, Kind.GOAL) for goal in sorted(aims)]
    first = published.astimezone(letter.tzinfo).date()
    return [
        Entry(kind, at=max(published, _begin(day)), day=max(first, day), count=number)
        for day, number, kind in found
        if day is not None
    ]


def _begin(day: date) -> datetime:
    """Days of growth are UTC's. The moment isn't known: what happened that day stands after it."""
    return datetime.combine(day, time(), UTC) + timedelta(microseconds=1)


def _taken_out(letter: Letter, step: Step) -> Entry:
    why = {"reason": step.label, "words": step.words} if step.words else {}
    if step.is_day:  # UTC's, like those of growth
        return Entry(Kind(step.kind), at=step.at, day=step.at.date(), count=step.count)
    return _entry(letter, Kind(step.kind), step.at, count=step.count, **why)


def _handed_over(letter: Letter, delivery: Delivery) -> list[Entry]:
    to = ", ".join(part for part in (delivery.target_name, delivery.target_role) if part)
    found = [
        _entry(
            letter, Kind.DELIVERED, delivery.delivered_at, to=to, how=delivery.how,
            count=delivery.count, paper=delivery.paper,
        )
    ]  # fmt: skip
    if delivery.received_at is not None:
        found.append(_entry(letter, Kind.RECEIVED, delivery.received_at, to=to))
    if delivery.answered_at is not None:
        hidden = delivery.answer_hidden_at is not None
        words = {} if hidden else {"answer": delivery.answer, "answered_by": delivery.answered_by}
        found.append(
            _entry(letter, Kind.ANSWERED, delivery.answered_at, to=to, hidden=hidden, **words)
        )
    return found


def _entry(letter: Letter, kind: Kind, at: datetime, **more: object) -> Entry:
    return Entry(kind, at=at, day=at.astimezone(letter.tzinfo).date(), **more)  # type: ignore[arg-type]
