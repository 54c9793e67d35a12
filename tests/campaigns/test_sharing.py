"""Passing a letter on: links with a mark for each place, and snippets that work as they are."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import html5lib
import pytest
from django.conf import settings
from django.test import Client

from campaigns import sharing
from campaigns.models import Letter
from tests import make
from tests.parsing import Page, text_of
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db
SHARE = "/letters/aller/share/"
HTML = {
    "counter": "groundswell-counter",
    "sign": "groundswell-sign",
    "counter-frame": "iframe",
    "sign-frame": "iframe",
    "badge": "img",
    "badge-png": "img",
    "card": "img",
}
PLAIN = {"link", "oembed", "shields", "data"}


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", title="“Water” & <b>Aller</b>")


def offered(client: Client, path: str = SHARE) -> dict[str, str]:
    """What there is to copy, by name."""
    return {one.get("id"): one.text for one in Page(client.get(path)).all("textarea")}


def parsed(snippet: str) -> Any:
    return html5lib.parse(snippet, namespaceHTMLElements=False)


def addresses(snippet: str) -> list[str]:
    return [
        one.get(name)
        for one in parsed(snippet).iter()
        for name in ("src", "href", "letter")
        if one.get(name)
    ]


def ref_of(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("ref", [""])[0]


def test_every_snippet_parses_names_the_letter_and_loads(client, letter):
    found = offered(client)
    assert set(found) == set(HTML) | PLAIN
    for name, tag in HTML.items():
        [element] = parsed(found[name]).iter(tag)
        named = element.get("title") or element.get("alt") or text_of(element)
        assert letter.title in named, name
        assert not list(parsed(found[name]).iter("b"))
        for address in addresses(found[name]):
            assert address.startswith(f"{settings.SITE_URL}/")
            assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200, address
    for name in ("link", "oembed", "data"):
        assert client.get(found[name].removeprefix(settings.SITE_URL)).status_code == 200


def test_pages_without_scripts_show_a_link_in_an_elements_place(client, letter):
    found = offered(client)
    for name in ("counter", "sign"):
        [link] = parsed(found[name]).iter("a")
        assert text_of(link) == letter.title
        assert link.get("href") == f"{settings.SITE_URL}/letters/aller/?ref={name}"


def test_shields_finds_the_badge_as_data(client, letter):
    shield = offered(client)["shields"]
    picture = shield.split("](")[1].split(")")[0]
    endpoint = parse_qs(urlsplit(picture).query)["url"][0]
    assert endpoint == f"{settings.SITE_URL}/letters/aller/badge.json"
    assert client.get(endpoint.removeprefix(settings.SITE_URL)).json()["schemaVersion"] == 1


def test_the_pasted_address_is_one_that_oembed_knows(client, letter):
    for path in (SHARE, f"{SHARE}?ref=zeit", f"/de{SHARE}"):
        pasted = offered(client, path)["oembed"]
        assert client.get("/oembed", {"url": pasted}).json()["type"] == "rich"


def test_each_place_has_its_own_mark_and_the_plain_link_none(client, letter):
    found = offered(client)
    assert ref_of(found["link"]) == ""
    marks = {name: {ref_of(one) for one in addresses(found[name])} - {""} for name in HTML}
    assert marks == {name: {name} for name in HTML} | {"badge-png": {"badge"}}
    page = Page(client.get(SHARE))
    hrefs = {text_of(one): one.get("href") for one in page.one("ul", class_="links").iter("a")}
    assert set(hrefs) == {"E-mail", "WhatsApp", "Telegram", "Bluesky", "Mastodon", "X"}
    for name, mark in {"E-mail": "mail", "WhatsApp": "whatsapp", "Mastodon": "mastodon"}.items():
        assert unquote(hrefs[name]).endswith(f"/letters/aller/?ref={mark}")
    assert all("%26%20%3Cb%3E" in href for href in hrefs.values())


def test_the_place_that_is_named_goes_into_every_snippet(client, letter):
    found = offered(client, f"{SHARE}?ref=Die+Zeit")
    for name in set(HTML) - {"counter", "sign"}:
        linking = [one for one in addresses(found[name]) if "/letters/aller/" in one]
        assert "die-zeit" in {ref_of(one) for one in linking}, name
    for name in ("counter", "sign"):
        [element] = parsed(found[name]).iter(HTML[name])
        assert element.get("ref") == "die-zeit"
    assert ref_of(found["link"]) == ref_of(found["oembed"]) == "die-zeit"
    assert found["shields"].endswith("/letters/aller/?ref=die-zeit)")
    page = Page(client.get(f"{SHARE}?ref=Die+Zeit"))
    assert page.one("input", name="ref").get("value") == "die-zeit"


def test_a_place_that_cannot_be_written_is_explained(client, letter):
    page = Page(client.get(SHARE, {"ref": "🌳"}))
    assert "letters from A to Z" in page.words()
    assert page.one("input", name="ref").get("aria-invalid") == "true"
    assert "letters from A to Z" not in Page(client.get(SHARE)).words()
    assert offered(client, f"{SHARE}?ref=%F0%9F%8C%B3") == offered(client)


def test_the_snippets_speak_the_language_of_the_page(client, letter):
    for name, snippet in offered(client, f"/de{SHARE}").items():
        if name in HTML:
            shown = [one for one in addresses(snippet) if "/letters/" in one]
            assert all(one.startswith(f"{settings.SITE_URL}/de/letters/") for one in shown), name


def test_everything_but_the_badge_of_others_is_shown_as_it_will_be(client, letter):
    page = Page(client.get(SHARE))
    assert page.one("groundswell-counter").get("letter") == "/letters/aller/"
    assert page.one("groundswell-sign").get("letter") == "/letters/aller/"
    framed = [urlsplit(one.get("src")).path for one in page.all("iframe")]
    assert framed == ["/letters/aller/embed/counter/", "/letters/aller/embed/sign/"]
    assert all(one.get("title") for one in page.all("iframe"))
    pictures = {urlsplit(one.get("src")).path.rpartition("/")[2] for one in page.all("img")}
    assert pictures == {"badge.svg", "badge.png", "card.png"}
    assert page.fetched_hosts() <= {""}
    assert page.inline_code() == []


def test_without_a_script_there_is_no_button_that_does_nothing(client, letter):
    buttons = [one for one in Page(client.get(SHARE)).all("button") if one.get("data-copy")]
    assert {one.get("data-copy") for one in buttons} == set(HTML) | PLAIN
    assert all(one.get("hidden") is not None for one in buttons)


def test_t29_no_title_and_no_place_breaks_out_of_a_snippet(client, letter):
    for payload in POLYGLOTS:
        shown = payload.replace("\0", "")
        Letter.objects.update(title=shown[:150])
        page = Page(client.get(SHARE, {"ref": shown}))
        assert page.inline_code() == []
        for name, snippet in {one.get("id"): one.text for one in page.all("textarea")}.items():
            if name in HTML:
                tags = {one.tag for one in parsed(snippet).iter()} - {"html", "head", "body"}
                assert tags <= {"script", "a", HTML[name]}, payload
                assert all(one.startswith(settings.SITE_URL) for one in addresses(snippet))


def test_the_panel_asks_the_database_as_little_as_before(client, letter, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(f"{SHARE}?ref=zeit")


def test_the_press_gets_the_ones_for_articles(letter):
    assert tuple(one.name for one in sharing.for_press(letter)) == sharing.PRESS
