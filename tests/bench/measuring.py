"""Figures and the table of them: what is compared was measured side by side, round by round."""

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))  # fewer only to try a scenario out


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is ours to theirs: more is better, whatever the unit."""

    group: str
    what: str
    unit: str
    ours: float | None
    beside: str = ""
    theirs: float | None = None
    ratio: float | None = None
    aim: str = ""
    note: str = ""
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def interleaved(
    contestants: dict[str, Callable[[], float]], *, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Each contestant once a round: whatever else the machine does meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        # Every second round backwards, so that nobody always runs on what the other left behind.
        names = list(contestants) if number % 2 == 0 else list(reversed(contestants))
        for name in names:
            found[name].append(contestants[name]())
    return found


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def faster(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How often ours per theirs, for rates: the median of the rounds' own ratios."""
    return median([a / b for a, b in zip(ours, theirs, strict=True) if b])


def sooner(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times sooner, for durations: the median of the rounds' own ratios."""
    return faster(theirs, ours)


def compared(
    group: str,
    what: str,
    unit: str,
    found: dict[str, list[float]],
    *,
    ours: str,
    beside: str,
    smaller_is_better: bool = False,
    aim: str = "",
    note: str = "",
) -> Figure:
    """One contestant beside another, both by name."""
    rule = sooner if smaller_is_better else faster
    return Figure(
        group,
        what,
        unit,
        median(found[ours]),
        beside,
        median(found[beside]),
        rule(found[ours], found[beside]),
        aim,
        note,
        {ours: found[ours], beside: found[beside]},
    )


def alone(
    group: str, what: str, unit: str, values: Sequence[float], *, aim: str = "", note: str = ""
) -> Figure:
    return Figure(
        group, what, unit, median(values), aim=aim, note=note, rounds={what: list(values)}
    )


def missing(group: str, what: str, why: str) -> Figure:
    """A line that says why there is no figure."""
    return Figure(group, what, "", None, note=why)


def table(figures: Sequence[Figure]) -> str:
    """For people: one line a figure, columns as wide as they must be."""
    head = ("", "what", "ours", "beside", "theirs", "ratio", "aim", "")
    rows = [head, *(_cells(one) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in {2, 4, 5} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def _cells(one: Figure) -> tuple[str, ...]:
    return (
        one.group,
        one.what,
        f"{_number(one.ours)} {one.unit}".strip(),
        one.beside,
        _number(one.theirs),
        "" if one.ratio is None else f"{one.ratio:.3g}×",
        one.aim,
        one.note,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
