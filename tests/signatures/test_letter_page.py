"""The letter's page: what stands on it, for whom, and that it is the same for everybody."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from campaigns.models import GrowthHour, Letter
from campaigns.services import drafting, publishing
from campaigns.services.drafting import Addressee
from signatures.models import Signature
from tests import make
from tests.parsing import Page, text_of
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db

PUBLIC = (
    "/",
    "/?q=river",
    "/letters/aller/",
    "/de/letters/aller/",
    "/letters/aller/signatures/",
    "/letters/aller/signatures/?order=name&q=joan",
    "/letters/aller/changes/",
    "/letters/aller/share/",
    "/letters/aller/count.json",
    "/letters/aller/badge.svg",
    "/letters/aller/card.png",
    "/letters/aller/embed/counter/",
    "/letters/nothing/",
    "/accent/0b5563.css",
    "/feed.atom",
    "/sitemap.xml",
    "/robots.txt",
)
HTML = [path for path in PUBLIC if path.endswith("/") or "?" in path]
ODD_HEADERS = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-Port": "8443"},
    {"X-Forwarded-Prefix": "/evil"},
    {"X-Forwarded-Scheme": "nothttps"},
    {"X-Original-URL": "/admin/"},
    {"X-Rewrite-URL": "/admin/"},
    {"X-Host": "evil.example"},
    {"X-Real-IP": "203.0.113.9"},
    {"X-HTTP-Method-Override": "POST"},
    {"X-Forwarded-Server": "evil.example"},
    {"Forwarded": "host=evil.example;proto=https"},
    {"Via": "1.1 evil.example"},
    {"Origin": "https://evil.example"},
    {"Referer": "https://evil.example/?ref=x"},
    {"Accept-Language": "de"},
    {"Accept-Language": "xx-evil"},
    {"Accept": "application/json"},
    {"Accept": "text/html;q=0.1"},
    {"User-Agent": "<script>alert(1)</script>"},
    {"Cookie": "session=somebody; csrf=else"},
    {"Cookie": "django_language=de; messages=x"},
    {"Authorization": "Basic am9hbjpqb2Fu"},
    {"X-Requested-With": "XMLHttpRequest"},
    {"Cache-Control": "no-cache"},
    {"Range": "bytes=0-9"},
    {"Sec-Fetch-Site": "cross-site"},
    {"X-Language": "de"},
    {"Save-Data": "on"},
]


@pytest.fixture
def letter() -> Letter:
    made = make.letter(slug="aller", accent="#4f3797")
    make.counted(made, name="Joan Baker", affiliation="Nurse", place="Kesten")
    return Letter.objects.for_page().get(pk=made.pk)


def page_of(client: Client, path: str = "/letters/aller/", status: int = 200) -> Page:
    answer = client.get(path)
    assert answer.status_code == status
    return Page(answer)


def test_the_page_shows_the_letter_its_people_and_its_count(client, letter):
    page = page_of(client)
    assert text_of(page.one("h1")) == letter.title
    words = page.words()
    assert "An open letter to Marta Velander, Minister for Water" in words
    assert "From Friends of the Aller" in words
    assert "Forty years ago children learned to swim below the weir." in words
    assert "Joan Baker" in words
    assert "Nurse · Kesten" in words
    assert "goal 1,000" in words
    assert page.all("form", method="post")[0].get("action").startswith("/letters/aller/sign/")


def test_the_page_says_how_many_withhold_their_names(client, letter):
    make.counted(letter, name="Hidden Person", public=False)
    make.counted(letter, name="Another One", public=False)
    words = page_of(client).words()
    assert "All 3 signatories" in words
    assert "2 of them with names withheld" in words
    assert "Hidden Person" not in words


def test_initial_signatories_come_first_in_their_order(client, letter):
    for place, name in ((2, "Ada Second"), (1, "Zoe First")):
        signed = make.counted(letter, name=name)
        Signature.objects.filter(pk=signed.pk).update(pinned=place)
    names = [text_of(one) for one in page_of(client).one("ul", class_="names").iter("b")]
    assert names == ["Zoe First", "Ada Second", "Joan Baker"]


def test_the_curve_and_the_last_hour_are_drawn_from_the_hours(client, letter):
    hour = int(timezone.now().timestamp()) // 3600
    GrowthHour.objects.update_or_create(letter=letter, hour=hour, defaults={"signed": 82})
    page = page_of(client)
    assert page.with_class("wave")[0].get("role") == "img"
    assert "82 in the last hour" in page.words()


def test_a_changed_letter_names_its_text_and_links_to_what_changed(client, letter):
    draft = make.draft(title="Give all rivers their water back")
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=timezone.now())
    page = page_of(client)
    assert "Text 2 · what changed" in page.words()
    assert text_of(page.one("h1")) == "Give all rivers their water back"
    assert page.all("a", href="/letters/aller/changes/")


@pytest.mark.parametrize(
    ("state", "said"),
    [("paused", "Signing is paused"), ("closed", "This letter is closed")],
)
def test_a_letter_that_takes_no_signatures_says_why_and_has_no_form(client, letter, state, said):
    if state == "paused":
        publishing.pause(letter=letter)
    else:
        publishing.close(letter=letter, now=timezone.now())
    page = page_of(client)
    assert said in page.words()
    assert not page.all("form", method="post")
    assert not page.with_class("thumb")


def test_a_letter_that_opens_later_says_when(client):
    opens = datetime(2999, 5, 1, 9, 30, tzinfo=UTC)
    make.letter(slug="later", opens_at=opens, zone="Europe/Berlin")
    page = page_of(client, "/letters/later/")
    assert "The form opens on 1 May 2999, 11:30 (Europe/Berlin)." in page.words()
    assert not page.all("form", method="post")


def test_the_form_shuts_at_closing_time_though_links_still_count(client):
    now = timezone.now()
    made = make.letter(slug="over", now=now - timedelta(days=2), closes_at=now + timedelta(hours=1))
    Letter.objects.filter(pk=made.pk).update(closes_at=now - timedelta(minutes=1))
    page = page_of(client, "/letters/over/")
    assert "This letter is closed" in page.words()
    assert not page.all("form", method="post")


def test_a_letter_taken_down_is_gone_with_its_reason_and_without_its_text(client, letter):
    reason = "It showed a judge’s <b>address</b>."
    publishing.take_down(letter=letter, because=reason, now=timezone.now())
    for path in ("", "signatures/", "changes/", "share/"):
        page = page_of(client, f"/letters/aller/{path}", status=410)
        assert reason in page.words()
        assert letter.title not in page.text
        assert "Joan Baker" not in page.text


def test_drafts_and_unknown_letters_are_not_there(client):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        for path in (
            "",
            "signatures/",
            "changes/",
            "share/",
            "count.json",
            "badge.svg",
            "card.png",
        ):
            assert client.get(f"/letters/{slug}/{path}").status_code == 404


def test_the_page_takes_few_queries_however_many_signed(client, letter, django_assert_num_queries):
    for serial in range(15):
        make.counted(letter, name=f"Person {serial}")
    with django_assert_num_queries(7):
        client.get("/letters/aller/")


def test_t10_no_page_makes_a_browser_ask_anybody_else(client, letter):
    for path in HTML:
        page = Page(client.get(path))
        assert page.fetched_hosts() <= {""}, path
        assert page.inline_code() == [], path


def test_t42_the_page_is_shared_and_its_form_works_for_two_people(client, letter):
    answer = client.get("/letters/aller/")
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert "Cookie" not in answer.get("Vary", "")
    assert "csrf" not in answer.content.decode().lower()
    token = Page(answer).one("input", name="token").get("value")
    for person in ("ada", "bea"):
        fields = {"name": person, "email": f"{person}@example.org", "public": "on", "token": token}
        assert Client().post("/letters/aller/sign/", fields).status_code == 303
    assert Signature.objects.filter(letter=letter, state="pending").count() == 2


@pytest.mark.once
@pytest.mark.parametrize("path", PUBLIC)
def test_t46_public_answers_carry_no_cookie_and_read_none(client, letter, path):
    answer = client.get(path)
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    if answer.status_code == 200:
        assert answer["Cache-Control"].startswith("public")
    logged_in = Client()
    logged_in.force_login(letter.organiser)
    again = logged_in.get(path)
    assert not again.cookies
    assert again.content == answer.content or answer.status_code == 404


def test_what_one_person_typed_is_kept_by_nobody(client, letter):
    answer = client.post("/letters/aller/sign/", {"name": "", "email": "joan@"})
    assert answer.status_code == 422
    assert answer["Cache-Control"] == "no-store"
    assert "ETag" not in answer
    assert "joan@" in answer.content.decode()


@pytest.mark.once
@pytest.mark.parametrize(
    "path", ["/letters/aller/", "/", "/letters/aller/count.json", "/feed.atom"]
)
def test_t44_no_header_changes_a_shared_page(client, letter, path):
    with time_machine.travel(timezone.now(), tick=False):
        clean = client.get(path)
        assert len(ODD_HEADERS) == 30
        for headers in ODD_HEADERS:
            client.get(path, headers=headers)
            after = client.get(path)
            assert after.content == clean.content
            assert after["ETag"] == clean["ETag"]
        foreign = client.get(path, headers={"Host": "evil.example"})
        assert foreign.status_code == 400
        assert "evil.example" not in clean.content.decode()


def test_the_page_is_not_sent_twice_while_nothing_changes(client, letter):
    first = client.get("/letters/aller/")
    again = client.get("/letters/aller/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert again["Cache-Control"] == first["Cache-Control"]
    make.counted(letter, name="Someone New")
    assert (
        client.get("/letters/aller/", headers={"If-None-Match": first["ETag"]}).status_code == 200
    )


@pytest.mark.parametrize("path", PUBLIC)
def test_every_address_answers_head_and_refuses_other_methods(client, letter, path):
    got = client.get(path)
    head = client.head(path)
    assert head.status_code == got.status_code
    assert not head.content
    if got.status_code == 200:
        for method in ("post", "put", "delete", "patch"):
            refused = getattr(client, method)(path)
            assert refused.status_code == 405
            assert set(refused["Allow"].split(", ")) == {"GET", "HEAD"}


def test_t29_no_text_becomes_markup_on_the_page(client):
    """Cleaning refuses much of this; a page must hold even if it came in another way."""
    made = make.letter(slug="aller")
    make.counted(made, title="Dr.", affiliation="Nurse", place="Kesten", comment="Yes")
    before = page_of(client).tags()
    for payload in POLYGLOTS:
        shown = payload.replace("\0", "")
        Letter.objects.filter(pk=made.pk).update(title=shown[:150])
        made.revision.__class__.objects.filter(pk=made.revision.pk).update(
            title=shown[:150],
            sender=shown[:150],
            summary=shown[:300],
            targets=[{"name": shown, "role": shown}],
        )
        Signature.objects.filter(letter=made).update(
            name=shown[:100],
            affiliation=shown[:150],
            place=shown[:100],
            comment=shown,
            title=shown[:60],
        )
        for path in ("", "signatures/", "share/", "embed/counter/"):
            page = page_of(client, f"/letters/aller/{path}")
            assert page.inline_code() == [], payload
            if path == "":
                assert page.tags() == before, payload
        data = json.loads(page_of(client).one("script", type="application/ld+json").text)
        assert data["name"] == shown[:150]


def test_search_engines_and_link_previews_are_told_what_it_is(client, letter, settings):
    page = page_of(client)
    site = settings.SITE_URL
    meta = {one.get("property") or one.get("name"): one.get("content") for one in page.all("meta")}
    assert meta["og:title"] == letter.title
    assert meta["og:image"] == f"{site}/letters/aller/card.png"
    assert meta["twitter:card"] == "summary_large_image"
    assert page.one("link", rel="canonical").get("href") == f"{site}/letters/aller/"
    languages = {one.get("hreflang"): one.get("href") for one in page.all("link", rel="alternate")}
    assert languages["de"] == f"{site}/de/letters/aller/"
    assert languages["x-default"] == f"{site}/letters/aller/"
    data = json.loads(page.one("script", type="application/ld+json").text)
    assert data["@type"] == "CreativeWork"
    assert data["interactionStatistic"]["userInteractionCount"] == 1


def test_the_page_speaks_the_letters_language_and_the_addresss_before_it(client):
    make.letter(slug="fluss", language="de", title="Gebt dem Fluss sein Wasser")
    assert page_of(client, "/letters/fluss/").one("html").get("lang") == "de"
    prefixed = page_of(client, "/fr/letters/fluss/")
    assert prefixed.one("html").get("lang") == "fr"
    assert prefixed.one("h1").get("lang") == "de"
    assert (
        prefixed.all("form", method="post")[0].get("action").startswith("/fr/letters/fluss/sign/")
    )


def test_a_letter_in_a_language_the_pages_do_not_speak_keeps_its_own_direction(client):
    make.letter(
        slug="nahr",
        language="ar",
        title="أعيدوا إلى النهر ماءه",
        targets=[Addressee("مريم العلي", "وزيرة المياه")],
    )
    page = page_of(client, "/letters/nahr/")
    assert page.one("html").get("lang") == "en"
    text = next(one for one in page.with_class("text"))
    assert (text.get("lang"), text.get("dir")) == ("ar", "rtl")


def test_the_letters_colour_comes_as_a_file_of_its_own(client, letter):
    sheet = next(
        one
        for one in page_of(client).all("link", rel="stylesheet")
        if "/accent/" in one.get("href")
    )
    answer = client.get(sheet.get("href"))
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]
    assert b"--accent" in answer.content
    for wrong in ("zzzzzz", "ffffff", "0b55631", "%22"):
        assert client.get(f"/accent/{wrong}.css").status_code == 404
