"""The wave at the foot of the cover."""

import re
from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signatures.exports import wave


def test_no_history_is_a_flat_line() -> None:
    for counts in ([], [5], [0, 0, 0]):
        assert wave.path(counts, width=210, height=74) == "M0 74H210"


@given(st.lists(st.integers(0, 10**7), min_size=2, max_size=60))
def test_a_count_that_never_falls_is_never_drawn_falling(steps: list[int]) -> None:
    counts = [sum(steps[: i + 1]) for i in range(len(steps))]
    drawn = wave.path(counts, width=210, height=74)
    if counts[-1] == 0:
        return
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", drawn)]
    ys = [numbers[1], *bezier(numbers[1::2])]
    assert all(after <= before + 0.02 for before, after in pairwise(ys))
    assert min(ys) >= -0.01
    assert drawn.rpartition(" ")[2] == "0.00"


def bezier(ys: list[float]) -> Iterator[float]:
    """Heights along the whole curve, ten to a piece."""
    for i in range(0, len(ys) - 1, 3):
        a, b, c, d = ys[i : i + 4]
        for t in (step / 10 for step in range(1, 11)):
            u = 1 - t
            yield u**3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t**3 * d
