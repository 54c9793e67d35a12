"""A letter's totals, as its tally, its place in the log, each of its entries and a document have
them; they are the same if these three are."""

from typing import NamedTuple, Protocol


class Totals(NamedTuple):
    """How many have signed, and how many of them have withdrawn or were taken out."""

    signed: int = 0
    withdrawn: int = 0
    invalidated: int = 0


class Counted(Protocol):
    """Whatever has totals."""

    @property
    def signed(self) -> int: ...
    @property
    def withdrawn(self) -> int: ...
    @property
    def invalidated(self) -> int: ...


def totals(counted: Counted) -> Totals:
    return Totals(counted.signed, counted.withdrawn, counted.invalidated)
