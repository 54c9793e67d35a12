"""Small cells: whatever is told of kinds of people, nobody's kind can be worked out of it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.counting import smallcells
from signatures.counting.smallcells import FEW, FEWEST, PART, Cell, shown, tell

KINDS = 6
counts = st.lists(
    st.one_of(st.integers(0, 15), st.integers(0, 400)), min_size=KINDS, max_size=KINDS
)
days = st.dictionaries(st.integers(0, 60), counts, max_size=14)


def cells(*told: int | tuple[int, int]) -> tuple[Cell, ...]:
    return tuple(Cell(*one) if isinstance(one, tuple) else Cell(one, one) for one in told)


def test_kinds_of_many_people_are_told_as_they_are() -> None:
    assert shown([40, 30, 10]) == cells(40, 30, 10)


def test_with_few_of_one_kind_the_largest_is_not_told_exactly_either() -> None:
    assert shown([3, 200, 90, 12, 0, 0]) == cells((0, 9), (176, 203), 90, 12, (0, 9), (0, 9))


@pytest.mark.parametrize("people", [[9, 9, 9, 9, 9, 9], [0, 60, 50, 2, 2, 0], [4, 12]])
def test_where_that_could_narrow_the_few_down_nothing_is_told(people: list[int]) -> None:
    assert shown(people) is None


def test_of_one_kind_alone_a_range_is_told() -> None:
    assert shown([0, 0, 55, 0]) == cells((0, 9), (0, 9), (28, 55), (0, 9))


@given(counts, st.lists(st.integers(0, FEW.high), min_size=KINDS, max_size=KINDS))
def test_whatever_the_small_numbers_were_the_same_would_stand_there(
    people: list[int], other: list[int]
) -> None:
    told = shown(people)
    few = [kind for kind, number in enumerate(people) if number < FEWEST]
    if told is None or not few:
        return
    largest = max(range(KINDS), key=lambda kind: people[kind])
    changed = [other[kind] if kind in few else number for kind, number in enumerate(people)]
    changed[largest] += sum(people) - sum(changed)
    assert shown(changed) == told


@given(counts)
def test_what_is_told_is_true(people: list[int]) -> None:
    told = shown(people)
    for number, cell in zip(people, told or (), strict=False):
        assert cell.low <= number <= cell.high
        assert (cell == FEW) is (number < FEWEST)


# --- Every history there is, with smaller numbers -------------------------------------------------
def solved(tell_of: Callable[[Sequence[int]], Any], *, kinds: int, total: int) -> list[str]:
    """What somebody who knows the rule works out from what is told of `total` people."""
    stories = defaultdict(list)
    for people in product(range(total + 1), repeat=kinds):
        if sum(people) == total:
            stories[tell_of(people)].append(people)
    found = []
    for told, possible in stories.items():
        for kind in range(kinds):
            values = {people[kind] for people in possible}
            few = {value for value in values if value < smallcells.FEWEST}
            if few and len(values) < smallcells.FEWEST:
                found.append(f"{total} told as {told}: kind {kind} is one of {sorted(values)}")
    return found


@pytest.fixture
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than 3 are few, so that every possible story can be looked at."""
    monkeypatch.setattr(smallcells, "FEWEST", 3)
    monkeypatch.setattr(smallcells, "FEW", Cell(0, 2))


def test_t105_nobody_who_knows_the_rule_and_the_total_can_undo_it(smaller: None) -> None:
    for total in range(9, 19):
        assert solved(shown, kinds=4, total=total) == []


@pytest.mark.parametrize(
    "careless",
    [
        lambda people: tuple(one if one >= 3 else "few" for one in people),
        lambda people: tuple(
            one if one >= 3 and one != max(people) else "hidden" for one in people
        ),
    ],
    ids=["only the few are hidden", "the largest too, always"],
)
def test_t105_control_hiding_only_the_small_numbers_is_undone(
    smaller: None, careless: Callable[[Sequence[int]], Any]
) -> None:
    assert any(solved(careless, kinds=4, total=total) for total in range(9, 19))


@given(counts)
def test_of_a_part_that_tells_nothing_no_kind_is_known(people: list[int]) -> None:
    if shown(people) is None and sum(people) >= PART:
        assert len(set(people)) > 1
        assert all(shown(other) is None for other in list(permutations(people))[:24])


# --- From day to day ------------------------------------------------------------------------------
def test_a_part_is_whole_days_of_a_hundred_people_and_a_quarter_of_those_before() -> None:
    by_day = {day: [0, 60, 0, 0, 0, 0] for day in range(30)}
    told = tell(by_day, before=30)
    sizes = [part.people for part in told.parts]
    assert sizes[:3] == [120, 120, 120]
    assert all(size >= sum(sizes[:n]) / 4 for n, size in enumerate(sizes))
    assert [part.first for part in told.parts[1:]] == [part.last + 1 for part in told.parts[:-1]]
    assert sum(sizes) + told.later == 30 * 60


def test_today_is_told_tomorrow() -> None:
    by_day = {1: [0, 150, 0, 0, 0, 0], 2: [0, 150, 0, 0, 0, 0]}
    assert [part.last for part in tell(by_day, before=2).parts] == [1]
    assert tell(by_day, before=2).later == 150
    assert [part.last for part in tell(by_day, before=3).parts] == [1, 2]


def test_of_few_people_in_all_nothing_is_told() -> None:
    assert tell({1: [0, 99, 0, 0, 0, 0]}, before=9, closed=True).parts == ()
    assert tell({}, before=9, closed=True).parts == ()


def test_the_last_part_of_a_closed_letter_may_be_smaller_than_a_quarter() -> None:
    by_day = {1: [0, 1_000, 0, 0, 0, 0], 2: [0, 120, 0, 0, 0, 0]}
    assert len(tell(by_day, before=3).parts) == 1
    assert len(tell(by_day, before=3, closed=True).parts) == 2
    assert len(tell(by_day, before=2, closed=True).parts) == 1, "its last day isn't over"


@given(days, st.integers(0, 61), st.integers(0, 61))
def test_t105_a_later_look_adds_whole_parts_and_changes_none(
    by_day: dict[int, list[int]], one: int, other: int
) -> None:
    first, second = sorted((one, other))
    early = {day: row for day, row in by_day.items() if day <= first}
    before = tell(early, before=first).parts
    assert tell(by_day, before=second).parts[: len(before)] == before


@given(days, st.integers(0, 61), st.randoms())
def test_t105_where_parts_end_does_not_depend_on_the_kinds(
    by_day: dict[int, list[int]], before: int, random: Any
) -> None:
    mixed = {day: random.sample(row, k=len(row)) for day, row in by_day.items()}
    ends = [(part.first, part.last, part.people) for part in tell(by_day, before=before).parts]
    assert [(p.first, p.last, p.people) for p in tell(mixed, before=before).parts] == ends


@given(days, st.integers(0, 61))
def test_the_sums_hold_everybody_once(by_day: dict[int, list[int]], before: int) -> None:
    told = tell(by_day, before=before)
    everybody = sum(sum(row) for row in by_day.values())
    sums = told.totals(KINDS)
    assert sum(cell.low for cell in sums) <= everybody - told.untold
    assert everybody - told.untold <= sum(cell.high for cell in sums)
