"""The curve of growth never claims more than its points."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.embeds import curve

growing = st.lists(st.integers(0, 5_000), min_size=2, max_size=30).map(
    lambda steps: [(float(at), sum(steps[: at + 1])) for at in range(len(steps))]
)


def heights(points, width=300, height=64, steps=20):
    """The y of each piece at even steps (the cubic Bézier's own formula)."""
    start, pieces = curve.cubics(points, width, height)
    for one, other, end in pieces:
        for k in range(steps + 1):
            t = k / steps
            yield (
                (1 - t) ** 3 * start[1]
                + 3 * (1 - t) ** 2 * t * one[1]
                + 3 * (1 - t) * t**2 * other[1]
                + t**3 * end[1]
            )
        start = end


@given(growing)
def test_a_growing_count_never_sinks_and_never_overshoots(points):
    ys = list(heights(points))
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(ys))
    assert all(-1e-6 <= y <= 64 + 1e-6 for y in ys)


def test_the_curve_passes_through_its_points():
    start, pieces = curve.cubics([(0, 0), (1, 50), (3, 100)], 300, 100)
    assert start == (0, 100)
    assert [piece[2] for piece in pieces] == [(100, 52), (300, pytest.approx(4))]


def test_withdrawals_show():
    ys = list(heights([(0, 10), (1, 20), (2, 5)]))
    assert min(ys) < ys[0] < ys[-1]


@pytest.mark.parametrize("points", [[], [(5.0, 7)], [(5.0, 0)], [(5.0, 7), (5.0, 9)]])
def test_fewer_than_two_moments_are_a_quiet_flat_line(points):
    (x, y), [(_, _, (end_x, end_y))] = curve.cubics(points, 300, 60)
    assert (x, end_x) == (0, 300)
    assert y == end_y
    assert 0 < y < 60


def test_two_points_are_a_straight_line():
    assert curve.path([(0, 0), (1, 10)], 300, 100).line == "M0 100C100 68 200 36 300 4"


@given(growing)
def test_both_paths_are_plain_svg(points):
    drawn = curve.path(points, 300, 64)
    assert re.fullmatch(r"M[\d. ]+(C[\d. ]+)+", drawn.line)
    assert drawn.area == drawn.line + "V64H0Z"


def test_hours_add_up_and_what_came_before_is_there_from_the_start():
    points = curve.cumulate([(9, 5), (12, 10), (11, 20)], start=10, end=14, samples=5)
    assert points == [(10, 5), (11, 5), (12, 25), (13, 35), (14, 35)]


def test_a_change_is_spread_over_its_hour():
    points = curve.cumulate([(0, 10)], start=0, end=1, samples=3)
    assert points == [(0, 0), (0.5, 5), (1, 10)]


def test_no_hours_and_no_time_are_no_error():
    assert curve.cumulate([], start=3, end=3, samples=2) == [(3, 0), (3, 0)]
    with pytest.raises(ValueError, match="two samples"):
        curve.cumulate([], start=0, end=1, samples=1)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=40),
    st.integers(2, 70),
)
def test_the_last_sample_is_the_whole_count(hours, samples):
    points = curve.cumulate(hours, start=0, end=51, samples=samples)
    assert len(points) == samples
    assert points[-1][1] == sum(delta for _, delta in hours)
    assert all(one[1] <= other[1] for one, other in pairwise(points))


@given(growing, st.lists(st.floats(0, 1), max_size=5))
def test_a_place_on_the_curve_is_on_the_curve(points, parts):
    last = points[-1][0]
    found = curve.along(points, [part * last for part in parts], 300, 64)
    drawn = list(heights(points, steps=100))
    xs = [300 * k / (len(drawn) - 1) for k in range(len(drawn))]
    for (x, y), part in zip(found, parts, strict=True):
        assert x == pytest.approx(part * 300)
        near = [at for x_of, at in zip(xs, drawn, strict=True) if abs(x_of - x) < 2]
        assert min(near) - 1 <= y <= max(near) + 1


def test_the_points_themselves_are_on_it():
    points = [(0, 0), (1, 50), (3, 100)]
    places = curve.along(points, [0, 1, 3], 300, 100)
    assert places == [(0, 100), (100, pytest.approx(52)), (300, pytest.approx(4))]
    assert curve.along([(5.0, 7)], [5.0], 300, 60) == [(0.0, 40.0)]
