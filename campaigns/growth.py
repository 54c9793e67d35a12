"""How a letter's count has grown, read from the hours the sequencer rolls up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, takewhile

from django.db.models import F, Sum

from campaigns import goals
from campaigns.embeds import curve
from campaigns.embeds.curve import Curve
from campaigns.models import GrowthHour, Letter

HOUR = 3600
DAY_HOURS, WEEK_HOURS, RECENT_HOURS = 24, 7 * 24, 10 * 24
SMALLEST = 10  # number that is marked
WAVE = (300, 64)  # of the curve beside a letter's count, in the SVG's own units


@dataclass(frozen=True)
class Day:
    day: date
    signed: int
    cancelled: int
    count: int  # at the end of the day


@dataclass(frozen=True)
class Mark:
    """A round number that was reached, when, and where that is on the curve."""

    count: int
    at: datetime
    x: float
    y: float


@dataclass(frozen=True)
class Growth:
    """`last_day` and `last_week` are the hours of now and the 23 or 167 before it; `last_hour`
    takes the hour of now whole and the one before in part. The curve goes through `points`."""

    curve: Curve | None
    last_day: int
    last_week: int
    last_hour: int = 0
    points: Sequence[tuple[float, int]] = ()
    days: Sequence[Day] = ()
    marks: Sequence[Mark] = ()

    @property
    def latest(self) -> Sequence[Day]:
        """The days, the newest first."""
        return self.days[::-1]


def of_letter(letter: Letter, *, now: datetime, width: float, height: float) -> Growth:
    """One letter's growth, hour by hour in the curve and day by day (UTC) in its table."""
    hours = hours_of(letter)
    moves = [(hour, signed - cancelled) for hour, signed, cancelled in hours]
    growth = _growth(letter, moves, now=now, width=width, height=height)
    marks = _marks(growth.points, crossings(moves), width=width, height=height)
    return replace(growth, days=by_day(hours), marks=marks)


def hours_of(letter: Letter) -> list[tuple[int, int, int]]:
    """The hours in which the count moved, whole ones since 1970: signed, cancelled."""
    rows = GrowthHour.objects.filter(letter=letter).order_by("hour")
    return list(rows.values_list("hour", "signed", "cancelled"))


def of_letters(
    letters: Iterable[Letter], *, now: datetime, width: float, height: float
) -> dict[int, Growth]:
    """The growth of many letters in two queries, without tables: by the hour for the last days, by
    the day before."""
    published = [letter for letter in letters if letter.published_at]
    recently = _hour(now) // 24 * 24 - RECENT_HOURS
    rows = GrowthHour.objects.filter(letter__in=published)
    moves: dict[int, list[tuple[int, int]]] = {letter.pk: [] for letter in published}
    earlier = (
        rows.filter(hour__lt=recently)
        .values("letter_id", day=F("hour") / 24)
        .annotate(move=Sum("signed") - Sum("cancelled"))
        .order_by("day")
    )
    for row in earlier:
        moves[row["letter_id"]] += _spread(row["day"] * 24, row["move"])
    recent = rows.filter(hour__gte=recently).order_by("hour")
    for pk, hour, signed, cancelled in recent.values_list(
        "letter_id", "hour", "signed", "cancelled"
    ):
        moves[pk].append((hour, signed - cancelled))
    return {
        letter.pk: _growth(letter, moves[letter.pk], now=now, width=width, height=height)
        for letter in published
    }


def _growth(
    letter: Letter, moves: list[tuple[int, int]], *, now: datetime, width: float, height: float
) -> Growth:
    hour = _hour(now)
    points = _points(letter, moves, now=now)
    return Growth(
        curve=curve.path(points, width, height) if points else None,
        points=points,
        last_hour=_last_hour(moves, now),
        last_day=sum(move for at, move in moves if at > hour - DAY_HOURS),
        last_week=sum(move for at, move in moves if at > hour - WEEK_HOURS),
    )


def _points(
    letter: Letter, moves: list[tuple[int, int]], *, now: datetime
) -> list[tuple[float, int]]:
    if letter.published_at is None or not moves:
        return []
    # Whole hours: what this hour brought is there already, so the curve ends at the count.
    end = _hour(letter.closed_at or now) + 1
    start = min(_hour(letter.published_at), moves[0][0], end)
    return curve.cumulate(moves, start=start, end=end)


def crossings(moves: Sequence[tuple[int, int]]) -> dict[int, float]:
    """Round numbers and the time, in hours since 1970, from which on the count has been at each or
    above: those of its last order of magnitude, from `SMALLEST` on. `moves` are hours, changes."""
    count = sum(move for _, move in moves)
    upto = takewhile(lambda one: one <= count, goals.round_numbers(SMALLEST))
    found: dict[int, float] = dict.fromkeys((one for one in upto if one * 10 > count), 0.0)
    before = 0
    for hour, move in moves:
        after = before + move
        for one in found:
            if before < one <= after:
                found[one] = hour + (one - before) / move
        before = after
    return found


def _marks(
    points: Sequence[tuple[float, int]],
    found: dict[int, float],
    *,
    width: float,
    height: float,
) -> list[Mark]:
    if not points or not found:
        return []
    places = curve.along(points, found.values(), width, height)
    return [
        Mark(count, datetime.fromtimestamp(hour * HOUR, UTC), round(x, 2), round(y, 2))
        for (count, hour), (x, y) in zip(found.items(), places, strict=True)
    ]


def _last_hour(moves: list[tuple[int, int]], now: datetime) -> int:
    hour, over = _hour(now), now.timestamp() % HOUR / HOUR
    found = dict(moves[-2:])
    return max(0, found.get(hour, 0) + round(found.get(hour - 1, 0) * (1 - over)))


def _spread(hour: int, move: int) -> list[tuple[int, int]]:
    """A day's move in eight parts: all of it in one hour would draw stairs."""
    upto = [move * part // 8 for part in range(9)]
    return [(hour + 3 * part, upto[part + 1] - upto[part]) for part in range(8)]


def by_day(hours: Sequence[tuple[int, int, int]]) -> list[Day]:
    """The days (UTC) in which the count moved, from `hours_of`."""
    days: list[Day] = []
    count = 0
    for number, group in groupby(hours, key=lambda row: row[0] // 24):
        rows = list(group)
        signed, cancelled = sum(row[1] for row in rows), sum(row[2] for row in rows)
        count += signed - cancelled
        day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)
        days.append(Day(day.date(), signed, cancelled, count))
    return days


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // HOUR
