"""Days as columns."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from signatures.counting import daychart

FIRST = date(2026, 11, 1)


def day(number: int, signed: int, out: int = 0) -> tuple[date, int, int]:
    return FIRST + timedelta(days=number), signed, out


def test_of_no_days_or_two_nothing_is_drawn() -> None:
    assert daychart.draw([]) is None
    assert daychart.draw([day(1, 5), day(0, 5)]) is None


def test_days_on_which_nothing_happened_leave_their_place_empty() -> None:
    chart = daychart.draw([day(3, 50), day(0, 100)])
    assert chart is not None
    assert [(one.x, one.y, one.up) for one in chart.columns] == [(0, 0, 104), (480, 52, 52)]


def test_what_was_taken_out_is_drawn_on_the_same_scale() -> None:
    chart = daychart.draw([day(2, 0, 10), day(0, 104)])
    assert chart is not None
    assert [(one.up, one.down) for one in chart.columns] == [(104, 0), (0, 10)]


def test_of_a_long_story_the_latest_days_are_drawn() -> None:
    chart = daychart.draw([day(number, 5) for number in reversed(range(400))])
    assert chart is not None
    assert len(chart.columns) == daychart.DAYS
    assert (chart.first, chart.last) == (FIRST + timedelta(days=280), FIRST + timedelta(days=399))


@given(
    st.dictionaries(
        st.integers(0, 200), st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), min_size=1
    )
)
def test_every_column_stays_inside(found: dict[int, tuple[int, int]]) -> None:
    chart = daychart.draw([day(number, *found[number]) for number in sorted(found, reverse=True)])
    if chart is None:
        assert max(found) - min(found) < daychart.FEWEST
        return
    for one in chart.columns:
        assert 0 <= one.x <= one.x + one.width <= chart.width + 0.01
        assert -0.01 <= one.y <= chart.line
        assert one.down <= chart.height - chart.line + 0.01
