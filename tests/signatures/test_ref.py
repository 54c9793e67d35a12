"""`?ref=`: which place led somebody to sign, and what the organiser sees of it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import refs
from campaigns.models import Letter
from signatures import places
from signatures.models import Signature
from signatures.services import erasing, sequencing, withdrawing
from tests import make, supporter
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller")


def came(letter: Letter, referer: str, *, to: str = "/letters/aller/sign/", **changes: Any) -> str:
    """What is kept of somebody who signs on that page."""
    answer = supporter.browser().post(
        to, supporter.form(letter, **changes), headers={"Referer": referer}
    )
    assert answer.status_code == 303
    return str(Signature.objects.latest("pk").ref)


@pytest.mark.parametrize(
    ("page", "to"),
    [
        ("/letters/aller/?ref=zeit", "/letters/aller/sign/"),
        ("/de/letters/aller/?ref=zeit", "/de/letters/aller/sign/"),
        ("/letters/aller/?utm_source=x&ref=zeit#sign", "/letters/aller/sign/"),
        ("/letters/aller/embed/sign/?ref=zeit", "/letters/aller/embed/sign/"),
        ("/fr/letters/aller/embed/sign/?ref=zeit", "/fr/letters/aller/embed/sign/"),
        ("/letters/aller/?ref=ZEIT", "/letters/aller/sign/"),
    ],
)
def test_the_place_is_read_from_our_own_page(letter: Letter, page: str, to: str):
    assert came(letter, HERE + page, to=to) == "zeit"


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/?ref=them",
        f"{HERE}/letters/aller/",
        f"{HERE}/letters/aller/?ref=",
        f"{HERE}/letters/aller/?ref={'x' * 65}",
        f"{HERE}/letters/aller/?ref=%00",
        f"{HERE}/letters/aller/?ref=<script>",
        f"{HERE}/letters/aller/?ref=joan@example.org",
        f"{HERE}/letters/aller/?ref=caf%C3%A9",
        f"{HERE}/letters/aller/?ref=zeit%0A",
        f"{HERE}/letters/aller/?ref[]=zeit",
        f"{HERE}/letters/aller/?" + "&".join(f"a{number}=1" for number in range(30)),
        "http://[testserver/?ref=zeit",
        "http://testserver:99999999/?ref=zeit",
        "\x7f",
    ],
)
def test_anything_else_is_no_place_and_never_an_error(letter: Letter, referer: str):
    assert came(letter, referer) == ""


def test_the_longest_mark_fits(letter: Letter):
    assert came(letter, f"{HERE}/letters/aller/?ref={'x' * 64}") == "x" * 64


@pytest.mark.parametrize("where", ["/letters/aller/sign/", "/letters/aller/embed/sign/"])
def test_the_place_outlives_a_form_that_comes_back(letter: Letter, where: str):
    """Without JavaScript: the page that comes back stands at the form's address."""
    browser, to = supporter.browser(), where
    for page in (f"{where.removesuffix('sign/')}?ref=zeit", where):
        headers = {"Referer": HERE + page}
        again = browser.post(to, supporter.form(letter, name=""), headers=headers)
        assert again.status_code == 422
        to = Page(again).one("form").get("action").removesuffix("#errors")
        assert to == f"{where}?ref=zeit"
    assert came(letter, HERE + where, to=to) == "zeit"


def test_the_place_goes_along_to_whoever_signs_once_more_in_the_frame(letter: Letter):
    headers = {"Referer": f"{HERE}/letters/aller/embed/sign/?ref=zeit"}
    browser = supporter.browser()
    answer = browser.post("/letters/aller/embed/sign/", supporter.form(letter), headers=headers)
    assert answer["Location"].startswith("/letters/aller/embed/sign/sent/")
    assert answer["Location"].endswith("/?ref=zeit#sent")
    page = Page(browser.get("/letters/aller/embed/sign/sent/?ref=zeit"))
    assert page.one("a", href="/letters/aller/embed/sign/").get("data-onward") is not None
    assert any("onward" in script.get("src") for script in page.all("script"))


def test_a_letter_paused_meanwhile_keeps_the_place_too(letter: Letter):
    Letter.objects.filter(pk=letter.pk).update(state="paused")
    headers = {"Referer": f"{HERE}/letters/aller/?ref=zeit"}
    for where in ("/letters/aller/sign/", "/letters/aller/embed/sign/"):
        answer = supporter.browser().post(where, supporter.form(letter), headers=headers)
        assert answer.status_code == 409
        assert Page(answer).one("form").get("action") == f"{where}?ref=zeit#errors"


def test_the_page_itself_is_the_same_whatever_the_place(client: Client, letter: Letter, settings):
    for path in ("/letters/aller/", "/de/letters/aller/", "/letters/aller/embed/sign/"):
        assert client.get(f"{path}?ref=zeit").content == client.get(path).content
    page = Page(client.get("/letters/aller/?ref=zeit"))
    clean = f"{settings.SITE_URL}/letters/aller/"
    assert page.one("link", rel="canonical").get("href") == clean
    assert page.one("meta", property="og:url").get("content") == clean


def test_programs_name_a_place_in_the_address(letter: Letter):
    answer = supporter.browser().post(
        "/letters/aller/sign/?ref=app",
        {"name": "Joan", "email": "joan@example.org"},
        content_type="application/json",
    )
    assert answer.status_code == 202
    assert Signature.objects.get().ref == "app"


@pytest.mark.parametrize(
    ("place", "mark"),
    [
        ("zeit", "zeit"),
        ("Süddeutsche Zeitung", "suddeutsche-zeitung"),
        ("  Our newsletter, no. 3 ", "our-newsletter-no.-3"),
        ("<script>", "script"),
        ("🌳", ""),
        ("", ""),
        ("x" * 10_000, "x" * 64),
    ],
)
def test_a_place_as_people_write_it_becomes_a_mark(place: str, mark: str):
    assert refs.named(place) == mark
    assert refs.first([mark]) == mark


# --- The desk ---------------------------------------------------------------------------------
def signed_by(letter: Letter, *marks: str) -> None:
    for mark in marks:
        make.confirmed(letter, ref=mark)
    sequencing.sequence(now=timezone.now())


def found(letter: Letter) -> places.Places:
    return places.of(Letter.objects.for_page().get(pk=letter.pk))


def test_confirmed_signatures_are_counted_by_place_the_largest_first(letter: Letter):
    signed_by(letter, "zeit", "mail", "zeit", "", "zeit", "mail", "")
    make.pending(letter, ref="zeit")
    make.counted(make.letter(), ref="elsewhere")
    shown = found(letter)
    assert [(one.ref, one.count) for one in shown.largest] == [("zeit", 3), ("mail", 2)]
    assert (shown.others.count, shown.unmarked.count) == (0, 2)
    assert shown.largest[0].share == pytest.approx(42.86)


def test_ten_places_are_named_and_the_smaller_ones_taken_together(letter: Letter):
    signed_by(letter, "a", "a", *"bcdefghijkl", "")
    shown = found(letter)
    assert len(shown.largest) == places.LARGEST
    assert (shown.largest[0].ref, shown.others.count, shown.unmarked.count) == ("a", 2, 1)


def test_who_withdraws_or_is_erased_leaves_the_place(letter: Letter):
    signed_by(letter, "zeit", "zeit", "zeit")
    one, other, _ = Signature.objects.order_by("pk")
    withdrawing.withdraw(uid=one.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    erasing.erase(uid=other.uid, now=timezone.now())
    shown = found(letter)
    assert [(place.ref, place.count) for place in shown.largest] == [("zeit", 1)]
    assert shown.unmarked.count == 1


def test_the_places_take_one_statement_and_its_own_index(letter: Letter):
    signed_by(letter, "zeit", "mail")
    letter = Letter.objects.for_page().get(pk=letter.pk)
    with CaptureQueriesContext(connection) as asked:
        places.of(letter)
    [statement] = asked.captured_queries
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement['sql'].replace('> ', chr(62) + ' ')}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "signature_place" in plan


def test_the_place_stays_when_an_address_is_corrected(letter: Letter):
    headers = {"Referer": f"{HERE}/letters/aller/?ref=zeit"}
    page = supporter.sign(letter, email="joan@gmial.com", headers=headers)["Location"]
    typed = {"press": "address", "email": "joan@gmail.com"}
    supporter.browser().post(f"{page}address/", typed)
    kept = Signature.objects.order_by("pk").values_list("ref", flat=True)
    assert list(kept) == ["", "zeit"]


def test_the_desk_says_where_they_came_from(letter: Letter):
    client = Client()
    client.force_login(letter.organiser)
    before = Page(client.get("/organise/letters/aller/"))
    assert "Nobody has signed by a link with a mark yet." in before.words()
    signed_by(letter, "zeit", "zeit", "mail", "")
    page = Page(client.get("/organise/letters/aller/"))
    _funnel, section = page.with_class("places")
    rows = [[text_of(cell) for cell in row][:2] for row in section.iter("tr")]
    assert rows[1:] == [["zeit", "2"], ["mail", "1"], ["Directly, or unknown", "1"]]
    assert page.inline_code() == []
