"""What others put on their pages: the frame, the badge, the card, and the snippets to copy."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone
from PIL import Image

from campaigns.models import Letter, Tally
from campaigns.services import publishing
from signatures.models import Signature
from tests import make
from tests.parsing import Page
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000, accent="#7a2e1f")


def ancestors(answer) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer["Content-Security-Policy"])
    return found[1].strip() if found else "*"


FRAMED = ["/letters/aller/embed/counter/"]
UNFRAMED = [
    "/",
    "/letters/aller/",
    "/letters/aller/signatures/",
    "/letters/aller/changes/",
    "/letters/aller/share/",
    "/letters/aller/press/",
    "/letters/aller/count.json",
    "/letters/aller/history.json",
    "/letters/aller/history.csv",
    "/accounts/login/",
    "/organise/",
    "/letters/nothing/",
]


@pytest.mark.parametrize("path", [*FRAMED, *UNFRAMED])
def test_t43_only_the_counter_may_be_framed(client, letter, path):
    answer = client.get(path)
    if path in FRAMED:
        assert ancestors(answer) == "*"
        assert "X-Frame-Options" not in answer
    else:
        assert ancestors(answer) == "'none'"
        assert answer["X-Frame-Options"] == "DENY"


def test_t43_the_frame_takes_nothing_and_opens_the_letter_on_a_page_of_its_own(client, letter):
    page = Page(client.get("/letters/aller/embed/counter/"))
    assert not page.all("form")
    assert not page.all("button")
    assert not page.all("input")
    for link in page.all("a"):
        assert link.get("target") == "_blank"
        assert link.get("rel") == "noopener"


def test_the_frame_shows_count_goal_and_title_without_a_script(client, letter, settings):
    Tally.objects.update(signed=408)
    page = Page(client.get("/letters/aller/embed/counter/"))
    assert "408 of 1,000 signatures" in page.words()
    bar = page.one("progress")
    assert (bar.get("value"), bar.get("max")) == ("408", "1000")
    assert page.one("h1").find("a").get("href") == f"{settings.SITE_URL}/letters/aller/"
    assert page.fetched_hosts() <= {""}
    assert page.inline_code() == []
    assert len(page.text) < 2_500


def test_the_frame_names_where_its_script_asks(client, letter, settings):
    page = Page(client.get("/de/letters/aller/embed/counter/"))
    assert page.one("html").get("lang") == "de"
    place = page.one("div", class_="card")
    assert place.get("data-live") == "/letters/aller/count.json"
    assert place.get("data-stream") == f"{settings.LIVE_URL}/letters/aller/live/"
    assert page.all("span", **{"data-count": "0"})


def test_the_frame_shows_growth_and_the_goal_that_moved_up(client, letter):
    make.counted(letter)
    Tally.objects.update(signed=1_204)
    page = Page(client.get("/letters/aller/embed/counter/"))
    assert "1,204 of 2,000 signatures" in page.words()
    assert page.one("progress").get("max") == "2000"
    assert 'aria-label="How the number has grown since' in page.text


def test_the_frame_says_why_nobody_signs_now(client, letter):
    publishing.pause(letter=letter)
    assert "Signing is paused" in Page(client.get("/letters/aller/embed/counter/")).words()
    publishing.close(letter=letter, now=timezone.now())
    assert "Closed: read it" in Page(client.get("/letters/aller/embed/counter/")).words()


def test_the_badge_is_a_picture_of_the_count_for_any_page(client, letter):
    Tally.objects.update(signed=12408)
    answer = client.get("/letters/aller/badge.svg")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"].startswith("public")
    assert (
        client.get(
            "/letters/aller/badge.svg", headers={"If-None-Match": answer["ETag"]}
        ).status_code
        == 304
    )
    root = ET.fromstring(answer.content)
    assert root.get("aria-label") == "12,408 signatures"
    german = client.get("/de/letters/aller/badge.svg").content.decode()
    assert "12.408" in german


def test_the_badge_as_pixels_is_the_same_for_places_that_show_no_svg(client, letter):
    Tally.objects.update(signed=12408)
    answer = client.get("/letters/aller/badge.png")
    assert answer["Content-Type"] == "image/png"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"].startswith("public")
    image = Image.open(io.BytesIO(answer.content))
    assert image.height == 64
    assert client.get("/letters/aller/badge.png").content == answer.content
    kept = client.get("/letters/aller/badge.png", headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304
    assert client.get("/de/letters/aller/badge.png").content != answer.content
    Tally.objects.update(signed=12409)
    assert client.get("/letters/aller/badge.png").content != answer.content


def test_the_badge_as_data_is_what_shields_reads(client, letter):
    Tally.objects.update(signed=12408)
    answer = client.get("/letters/aller/badge.json")
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert answer.json() == {
        "schemaVersion": 1,
        "label": "signatures",
        "message": "12,408",
        "color": "7a2e1f",
    }
    german = client.get("/de/letters/aller/badge.json").json()
    assert (german["label"], german["message"]) == ("Unterschriften", "12.408")


def test_shields_is_told_in_its_own_way_that_a_letter_was_taken_down(client, letter):
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    answer = client.get("/letters/aller/badge.json")
    assert answer.status_code == 200  # of anything else it shows no word
    told = answer.json()
    assert (told["label"], told["isError"]) == ("taken down", True)


@pytest.mark.parametrize("name", ["badge.svg", "badge.png", "badge.json"])
def test_drafts_and_unknown_letters_have_no_badge(client, name):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        assert client.get(f"/letters/{slug}/{name}").status_code == 404


def test_the_card_is_drawn_once_for_a_count_and_a_text(client, letter):
    answer = client.get("/letters/aller/card.png")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
    again = client.get("/letters/aller/card.png")
    assert again.content == answer.content
    make.counted(letter)
    moved = client.get("/letters/aller/card.png")
    assert moved["ETag"] != answer["ETag"]
    kept = client.get("/letters/aller/card.png", headers={"If-None-Match": moved["ETag"]})
    assert kept.status_code == 304


def test_a_letter_taken_down_shows_nothing_of_itself_anywhere(client, letter):
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    assert client.get("/letters/aller/card.png").status_code == 410
    frame = client.get("/letters/aller/embed/counter/")
    assert frame.status_code == 410
    assert ancestors(frame) == "*"
    for path in ("card.png", "badge.svg", "badge.json", "badge.png", "embed/counter/"):
        assert letter.title.encode() not in client.get(f"/letters/aller/{path}").content


def test_t29_no_title_breaks_out_of_badge_frame_or_card(client, letter):
    for payload in POLYGLOTS:
        title = payload.replace("\0", "")[:150]
        Letter.objects.update(title=title)
        letter.revision.__class__.objects.update(title=title)
        root = ET.fromstring(client.get("/letters/aller/badge.svg").content)
        assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
            "svg",
            "title",
            "rect",
            "path",
            "text",
            "g",
        }
        page = Page(client.get("/letters/aller/embed/counter/"))
        assert page.inline_code() == []
        assert len(page.all("script")) == 3
        assert client.get("/letters/aller/card.png").status_code == 200


def test_nobody_signed_and_everybody_left_are_drawn_too(client, letter):
    for path in ("badge.svg", "badge.png", "badge.json", "card.png", "embed/counter/"):
        assert client.get(f"/letters/aller/{path}").status_code == 200
    signed = make.counted(letter)
    Tally.objects.update(withdrawn=1)
    assert Signature.objects.filter(pk=signed.pk).exists()
    for path in ("badge.svg", "badge.png", "badge.json", "card.png", "embed/counter/"):
        assert client.get(f"/letters/aller/{path}").status_code == 200
