"""How a letter's count came about, hour by hour and day by day, for programs and spreadsheets."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from campaigns import growth
from campaigns.models import Letter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """What one hour or day brought; `begins` is written as ISO 8601 in UTC."""

    begins: str
    confirmed: int
    cancelled: int
    count: int  # at its end


@dataclass(frozen=True)
class History:
    """Those hours and days in which something moved. The last ones may still be going on."""

    hours: Sequence[Step]
    days: Sequence[Step]


def of_letter(letter: Letter) -> History:
    """Read from what the sequencer rolled up: no signature is looked at."""
    hours = growth.hours_of(letter)
    days = [
        Step(day.day.isoformat(), day.signed, day.cancelled, day.count)
        for day in growth.by_day(hours)
    ]
    return History(list(_steps(hours)), days)


def as_data(letter: Letter, history: History) -> dict[str, Any]:
    """`history.json`. The count is the one its own steps end with, so that they always agree."""
    return {
        "letter": letter.slug,
        "url": f"{settings.SITE_URL}{letter.get_absolute_url()}",
        "opened": _instant(letter.published_at) if letter.published_at else None,
        "count": history.days[-1].count if history.days else 0,
        "hours": [_named("hour", step) for step in history.hours],
        "days": [_named("day", step) for step in history.days],
    }


def as_json(letter: Letter) -> bytes:
    data = as_data(letter, of_letter(letter))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def as_csv(letter: Letter) -> bytes:
    """`history.csv` (RFC 4180): the days, then the hours, told apart by the first column."""
    history = of_letter(letter)
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(["per", "begins", "confirmed", "cancelled", "count"])
    for per, steps in (("day", history.days), ("hour", history.hours)):
        table.writerows([per, one.begins, one.confirmed, one.cancelled, one.count] for one in steps)
    return written.getvalue().encode()


def _steps(hours: Sequence[tuple[int, int, int]]) -> Iterator[Step]:
    count = 0
    for hour, signed, cancelled in hours:
        count += signed - cancelled
        yield Step(_instant(EPOCH + timedelta(hours=hour)), signed, cancelled, count)


def _named(period: str, step: Step) -> dict[str, Any]:
    return {
        period: step.begins,
        "confirmed": step.confirmed,
        "cancelled": step.cancelled,
        "count": step.count,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
