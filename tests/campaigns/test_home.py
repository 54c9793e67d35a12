"""The first page: which letters it lists, in which order, and how they are found."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Letter, Tally
from campaigns.services import publishing
from campaigns.services.drafting import Addressee
from tests import make
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def titles(client: Client, address: str = "/") -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [text_of(one) for one in Page(answer).all("h3")]


def following(client: Client, address: str) -> str | None:
    found = Page(client.get(address)).all("a", rel="next")
    return str(found[0].get("href")) if found else None


def published(title: str, *, ago: int = 0, count: int = 0, **changes) -> Letter:
    letter = make.letter(title=title, now=timezone.now() - timedelta(days=ago), **changes)
    Tally.objects.filter(pk=letter.pk).update(signed=count)
    return letter


def test_open_letters_are_listed_newest_first_with_whom_they_are_to_and_from(client):
    published("Older", ago=3, count=12408)
    published("Newer", ago=1)
    assert titles(client) == ["Newer", "Older"]
    words = Page(client.get("/")).words()
    assert "To Marta Velander, Minister for Water" in words
    assert "From Friends of the Aller" in words
    assert "12,408 signatures" in words


def test_only_letters_that_can_be_signed_now_are_listed(client):
    now = timezone.now()
    published("Open")
    make.letter(title="Draft", published=False)
    publishing.pause(letter=published("Paused"))
    publishing.close(letter=published("Closed"), now=now)
    publishing.take_down(letter=published("Taken down"), because="spam", now=now)
    published("Later", opens_at=now + timedelta(days=1))
    over = published("Over", closes_at=now + timedelta(days=1))
    Letter.objects.filter(pk=over.pk).update(closes_at=now - timedelta(minutes=1))
    assert titles(client) == ["Open"]


def test_a_search_finds_titles_summaries_senders_and_targets_also_of_closed_letters(client):
    published("Water for the Aller", sender="Anglers", targets=[Addressee("Jo Ruiz", "Mayor")])
    forest = [Addressee("Ada Byron", "")]
    closed = published("Trees", summary="Plant them", sender="Foresters", targets=forest)
    publishing.close(letter=closed, now=timezone.now())
    publishing.take_down(letter=published("Water gone"), because="x", now=timezone.now())
    assert titles(client, "/?q=WATER") == ["Water for the Aller"]
    assert titles(client, "/?q=plant+foresters") == ["Trees"]
    assert titles(client, "/?q=ruiz") == titles(client, "/?q=mayor+angl") == ["Water for the Aller"]
    assert "closed" in Page(client.get("/?q=trees")).words()
    assert titles(client, "/?q=nothing") == []
    assert "No letter speaks of that." in Page(client.get("/?q=nothing")).words()
    assert titles(client, "/?q=%25") == []


@pytest.mark.parametrize("order", ["", "order=most"])
def test_pages_hold_every_letter_once_while_letters_are_published(client, order):
    """Among them letters published at the same moment and with the same count."""
    for number in range(45):
        published(f"Letter {number}", ago=number // 3, count=number // 4)
    before = set(titles(client, f"/?{order}"))
    seen = titles(client, f"/?{order}")
    address = following(client, f"/?{order}")
    while address:
        published(f"New {len(seen)}", count=999)
        page = titles(client, address)
        assert page
        seen += page
        address = following(client, address)
    assert before <= set(seen)
    assert len(seen) == len(set(seen)) == 45


def test_the_most_signed_come_first_when_asked(client):
    for title, count in (("Few", 3), ("Most", 900), ("More", 20)):
        published(title, count=count)
    assert titles(client, "/?order=most") == ["Most", "More", "Few"]


def test_odd_questions_get_the_first_page(client):
    published("Only")
    for odd in (
        "after=x",
        "after=%00",
        "order=;drop",
        "after=WyJhIiwiYiJd",
        "order=most&after=WyJhIiwiYiJd",
    ):
        assert titles(client, f"/?{odd}") == ["Only"]


def test_an_empty_installation_says_so_and_offers_to_begin(client):
    page = Page(client.get("/"))
    assert "There is no open letter here yet." in page.words()
    assert page.all("a", href="/organise/letters/new/")


def test_the_page_takes_as_many_queries_for_twenty_letters_as_for_one(
    client, django_assert_num_queries
):
    for number in range(20):
        published(f"Letter {number}")
    with django_assert_num_queries(3):
        client.get("/")


def test_the_feed_is_atom_with_the_open_letters_at_the_sites_own_address(client, settings):
    letter = published("A & B <i>water</i>", summary="1 < 2")
    publishing.close(letter=published("Closed"), now=timezone.now())
    answer = client.get("/feed.atom", headers={"X-Forwarded-Host": "evil.example"})
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert answer["Access-Control-Allow-Origin"] == "*"
    feed = ET.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}title") for one in entries] == ["A & B <i>water</i>"]
    link = entries[0].find(f"{ATOM}link")
    assert link.get("href") == f"{settings.SITE_URL}/letters/{letter.slug}/"
    assert entries[0].findtext(f"{ATOM}id") == letter.uid.urn
    assert b"evil" not in answer.content


def test_the_map_of_the_site_names_public_letters_only(client, settings):
    letter = published("Public")
    draft = make.letter(published=False)
    text = client.get("/sitemap.xml").content.decode()
    ET.fromstring(text)
    assert f"{settings.SITE_URL}/letters/{letter.slug}/" in text
    assert draft.slug not in text


def test_robots_are_kept_from_personal_links(client):
    text = client.get("/robots.txt").content.decode()
    for path in ("/confirm/", "/mine/", "/organise/", "/accounts/"):
        assert f"Disallow: {path}" in text


def test_who_to_tell_of_holes_is_said_where_the_operator_is_known(client, settings):
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.OPERATOR_EMAIL = "office@example.org"
    text = client.get("/.well-known/security.txt").content.decode()
    assert "Contact: mailto:office@example.org" in text
    assert "Expires: 2" in text
