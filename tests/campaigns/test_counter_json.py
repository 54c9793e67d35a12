"""embed.js and counter.json: the elements' script, and what one counter is told."""

import gzip
import re

import pytest
from django.utils import timezone

from campaigns import worded
from campaigns.models import Letter, Tally
from campaigns.services import publishing
from tests import make

pytestmark = pytest.mark.django_db
ADDRESS = "/letters/aller/embed/counter.json"
SMALL = 5_000  # bytes, compressed


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000, accent="#7a2e1f")


def test_the_script_is_small_and_its_readable_source(client, settings):
    answer = client.get("/embed.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    source = (settings.BASE_DIR / "static" / "js" / "embed.js").read_bytes()
    assert answer.content == source
    assert len(gzip.compress(source, 6, mtime=0)) < SMALL


def test_any_page_may_load_the_script_and_any_cache_keep_it(client):
    answer = client.get("/embed.js", headers={"Origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=86400"
    assert not answer.cookies
    kept = client.get("/embed.js", headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304
    assert client.head("/embed.js")["ETag"] == answer["ETag"]
    assert client.post("/embed.js").status_code == 405


def test_the_script_keeps_nothing_and_asks_nobody_else(client):
    source = client.get("/embed.js").content.decode()
    for word in ("cookie", "localStorage", "sessionStorage", "indexedDB", "eval(", "innerHTML"):
        assert word not in source
    named = set(re.findall(r"https?://([\w.]+)", source))
    assert named <= {"www.w3.org"}  # the name of the space SVG is in
    assert not re.search(r"^(?:var|let|const|class|function)\b", source, re.MULTILINE)


def test_a_counter_is_told_all_it_has_to_know_in_one_language(client, letter, settings):
    make.counted(letter)
    told = client.get(f"/de{ADDRESS}").json()
    assert told["lang"] == "de"
    assert told["languages"] == ["en", "de", "fr"]
    assert told["titled"] == {"lang": "en", "dir": "ltr"}
    words = told["words"]
    assert words["signatures"]["one"] == "Unterschrift"
    assert {words["signatures"][kind] for kind in ("zero", "two", "few", "many", "other")} == {
        "Unterschriften"
    }
    assert words["of"] == "von {goal} Unterschriften"
    assert all(words.values())
    assert told["sign"] == f"{settings.SITE_URL}/de/letters/aller/#sign"
    assert told["stream"] == f"{settings.LIVE_URL}/letters/aller/live/"
    assert told["accent"][0] == "#7a2e1f"
    assert told["curve"]["line"].startswith("M0 ")
    assert told["curve"]["viewBox"] == "0 0 300 64"


def test_it_says_all_that_count_json_says(client, letter):
    Tally.objects.update(signed=12408)
    told = client.get(ADDRESS).json()
    counted = client.get("/letters/aller/count.json").json()
    assert counted["count"] == 12408
    assert {name: told[name] for name in counted} == counted


def test_any_page_may_read_it_and_any_cache_keep_it(client, letter):
    answer = client.get(ADDRESS, headers={"Origin": "https://elsewhere.example"})
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=2, stale-while-revalidate=10"
    assert not answer.cookies
    kept = client.get(ADDRESS, headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304
    assert client.post(ADDRESS).status_code == 405


def test_every_language_of_the_site_has_its_kinds_of_numbers(settings):
    assert set(worded.PLURALS) == {code for code, _name in settings.LANGUAGES}
    assert all("other" in samples for samples in worded.PLURALS.values())


def test_a_letter_in_a_script_from_right_to_left_says_so(client):
    make.letter(slug="night-bus", language="ar")
    told = client.get("/fr/letters/night-bus/embed/counter.json").json()
    assert told["titled"] == {"lang": "ar", "dir": "rtl"}
    assert (told["lang"], told["dir"]) == ("fr", "ltr")


def test_nobody_signed_yet_is_no_curve(client, letter):
    assert client.get(ADDRESS).json()["curve"] is None


def test_a_letter_taken_down_is_said_kindly_in_the_language_asked_for(client, letter):
    publishing.take_down(letter=letter, because="It quoted somebody.", now=timezone.now())
    answer = client.get(f"/de{ADDRESS}")
    assert answer.status_code == 410
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    told = answer.json()
    assert (told["title"], told["lang"]) == ("Dieser Brief wurde entfernt", "de")
    assert told["languages"] == ["en", "de", "fr"]
    assert letter.title not in answer.content.decode()


def test_other_pages_scripts_may_read_that_there_is_no_such_letter(client):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        answer = client.get(f"/letters/{slug}/embed/counter.json")
        assert answer.status_code == 404
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Content-Type"] == "application/problem+json"
