"""The address of a letter's stream on the main port: it leads on, or says that there is none."""

import pytest
from django.utils import timezone

from campaigns.services import publishing
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter():
    return make.letter(slug="aller")


@pytest.mark.parametrize("prefix", ["", "/de"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_it_leads_to_where_streams_are(client, letter, settings, prefix, method):
    settings.LIVE_URL = "https://live.example"
    answer = getattr(client, method)(f"{prefix}/letters/aller/live/?x=1")
    assert answer.status_code == 307
    assert answer["Location"] == f"https://live.example{prefix}/letters/aller/live/"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies


def test_it_says_that_there_is_none_where_the_proxy_forgot_it(client, letter, settings):
    settings.LIVE_URL = settings.SITE_URL
    answer = client.get("/letters/aller/live/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_a_letter_that_was_taken_down_has_none_and_says_why(client, letter):
    publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
    answer = client.get("/letters/aller/live/")
    assert answer.status_code == 410
    assert answer.json()["detail"] == "A court said so."
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_drafts_and_made_up_letters_have_none(client):
    make.letter(slug="draft", published=False)
    assert client.get("/letters/draft/live/").status_code == 404
    assert client.get("/letters/nothing/live/").status_code == 404


def test_it_takes_nothing(client, letter):
    answer = client.post("/letters/aller/live/")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
