"""count.json: the promise other people's pages rely on."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Letter, Tally
from campaigns.services import publishing
from tests import make

pytestmark = pytest.mark.django_db
ADDRESS = "/letters/aller/count.json"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000)


def test_it_holds_exactly_the_promised_keys(client, letter, settings):
    make.counted(letter)
    Tally.objects.filter(pk=letter.pk).update(paper=312)
    answer = client.get(ADDRESS)
    assert answer["Content-Type"] == "application/json"
    data = answer.json()
    told = ("letter", "title", "url", "count", "paper", "goal", "reached", "state", "as_of")
    assert tuple(data) == told
    as_of = Tally.objects.get(pk=letter.pk).moved_at
    assert as_of is not None
    assert data == {
        "letter": "aller",
        "title": letter.title,
        "url": f"{settings.SITE_URL}/letters/aller/",
        "count": 1,
        "paper": 312,
        "goal": 1000,
        "reached": None,
        "state": "open",
        "as_of": as_of.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def test_any_page_may_read_it_and_any_cache_keep_it(client, letter):
    answer = client.get(ADDRESS, headers={"Origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert "stale-while-revalidate=" in answer["Cache-Control"]
    assert "Vary" not in answer
    assert not answer.cookies


def test_while_the_count_stands_still_it_is_the_same_bytes_and_not_sent_again(client, letter):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = client.get(ADDRESS)
        clock.shift(timedelta(hours=5))
        again = client.get(ADDRESS)
        assert again.content == first.content
        kept = client.get(ADDRESS, headers={"If-None-Match": first["ETag"]})
        assert kept.status_code == 304
        assert kept["Access-Control-Allow-Origin"] == "*"
        assert kept["Cache-Control"] == first["Cache-Control"]
    make.counted(letter)
    moved = client.get(ADDRESS, headers={"If-None-Match": first["ETag"]})
    assert moved.status_code == 200
    assert moved.json()["count"] == 1


def test_it_moves_with_the_sequencer_and_not_before(client, letter):
    make.confirmed(letter)
    assert client.get(ADDRESS).json()["count"] == 0
    make.counted(letter)
    assert client.get(ADDRESS).json()["count"] == 2


def test_the_state_is_what_readers_can_do(client, letter):
    def state() -> str:
        return str(client.get(ADDRESS).json()["state"])

    publishing.pause(letter=letter)
    assert state() == "paused"
    publishing.resume(letter=letter)
    now = timezone.now()
    Letter.objects.filter(pk=letter.pk).update(opens_at=now + timedelta(hours=1))
    assert state() == "upcoming"
    Letter.objects.filter(pk=letter.pk).update(opens_at=None, closes_at=now - timedelta(hours=1))
    assert state() == "closed"


def test_a_letter_without_goal_has_none(client):
    make.letter(slug="aller", goal=None)
    data = client.get(ADDRESS).json()
    assert data["goal"] is data["reached"] is None


def test_a_goal_that_is_reached_moves_up_until_the_letter_is_closed(client, letter):
    Tally.objects.filter(pk=letter.pk).update(signed=1204)
    data = client.get(ADDRESS).json()
    assert (data["goal"], data["reached"]) == (2000, 1000)
    assert Letter.objects.get(pk=letter.pk).goal == 1000, "the organiser's own stays"
    publishing.close(letter=letter, now=timezone.now())
    data = client.get(ADDRESS).json()
    assert (data["goal"], data["reached"], data["state"]) == (1000, 1000, "closed")


def test_unknown_and_unpublished_letters_have_none(client):
    make.letter(slug="draft", published=False)
    assert client.get("/letters/draft/count.json").status_code == 404
    assert client.get("/letters/nothing/count.json").status_code == 404


def test_a_letter_taken_down_is_gone_and_says_so_to_programs(client, letter):
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    answer = client.get(ADDRESS)
    assert answer.status_code == 410
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert letter.title not in answer.content.decode()


def test_t29_a_title_is_text_in_json(client, letter):
    Letter.objects.update(title='</script><b>"\\ \u2028')
    assert json.loads(client.get(ADDRESS).content)["title"] == '</script><b>"\\ \u2028'


def test_it_takes_one_query(client, letter, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(ADDRESS)
