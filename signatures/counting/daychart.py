"""Days as columns: who signed above the line, who was taken out below it, on one scale. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 120  # the latest; all of them are in the table's file
WIDTH, ABOVE, BELOW = 640.0, 104.0, 24.0  # in the SVG's own units
FEWEST = 3  # days from the first to the last; fewer are quicker read
GAP = 0.25  # of a column


@dataclass(frozen=True)
class Column:
    """`y` and `up` above the line at `ABOVE`, `down` below it."""

    x: float
    width: float
    y: float
    up: float
    down: float


@dataclass(frozen=True)
class Chart:
    first: date
    last: date
    columns: Sequence[Column]
    width: float = WIDTH
    line: float = ABOVE
    height: float = ABOVE + BELOW


def draw(days: Sequence[tuple[date, int, int]]) -> Chart | None:
    """`days`: (day, signed, taken out), the newest first, those without any left out."""
    if not days or (days[0][0] - days[-1][0]).days + 1 < FEWEST:
        return None
    last = days[0][0]
    first = max(days[-1][0], last - timedelta(days=DAYS - 1))
    shown = [day for day in days if day[0] >= first]
    scale = max(
        max(signed for _day, signed, _out in shown) / ABOVE,
        max(out for _day, _signed, out in shown) / BELOW,
    )
    step = WIDTH / ((last - first).days + 1)
    columns = [
        Column(
            x=round((day - first).days * step, 2),
            width=round(step * (1 - GAP), 2),
            y=round(ABOVE - signed / scale, 2),
            up=round(signed / scale, 2),
            down=round(out / scale, 2),
        )
        for day, signed, out in reversed(shown)
    ]
    return Chart(first, last, columns)
