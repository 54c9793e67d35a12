"""When a letter's count got to round numbers, and where that is on its curve."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import growth
from campaigns.models import GrowthHour
from tests import make
from tests.parsing import Page

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
HOUR = int(NINE.timestamp()) // 3600


def test_round_numbers_of_the_last_order_of_magnitude_are_marked():
    assert growth.crossings([(10, 100), (20, 1100)]) == {
        200: pytest.approx(20 + 100 / 1100),
        500: pytest.approx(20 + 400 / 1100),
        1000: pytest.approx(20 + 900 / 1100),
    }


def test_numbers_below_ten_are_none():
    assert growth.crossings([]) == growth.crossings([(10, 9)]) == {}
    assert growth.crossings([(10, 10)]) == {10: 11}


def test_what_fell_back_below_is_marked_from_when_it_came_back():
    assert growth.crossings([(1, 100), (2, -30), (3, 30)])[100] == 4
    assert list(growth.crossings([(1, 100), (2, -30)])) == [10, 20, 50]


@pytest.mark.django_db
def test_marks_are_on_the_curve_in_order_and_dated():
    letter = make.letter(now=NINE)
    for after, signed in ((0, 40), (30, 70), (100, 20)):
        GrowthHour.objects.create(letter=letter, hour=HOUR + after, signed=signed)
    now = NINE + timedelta(hours=150)
    grown = growth.of_letter(letter, now=now, width=300, height=64)
    assert [mark.count for mark in grown.marks] == [20, 50, 100]
    assert [mark.at.date() for mark in grown.marks] == [
        NINE.date(),
        (NINE + timedelta(hours=30)).date(),
        (NINE + timedelta(hours=30)).date(),
    ]
    xs, ys = [mark.x for mark in grown.marks], [mark.y for mark in grown.marks]
    assert sorted(xs) == xs
    assert sorted(ys, reverse=True) == ys
    assert all(0 <= x <= 300 for x in xs)
    assert all(0 < y < 64 for y in ys)


@pytest.mark.django_db
def test_a_mark_says_its_number_and_day(client):
    letter = make.letter(slug="aller", now=NINE)
    GrowthHour.objects.create(letter=letter, hour=HOUR, signed=1300)
    for address in ("/letters/aller/", "/letters/aller/press/"):
        page = Page(client.get(address))
        titles = ["".join(title.itertext()) for title in page.all(f"{SVG}title")]
        assert "1,000 on 4 May 2026" in titles
        assert "; 1,000 on 4 May 2026" in page.one(f"{SVG}svg", role="img").get("aria-label")
