"""A letter's stream, as a browser meets it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.services import publishing
from tests import make
from tests.live.conftest import Live, signed
from tests.live.listening import Reader

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/letters/aller/live/"


@pytest.fixture
def letter() -> Any:
    return make.letter(slug="aller")


@pytest.mark.parametrize("path", [PATH, f"/de{PATH}"])
def test_the_first_word_is_the_count_as_it_is(live: Live, letter: Any, path: str) -> None:
    signed(letter)
    with Reader(live.port, path) as reader:
        assert reader.status == 200
        assert reader.answer.headers["Content-Type"] == "text/event-stream"
        assert reader.answer.headers["Access-Control-Allow-Origin"] == "*"
        assert reader.answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in reader.answer.headers
        hello = reader.next()
        assert hello
        assert 2_000 <= hello.retry <= 7_000
        first = reader.event()
    assert first.name == "count"
    assert first.data == Client().get("/letters/aller/count.json").content.decode()


def test_a_change_arrives(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH) as reader, Reader(live.port, PATH) as other:
        assert reader.event().count == other.event().count == 0
        assert signed(letter, times=2) == 2
        assert reader.event().count == 2
        moved = other.event()
        assert moved.count == 2
        assert re.fullmatch(r"2-[0-9a-f]+", moved.id)


def test_changes_in_quick_succession_come_as_one(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH) as reader:
        reader.event()
        for _ in range(12):
            signed(letter)
        seen = [reader.event().count]
        while seen[-1] != 12:
            seen.append(reader.event().count)
    assert len(seen) < 12
    assert seen == sorted(seen)


def test_whoever_comes_back_is_not_told_again_what_it_knows(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH) as reader:
        first = reader.event()
    with Reader(live.port, PATH, Last_Event_ID=first.id) as reader:
        assert reader.next().retry
        assert not reader.next().name  # a comment
        signed(letter)
        assert reader.event().count == 1


@pytest.mark.parametrize("garbage", ["", "0", "1-", "x" * 5_000, "\xff\xfe", "0-ffffffffffff"])
def test_an_id_that_is_not_ours_gets_the_count(live: Live, letter: Any, garbage: str) -> None:
    with Reader(live.port, PATH, Last_Event_ID=garbage) as reader:
        assert reader.event().count == 0


def test_head_says_what_there_is_and_takes_no_place(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH, method="HEAD") as reader:
        assert reader.status == 200
        assert reader.answer.headers["Content-Type"] == "text/event-stream"
        assert reader.answer.read() == b""
    live.says(places=0)


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE", "PUT"])
def test_other_methods_are_told_which_there_are(live: Live, letter: Any, method: str) -> None:
    with Reader(live.port, PATH, method=method) as reader:
        assert reader.status == 405
        assert reader.answer.headers["Allow"] == "GET, HEAD"
        assert reader.problem()["status"] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/letters/nothing/live/",
        "/letters/draft/live/",
        "/letters/aller/live",
        "/letters/aller/",
        "/xx/letters/aller/live/",
        f"/letters/{'a' * 81}/live/",
        "/letters/%00/live/",
        "/",
    ],
)
def test_what_has_no_stream_is_not_found(live: Live, letter: Any, path: str) -> None:
    make.letter(slug="draft", published=False)
    with Reader(live.port, path) as reader:
        assert reader.status == 404
        assert reader.problem()["status"] == 404
        assert reader.answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", ""])
def test_a_host_that_is_not_ours_is_refused(live: Live, letter: Any, host: str) -> None:
    with Reader(live.port, PATH, Host=host) as reader:
        assert reader.status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "a-balancer.internal:8001", ""])
def test_it_says_how_it_is_under_any_name(live: Live, host: str) -> None:
    with Reader(live.port, "/healthz", Host=host) as reader:
        assert reader.status == 200


def test_a_letter_that_is_taken_down_says_so_to_all_who_listen(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH) as reader:
        reader.event()
        publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
        gone = reader.event()
        assert (gone.name, gone.data) == ("gone", "{}")
        assert reader.next() is None
    with Reader(live.port, f"/de{PATH}") as reader:
        assert reader.status == 410
        assert reader.problem()["detail"] == "A court said so."
    publishing.put_back(letter=letter)
    with Reader(live.port, PATH) as reader:
        assert reader.event().count == 0


def test_a_goal_that_is_changed_arrives_though_no_count_has_moved(live: Live, letter: Any) -> None:
    with Reader(live.port, PATH) as reader:
        reader.event()
        letter.goal = 4711
        letter.save(update_fields=["goal"])
        assert '"goal":4711' in reader.event().data
