"""How many people are of which kind, told so that nobody's kind can be worked out. Pure.

A letter's total is public at every moment, and so are the names on its list. If the kinds stood
there just as live, then whoever signs would move one of them before everybody's eyes. Hence:

1. **Parts.** People are told in parts: days that are over, one after the other, until there are
   `PART` people and a quarter of all who came before. Where a part ends depends on the totals
   alone, which anybody knows. What was told of a part never changes; nothing is told of a moment
   within it. So two looks differ by whole parts, and by nothing else.
2. **Few.** Within a part a kind of fewer than `FEWEST` people, or of none, is told as 0 to 9.
3. **The largest with them.** Then the largest kind isn't told exactly either, or the total would
   give the few away: it is what is left of the total, less 0 to 9 for each kind of few people.
4. **Nothing**, where even that could narrow down the few: the largest would not be the largest, or
   would itself be few, if each of them had 9.

So whatever each small number was, from 0 to 9, the very same would stand there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FEWEST = 10  # people; fewer are not told apart
PART = 100  # people
GROWTH = 4  # a part is at least this part of all before it


@dataclass(frozen=True)
class Cell:
    """From `low` to `high` people; both are the number itself where it may be told."""

    low: int
    high: int

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.low + other.low, self.high + other.high)


FEW = Cell(0, FEWEST - 1)


@dataclass(frozen=True)
class Part:
    """People of the days `first` to `last`. `cells` is None where no kind is told."""

    first: int
    last: int
    people: int
    cells: tuple[Cell, ...] | None


@dataclass(frozen=True)
class Told:
    """Parts, the oldest first, and how many people came after the last of them."""

    parts: tuple[Part, ...]
    later: int

    def totals(self, kinds: int) -> tuple[Cell, ...]:
        """What the parts come to, for each of `kinds` kinds."""
        cells = [part.cells for part in self.parts if part.cells]
        return tuple(sum((row[kind] for row in cells), Cell(0, 0)) for kind in range(kinds))

    @property
    def untold(self) -> int:
        """How many people are in no kind's number: of parts that tell nothing, and of later."""
        return self.later + sum(part.people for part in self.parts if part.cells is None)


def tell(days: Mapping[int, Sequence[int]], *, before: int, closed: bool = False) -> Told:
    """Parts of `days`, {day: people of each kind}, as far as they are over `before` that day.

    `closed`: nobody comes any more, so once all days are over the last part may be smaller.
    """
    parts: list[Part] = []
    told = 0
    least = PART if closed and max(days, default=before) < before else None
    for run in _runs(sorted(day for day in days if day < before), days):
        counts = [sum(column) for column in zip(*(days[day] for day in run), strict=True)]
        people = sum(counts)
        if people < (least or _needed(told)):
            break
        parts.append(Part(run[0], run[-1], people, shown(counts)))
        told += people
    return Told(tuple(parts), sum(sum(row) for row in days.values()) - told)


def shown(counts: Sequence[int]) -> tuple[Cell, ...] | None:
    """What may be told of one part, kind by kind; None where nothing may."""
    few = {kind for kind, people in enumerate(counts) if people < FEWEST}
    if not few:
        return tuple(Cell(people, people) for people in counts)
    largest = max(range(len(counts)), key=lambda kind: counts[kind])
    high = counts[largest] + sum(counts[kind] for kind in few - {largest})
    low = high - FEW.high * len(few - {largest})
    others = (people for kind, people in enumerate(counts) if kind not in few | {largest})
    if low <= max(others, default=FEW.high):
        return None
    return tuple(
        FEW if kind in few else Cell(low, high) if kind == largest else Cell(people, people)
        for kind, people in enumerate(counts)
    )


def _runs(order: Iterable[int], days: Mapping[int, Sequence[int]]) -> Iterable[list[int]]:
    """Days in a row that have enough people together; the last may not have."""
    run: list[int] = []
    told = people = 0
    for day in order:
        run.append(day)
        people += sum(days[day])
        if people >= _needed(told):
            yield run
            told, people, run = told + people, 0, []
    if run:
        yield run


def _needed(told: int) -> int:
    return max(PART, told // GROWTH)
