"""The texts of a letter: each with its date, its hash, and what changed."""

import hashlib

import pytest
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import drafting
from tests import make
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter() -> Letter:
    return make.letter(
        slug="aller", body="Dear Minister,\n\nThe river was eleven centimetres deep.\n"
    )


def change(letter: Letter, note: str = "", **changes) -> None:
    given = {"body": letter.body, "slug": "aller"} | changes
    drafting.edit(
        letter=letter, draft=make.draft(**given), by=letter.organiser, note=note, now=timezone.now()
    )


def page_of(client, query: str = "") -> Page:
    answer = client.get(f"/letters/aller/changes/{query}")
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("public")
    return Page(answer)


def test_a_letter_that_never_changed_has_one_text(client, letter):
    page = page_of(client)
    assert [text_of(one) for one in page.all("h2")] == ["Text 1 now"]
    assert "The first text, as the letter was published." in page.words()


def test_every_change_is_shown_word_by_word_with_its_note(client, letter):
    change(letter, "Measured again.", body=letter.body.replace("eleven", "nine"))
    page = page_of(client)
    assert [text_of(one) for one in page.all("h2")] == ["Text 2 now", "Text 1"]
    assert [text_of(one) for one in page.all("del")] == ["eleven"]
    assert [text_of(one) for one in page.all("ins")] == ["nine"]
    assert "Measured again." in page.words()


def test_title_sender_and_target_are_part_of_what_is_signed(client, letter):
    change(letter, title="Another title", sender="Somebody else")
    labels = [text_of(one) for one in page_of(client).all("h3")]
    assert labels == ["Title", "From"]


def test_what_was_signed_can_be_hashed_by_the_reader(client, letter):
    page = page_of(client)
    text = "".join(page.one("pre").itertext())
    # A parser drops the line break that may follow <pre>; the canonical text begins without one.
    assert hashlib.sha256(text.encode()).hexdigest() == text_of(page.one("code"))


def test_many_texts_are_read_page_by_page(client, letter, django_assert_num_queries):
    for number in range(24):
        change(letter, title=f"Title {number}")
    with django_assert_num_queries(2):
        page = page_of(client)
    assert len(page.all("h2")) == 20
    older = page.one("nav", class_="pages").find("a").get("href")
    rest = page_of(client, older)
    assert [text_of(one) for one in rest.all("h2")][-1] == "Text 1"
    assert len(rest.all("h2")) == 5
    for odd in ("?before=x", "?before=-1", "?before=99999999999999999999"):
        assert page_of(client, odd).all("h2")


def test_t29_a_diff_holds_no_markup_of_the_letter(client, letter):
    change(letter, "<b>note</b>", body="<script>alert(1)</script>\n\n<del>x</del>\n")
    page = page_of(client)
    assert page.inline_code() == []
    assert not page.all("b", class_="")[1:]
    assert "<script>alert(1)</script>" in page.words()
