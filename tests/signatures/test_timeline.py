"""What a letter's page says has happened."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.growth import Day
from campaigns.models import Letter
from campaigns.services import publishing
from signatures import timeline
from signatures.models import Delivery
from signatures.timeline import Kind
from tests import make, supporter
from tests.parsing import Page
from tests.signatures import handing

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def days(*counts: int) -> list[Day]:
    return [
        Day(date(2026, 6, 1) + number * DAY, signed=0, cancelled=0, count=count)
        for number, count in enumerate(counts)
    ]


def letter(**fields: Any) -> Letter:
    return Letter(**({"published_at": MONDAY, "zone": "UTC", "state": "open"} | fields))


def told(*given: Any, **fields: Any) -> list[tuple[str, int, int]]:
    """Kind, day of June, count."""
    found = timeline.entries(letter(**fields), [], *given, now=MONDAY + 90 * DAY)
    return [(one.kind.value, one.day.day, one.count) for one in found]


def test_a_draft_has_no_story() -> None:
    assert told([], published_at=None) == []


def test_the_highest_milestones_and_the_goal_stand_in_it() -> None:
    grown = days(50, 120, 1_100, 10_500, 120_000, 1_300_000)
    assert told(grown, goal=20_000) == [
        ("published", 1, 0),
        ("milestone", 4, 10_000),
        ("goal", 5, 20_000),
        ("milestone", 5, 100_000),
        ("goal", 6, 1_000_000),
    ]


def test_the_last_goal_it_moved_on_to_stands_in_it() -> None:
    assert told(days(50, 320, 700, 990), goal=300) == [
        ("published", 1, 0),
        ("milestone", 2, 100),
        ("goal", 2, 300),
        ("goal", 3, 500),
    ]


def test_milestones_of_one_day_are_one() -> None:
    assert told(days(5, 30_000)) == [("published", 1, 0), ("milestone", 2, 10_000)]


def test_a_goal_that_is_a_milestone_stands_once() -> None:
    assert told(days(5, 1_200), goal=1_000) == [("published", 1, 0), ("goal", 2, 1_000)]


def test_what_fell_back_below_had_not_got_there() -> None:
    assert told(days(5_000, 80)) == [("published", 1, 0)]
    assert told(days(5_000, 80, 400)) == [("published", 1, 0), ("milestone", 3, 100)]


def test_no_milestone_stands_before_publishing_in_the_letter_s_own_days() -> None:
    published = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)  # the second of June in Berlin
    assert told(days(150), published_at=published, zone="Europe/Berlin") == [
        ("published", 2, 0),
        ("milestone", 2, 100),
    ]


def test_it_is_closed_when_its_time_is_over() -> None:
    assert told([], closes_at=MONDAY + DAY) == [("published", 1, 0), ("closed", 2, 0)]
    assert told([], closes_at=MONDAY + 100 * DAY) == [("published", 1, 0)]


def test_a_delivery_is_told_in_order_with_its_numbers() -> None:
    delivery = Delivery(
        target_name="Marta Velander", target_role="Minister", how="hand", count=160, paper=7,
        delivered_at=MONDAY + DAY, received_at=MONDAY + 2 * DAY, answered_at=MONDAY + 3 * DAY,
        answer="The water stays.", answered_by="Marta Velander", received_by="Registry",
        email="office@example.org", message="Private words",
    )  # fmt: skip
    found = timeline.entries(letter(), [delivery], days(150, 160), now=MONDAY + 9 * DAY)
    kinds = [one.kind for one in found]
    assert kinds == [Kind.PUBLISHED, Kind.MILESTONE, Kind.DELIVERED, Kind.RECEIVED, Kind.ANSWERED]
    handed = found[2]
    assert (handed.count, handed.paper, handed.to) == (160, 7, "Marta Velander, Minister")
    assert found[4].answer == "The water stays."
    for secret in ("office@example.org", "Private words", "Registry"):
        assert secret not in str(found)
    delivery.answer_hidden_at = MONDAY + 4 * DAY
    hidden = timeline.entries(letter(), [delivery], [], now=MONDAY + 9 * DAY)[-1]
    assert hidden.hidden
    assert "water" not in str(hidden)


# --- On the page ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_new_letter_shows_no_timeline_yet() -> None:
    page = Page(supporter.browser().get(make.letter().get_absolute_url()))
    assert page.with_class("timeline") == []


@pytest.mark.django_db
def test_readers_see_to_whom_it_was_handed_over_and_nothing_private(
    settings: Any, tmp_path: Any
) -> None:
    settings.EXPORT_DIR = tmp_path
    made = make.letter(now=timezone.now() - DAY, by=make.organiser("otto@example.org"))
    delivery = handing.delivery(made, message="Private words", email="office@example.org")
    handing.answered(handing.received(delivery, "Registry"))
    publishing.close(letter=made, now=timezone.now())
    for path in (made.get_absolute_url(), f"/de{made.get_absolute_url()}"):
        page = Page(supporter.browser().get(path))
        [shown] = page.with_class("timeline")
        assert "Marta Velander" in " ".join(shown.itertext())
        assert page.with_class("answer")[0].text == "The water stays."
        for secret in ("office@example.org", "minister@", "otto@", "Private words", "Registry"):
            assert secret not in page.text
