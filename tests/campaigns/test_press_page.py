"""The page for those who write about a letter."""

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import GrowthHour, Letter, Tally
from campaigns.services import publishing
from tests import make
from tests.parsing import Page, text_of
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db
ADDRESS = "/letters/aller/press/"
NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000, now=NINE, zone="Europe/Berlin")


def grow(letter: Letter, days: int) -> None:
    first = int(NINE.timestamp()) // 3600
    for day in range(days):
        GrowthHour.objects.create(letter=letter, hour=first + 24 * day, signed=10, cancelled=1)
    Tally.objects.filter(pk=letter.pk).update(signed=10 * days, withdrawn=days, moved_at=NINE)


def opened(client, path: str = ADDRESS) -> Page:
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer)


def rows_of(table: Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in table.iter("tr")]


def test_it_says_the_number_and_when_it_was_so(client, letter, settings):
    Tally.objects.filter(pk=letter.pk).update(signed=12408, paper=31)
    with time_machine.travel(datetime(2026, 5, 9, 10, 57, 40, tzinfo=UTC), tick=False):
        page = opened(client)
    assert "12,408 signatures as of 9 May 2026, 12:57 (Europe/Berlin)" in page.words()
    assert "31 more on paper" in page.words()
    assert page.one("time").get("datetime") == "2026-05-09T10:57:00+00:00"
    quote = text_of(page.one("textarea", id="sentence"))
    assert letter.title in quote
    assert "had 12,408 signatures on 9 May 2026, 12:57 (Europe/Berlin)" in quote
    assert quote.endswith(f"{settings.SITE_URL}/letters/aller/")


def test_it_says_how_the_number_was_made_and_the_parts_add_up(client, letter):
    Tally.objects.filter(pk=letter.pk).update(signed=500, withdrawn=7, invalidated=3)
    assert rows_of(opened(client).all("table")[0]) == [
        ["Confirmed by e-mail", "500"],
        ["Withdrawn by those who signed", "−7"],
        ["Removed by a rule", "−3"],
        ["Signatures", "490"],
    ]


def test_the_history_stands_there_in_numbers_too_the_newest_first(client, letter):
    grow(letter, 40)
    page = opened(client)
    assert page.with_class("wave")
    rows = rows_of(page.all("table")[1])[1:]
    assert len(rows) == 31
    assert rows[0] == ["12 June 2026", "10", "1", "360"]
    assert "Those before are in the files below." in page.words()
    hrefs = {link.get("href") for link in page.all("a")}
    for name in ("history.csv", "history.json", "count.json", "card.png", "badge.png"):
        path = f"/letters/aller/{name}"
        assert path in hrefs
        assert client.get(path).status_code == 200


def test_a_letter_nobody_signed_has_no_curve(client, letter):
    page = opened(client)
    assert len(page.all("table")) == 1
    assert not page.with_class("wave")
    assert "Nobody has signed yet" in page.words()


def test_the_snippets_are_those_of_the_share_page(client, letter):
    share = Page(client.get("/letters/aller/share/"))
    press = opened(client)
    for name in ("counter", "sign", "counter-frame", "badge"):
        assert press.one("textarea", id=name).text == share.one("textarea", id=name).text


def test_letter_and_share_page_lead_to_it_in_their_language(client, letter):
    for path in ("/letters/aller/", "/letters/aller/share/"):
        for prefix in ("", "/de"):
            hrefs = [link.get("href") for link in Page(client.get(prefix + path)).all("a")]
            assert f"{prefix}{ADDRESS}" in hrefs, prefix + path


def test_anybody_may_keep_it_and_it_loads_nothing_from_elsewhere(client, letter):
    answer = client.get(ADDRESS)
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert "ETag" in answer
    assert not answer.cookies
    page = Page(answer)
    assert page.fetched_hosts() <= {""}
    assert page.inline_code() == []


def test_drafts_and_unknown_letters_have_none_and_one_taken_down_says_why(client, letter):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        assert client.get(f"/letters/{slug}/press/").status_code == 404
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    answer = client.get(ADDRESS)
    assert answer.status_code == 410
    assert letter.title not in answer.content.decode()


def test_t29_a_title_is_text_on_it(client, letter):
    for payload in POLYGLOTS:
        title = payload.replace("\0", "")[:150]
        letter.revision.__class__.objects.update(title=title)
        page = opened(client)
        assert page.inline_code() == []
        assert len(page.all("script")) == 2
        assert len(page.all("textarea")) == 5


def test_it_takes_as_many_queries_with_a_long_history_as_with_none(
    client, letter, django_assert_num_queries
):
    with django_assert_num_queries(2):
        client.get(ADDRESS)
    grow(letter, 60)
    with time_machine.travel(NINE + timedelta(days=70)), django_assert_num_queries(2) as asked:
        client.get(ADDRESS)
    assert not any("signatures_signature" in query["sql"] for query in asked.captured_queries)
