"""Imprint, privacy and terms: the operator's words, or ours."""

import re

import pytest

pytestmark = pytest.mark.django_db

PAGES = ["imprint", "privacy", "terms"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_there_without_a_word_from_the_operator(client, name):
    page = client.get(f"/{name}/")
    assert page.status_code == 200
    assert "public" in page["Cache-Control"]
    assert not client.cookies
    for other in PAGES:
        assert f'href="/{other}/"' in page.content.decode()


def test_the_imprint_names_the_operator(client, settings):
    settings.OPERATOR_NAME = "Open Letters e. V."
    settings.OPERATOR_ADDRESS = "Weg 1\\n12345 Kesten"
    settings.OPERATOR_EMAIL = "office@example.org"
    page = client.get("/imprint/").content.decode()
    assert "Open Letters e. V." in page
    assert "Weg 1<br>12345 Kesten" in page
    assert "mailto:office@example.org" in page


def test_the_operators_markdown_replaces_our_text_safely(client, settings, tmp_path):
    settings.PAGES_DIR = tmp_path
    (tmp_path / "privacy.md").write_text("# Our data\n\nWe keep **little**.<script>x</script>\n")
    (tmp_path / "privacy.de.md").write_text("# Daten\n\nWir behalten **wenig**.\n")
    page = client.get("/privacy/").content.decode()
    assert "<h1>Our data</h1>" in page
    assert "<strong>little</strong>" in page
    assert "<script>x" not in page
    assert "<h1>Daten</h1>" in client.get("/de/privacy/").content.decode()


def test_the_privacy_text_says_what_the_settings_say(client, settings):
    settings.PENDING_DAYS, settings.VERIFICATION_HOURS, settings.EXPORT_HOURS = 11, 33, 44
    page = client.get("/privacy/").content.decode()
    for number in (11, 33, 44):
        assert re.search(rf"\b{number}\b", page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_only(client, name):
    answer = client.post(f"/{name}/")
    assert answer.status_code == 405
    assert answer["Allow"]
