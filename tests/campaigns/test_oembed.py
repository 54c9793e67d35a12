"""oEmbed 1.0: an address pasted into somebody's editor becomes the letter's count."""

import re
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from campaigns.embeds import oembed
from campaigns.models import Letter
from campaigns.services import publishing
from tests import make
from tests.parsing import Page
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db
SITE = "https://letters.example.org"


@pytest.fixture(autouse=True)
def site(settings) -> None:
    settings.SITE_URL = SITE


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", goal=1000)


def asked(client, url: str = f"{SITE}/letters/aller/", **options: str):
    return client.get("/oembed", {"url": url} | options)


def frame(html: str) -> dict[str, str]:
    assert html.count("<iframe ") == 1
    assert re.fullmatch(r"<iframe [^<>]*></iframe>", html)
    return {name: unescape(value) for name, value in re.findall(r'([a-z]+)="([^"]*)"', html)}


def test_the_answer_is_a_plain_frame_with_the_counter(client, letter):
    answer = asked(client)
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert told == {
        "version": "1.0",
        "type": "rich",
        "title": letter.title,
        "author_name": letter.sender,
        "author_url": f"{SITE}/letters/aller/",
        "provider_name": "Groundswell",
        "provider_url": f"{SITE}/",
        "cache_age": 3600,
        "width": 448,
        "height": 172,
        "html": told["html"],
        "thumbnail_url": f"{SITE}/letters/aller/card.png",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }
    assert frame(told["html"]) == {
        "src": f"{SITE}/letters/aller/embed/counter/?ref=oembed",
        "width": "448",
        "height": "172",
        "frameborder": "0",
        "title": letter.title,
    }
    assert client.get(urlsplit(frame(told["html"])["src"]).path).status_code == 200


def test_t58_any_page_may_ask_and_any_cache_may_keep_the_answer(client, letter):
    answer = asked(client)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert not answer.cookies
    path = f"/oembed?url={quote(SITE + '/letters/aller/', safe='')}"
    kept = client.get(path, headers={"If-None-Match": answer["ETag"]})
    assert kept.status_code == 304
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert client.post(path)["Allow"] == "GET, HEAD"


def test_as_xml_it_says_the_same(client, letter):
    answer = asked(client, format="xml")
    assert answer["Content-Type"].startswith("text/xml")
    root = ET.fromstring(answer.content)
    assert root.tag == "oembed"
    expected = {name: str(value) for name, value in asked(client).json().items()}
    assert {one.tag: one.text for one in root} == expected


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/letters/aller/",
        f"{SITE}/letters/aller",
        "http://letters.example.org/letters/aller/",
        "HTTPS://Letters.Example.org:443/letters/aller/",
        "letters.example.org/letters/aller/",
        "//letters.example.org/letters/aller/",
        f"{SITE}/letters/aller/signatures/?q=a#top",
        f"{SITE}/letters/aller/embed/counter/",
        f" {SITE}/letters/aller/?ref=a%20b#sign ",
    ],
)
def test_the_address_may_be_written_in_many_ways(client, letter, url):
    source = f"{SITE}/letters/aller/embed/counter/?ref=oembed"
    assert frame(asked(client, url).json()["html"])["src"] == source


def test_the_place_an_address_names_is_the_frames(client, letter):
    told = asked(client, f"{SITE}/letters/aller/?ref=Zeit&x=1#sign").json()
    assert frame(told["html"])["src"] == f"{SITE}/letters/aller/embed/counter/?ref=zeit"
    assert told["author_url"] == f"{SITE}/letters/aller/"


def test_the_language_of_the_address_is_the_frames(client, letter):
    told = asked(client, f"{SITE}/de/letters/aller/").json()
    assert frame(told["html"])["src"] == f"{SITE}/de/letters/aller/embed/counter/?ref=oembed"
    assert told["thumbnail_url"] == f"{SITE}/de/letters/aller/card.png"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "aller",
        f"{SITE}/",
        f"{SITE}/letters/",
        f"{SITE}/letters/nothing/",
        f"{SITE}/letters/draft/",
        f"{SITE}/xx/letters/aller/",
        f"{SITE}/organise/letters/aller/",
        f"{SITE}/letters/aller\0/",
        f"{SITE}/letters/äller/",
        f"{SITE}:8443/letters/aller/",
        f"{SITE}.evil.example/letters/aller/",
        "https://evil.example/letters/aller/",
        "https://letters.example.org@evil.example/letters/aller/",
        "https://evil.example\\@letters.example.org/letters/aller/",
        "https://evil@letters.example.org/letters/aller/",
        f"https://evil.example/?{SITE}/letters/aller/",
        "javascript:alert(1)//letters.example.org/letters/aller/",
        "ftp://letters.example.org/letters/aller/",
        "https://[::1/letters/aller/",
        "https://letters.example.org:port/letters/aller/",
        f"{SITE}/letters/aller/{'x' * 3000}",
    ],
)
@pytest.mark.parametrize("written", ["json", "xml"])
def test_an_address_that_names_no_letter_here_is_not_found(client, letter, url, written):
    make.letter(slug="draft", published=False)
    answer = asked(client, url, format=written)
    assert answer.status_code == 404
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_letter_taken_down_has_no_answer_any_more(client, letter):
    publishing.take_down(letter=letter, because="spam", now=timezone.now())
    answer = asked(client)
    assert answer.status_code == 404
    assert letter.title not in answer.content.decode()


def test_formats_nobody_agreed_on_are_not_implemented(client, letter):
    for written in ("yaml", "JSON ", "jsonp", "html"):
        assert asked(client, format=written).status_code == 501
    assert asked(client, format="").status_code == 200


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"maxwidth": "360"}, (360, 172)),
        ({"maxwidth": "300"}, (300, 196)),
        ({"maxwidth": "200"}, (200, 240)),
        ({"maxheight": "120"}, (448, 120)),
        ({"maxwidth": "200", "maxheight": "90"}, (200, 90)),
        ({"maxwidth": "5000", "maxheight": "5000"}, (448, 172)),
        ({"maxwidth": "0", "maxheight": "-5"}, (448, 172)),
        ({"maxwidth": "wide", "maxheight": "٣٠٠"}, (448, 172)),
        ({"maxwidth": "9" * 5000, "maxheight": "1e2"}, (448, 172)),
    ],
)
def test_the_frame_keeps_to_the_room_there_is(client, letter, limits, size):
    told = asked(client, **limits).json()
    attributes = frame(told["html"])
    assert (told["width"], told["height"]) == size
    assert (int(attributes["width"]), int(attributes["height"])) == size


def test_the_thumbnail_keeps_to_it_too_or_stays_away(client, letter):
    assert "thumbnail_url" not in asked(client, maxwidth="1199").json()
    assert "thumbnail_height" not in asked(client, maxheight="629").json()
    assert "thumbnail_url" in asked(client, maxwidth="1200", maxheight="630").json()


def test_t29_no_title_breaks_out_of_the_frame_or_the_xml(client, letter):
    for payload in [*POLYGLOTS, "a\x0bb\x1f\ufffe"]:
        title = payload.replace("\0", "")[:150]
        Letter.objects.update(title=title, sender=title)
        told = asked(client).json()
        assert told["title"] == title
        assert set(frame(told["html"])) == {"src", "width", "height", "frameborder", "title"}
        root = ET.fromstring(asked(client, format="xml").content)
        assert len(root) == len(told)
        assert not any(len(one) for one in root)


@pytest.mark.parametrize("prefix", ["", "/de"])
def test_the_letters_page_says_where_to_ask(client, letter, prefix):
    page = Page(client.get(f"{prefix}/letters/aller/"))
    for kind, written in (("application/json+oembed", "json"), ("text/xml+oembed", "xml")):
        link = page.one("link", type=kind)
        assert (link.get("rel"), link.get("title")) == ("alternate", letter.title)
        parts = urlsplit(link.get("href"))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{SITE}/oembed"
        assert parse_qs(parts.query) == {
            "url": [f"{SITE}{prefix}/letters/aller/"],
            "format": [written],
        }
        answer = client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 200
        assert f"{SITE}{prefix}/letters/aller/embed/counter/" in answer.content.decode()


def test_an_installation_on_a_port_of_its_own_is_told_by_it():
    site = "http://localhost:8000"
    found = oembed.letter_at(f"{site}/letters/aller/", site=site, languages=["de"])
    assert found == oembed.Named("aller", "")
    assert not oembed.letter_at("http://localhost/letters/aller/", site=site, languages=["de"])


def test_it_takes_one_query_and_a_foreign_address_none(client, letter, django_assert_num_queries):
    with django_assert_num_queries(1):
        asked(client)
    with django_assert_num_queries(0):
        asked(client, "https://evil.example/letters/aller/")
