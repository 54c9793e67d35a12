"""A goal moves up by itself once it is reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import goals
from campaigns.goals import Aim

GOALS = st.integers(1, 2_147_483_647)
COUNTS = st.integers(0, 10**10)


@pytest.mark.parametrize(
    ("goal", "count", "then"),
    [
        (1000, 0, Aim(1000, None)),
        (1000, 999, Aim(1000, None)),
        (1000, 1000, Aim(2000, 1000)),
        (1000, 1204, Aim(2000, 1000)),
        (1000, 2000, Aim(5000, 2000)),
        (1000, 60_000, Aim(100_000, 50_000)),
        (300, 300, Aim(500, 300)),
        (450, 450, Aim(1000, 450)),  # 500 would be too near
        (12_345, 12_345, Aim(20_000, 12_345)),
        (1, 1, Aim(2, 1)),
        (None, 5000, Aim(None, None)),
    ],
)
def test_the_next_goal_is_a_round_number_clearly_above(goal, count, then):
    assert goals.aim(goal, count) == then


def test_the_goal_of_what_is_over_stays_where_it_got_to():
    assert goals.aim(1000, 700, over=True) == Aim(1000, None)
    assert goals.aim(1000, 1204, over=True) == Aim(1000, 1000)
    assert goals.aim(1000, 2700, over=True) == Aim(2000, 2000)
    assert goals.aim(None, 2700, over=True) == Aim(None, None)


@given(GOALS, COUNTS)
def test_a_goal_lies_above_the_count_and_what_is_reached_does_not(goal, count):
    found = goals.aim(goal, count)
    assert found.goal is not None
    assert found.goal > count
    assert found.reached is None or goal <= found.reached <= count
    assert (found.reached is None) == (count < goal)


@given(GOALS, COUNTS)
def test_what_is_reached_was_aimed_at_just_before(goal, count):
    found = goals.aim(goal, count)
    if found.reached:
        assert goals.aim(goal, found.reached - 1).goal == found.reached
        assert found.goal >= found.reached * goals.CLEARLY


@given(GOALS, COUNTS, COUNTS)
def test_a_goal_never_moves_down_while_the_count_grows(goal, count, more):
    before, after = goals.aim(goal, count), goals.aim(goal, count + more)
    assert after.goal >= before.goal
    assert (after.reached or 0) >= (before.reached or 0)


@given(st.floats(0.1, 1e12))
def test_round_numbers_begin_where_they_are_asked_to(start):
    rounds = goals.round_numbers(start)
    found = [next(rounds) for _ in range(4)]
    assert found == sorted(set(found))
    assert found[0] >= start
    assert all(str(one).strip("0") in {"1", "2", "5"} for one in found)
