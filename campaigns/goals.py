"""Goals that move up by themselves, and the round numbers they move to."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from itertools import count as from_

CLEARLY = 1.25  # times a goal: a next one that is nearer would be no news


@dataclass(frozen=True)
class Aim:
    """`goal` is what is aimed at now, `reached` the highest goal so far that has been."""

    goal: int | None
    reached: int | None


def aim(goal: int | None, count: int, *, over: bool = False) -> Aim:
    """The organiser's `goal` until it is reached, then the next round number, and so on.

    When all is `over`, the last goal that was reached stays.
    """
    if goal is None:
        return Aim(None, None)
    reached = None
    for one in chain([goal], round_numbers(goal * CLEARLY)):
        if count < one:
            return Aim(reached if over and reached else one, reached)
        reached = one
    raise AssertionError("round numbers do not end")


def round_numbers(start: float = 1) -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, 100 … from `start` on."""
    return (
        one
        for power in from_()
        for one in (10**power, 2 * 10**power, 5 * 10**power)
        if one >= start
    )
