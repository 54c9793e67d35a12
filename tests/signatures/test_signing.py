"""POST /letters/<slug>/sign/: from the form to a row and a mail."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from campaigns.models import Letter
from campaigns.services import drafting, publishing
from signatures import notices, personal, tokens
from signatures.models import Signature
from signatures.services import withdrawing
from signatures.tokens import Purpose
from tests import make, supporter
from tests.flows.together import at_once
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db


def only() -> Signature:
    return Signature.objects.get()


def test_signing_makes_a_pending_signature_and_sends_one_to_the_mailbox_page() -> None:
    letter = make.letter()
    answer = supporter.sign(letter, name=" Joan   Baker ", affiliation="Nurse", updates="on")
    assert answer.status_code == 303
    page = supporter.browser().get(answer["Location"])
    assert page.status_code == 200
    assert "joan@example.org" in page.content.decode()
    row = only()
    assert (row.state, row.public, row.updates) == ("pending", True, True)
    assert (row.name, row.affiliation) == ("Joan Baker", "Nurse")
    assert personal.address_of(row) == "joan@example.org"
    assert row.revision == letter.revision


def test_a_bare_post_without_choice_withholds_the_name_and_seals_it() -> None:
    letter = make.letter()
    address = reverse("sign", args=[letter.slug])
    answer = supporter.browser().post(address, {"name": "Joan", "email": "joan@example.org"})
    assert answer.status_code == 303
    row = only()
    assert (row.public, row.updates, row.name, row.words) == (False, False, "", "")
    assert personal.person_of(row).name == "Joan"


def test_the_consent_points_at_the_notice_as_it_stood() -> None:
    letter = make.letter()
    supporter.sign(letter)
    notice = only().notice
    assert "Friends of the Aller" in notice.text
    assert "political opinion" in notice.text
    assert "public log" in notice.text
    for time in ("72 hours", "7 days", "180 days"):
        assert time in notice.text
    page = supporter.browser().get(letter.get_absolute_url()).content.decode()
    brief = notices.shown(letter, "en").brief
    assert 8 <= len(brief) < len(notice.text.splitlines()) / 2
    for line in brief:
        assert line in notice.text
        assert escape(line) in page


def test_the_page_of_the_letter_holds_a_form_that_can_be_sent_as_it_is() -> None:
    letter = make.letter(asks=["title", "affiliation", "place", "country", "comment"])
    page = supporter.browser().get(letter.get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    for field in ("name", "email", "title", "affiliation", "place", "country", "comment"):
        assert f'name="{field}"' in text
    assert not re.search(r"<input[^>]* checked", text)
    assert 'autocomplete="email"' in text
    assert not page.cookies


def test_only_what_the_letter_asks_is_stored() -> None:
    letter = make.letter(asks=["place"])
    supporter.sign(letter, place="Kesten", affiliation="Nurse", comment="Because", country="DE")
    row = only()
    assert (row.place, row.affiliation, row.comment, row.country) == ("Kesten", "", "", "")


def test_t50_extra_fields_change_nothing() -> None:
    letter = make.letter()
    supporter.sign(
        letter, state="confirmed", number="1", counted="on", count="9", seat="2", pinned="1",
        uid="0" * 32, confirmed_at="2020-01-01", id="77",
    )  # fmt: skip
    row = only()
    assert (row.state, row.number, row.counted, row.seat, row.pinned) == (
        "pending", None, False, 1, None,
    )  # fmt: skip
    assert row.uid.int
    assert row.confirmed_at is None


# --- What was typed wrong ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Write your name."),
        ("name", " \u00a0 ", "Write your name."),
        ("name", "x" * 10_000, "10000 characters"),
        ("name", "Joan\u202eBaker", ""),
        ("name", "Joan\u0000", ""),
        ("email", "", "Write your e-mail address"),
        ("email", "joan", "needs an @"),
        ("email", "joan@localhost", ""),
        ("email", "joan@[127.0.0.1]", ""),
        ("email", '"joan b"@example.org', ""),
        ("email", "joan@example.org\r\nBcc: all@example.org", ""),
        ("email", "joan@example.org\u200b", ""),
        ("affiliation", "y" * 151, "151 characters"),
        ("place", "z" * 101, "101 characters"),
        ("comment", "c" * 1001, "1001 characters"),
        ("public", "perhaps", "shown or withheld"),
    ],
)
def test_a_wrong_field_is_explained_and_everything_typed_is_kept(
    field: str, typed: str, said: str
) -> None:
    letter = make.letter()
    kept: dict[str, Any] = {
        "name": "Joan Köster", "email": "joan.k@example.org", "affiliation": "Kept affiliation",
        "place": "Kept place", "comment": "Kept comment",
    }  # fmt: skip
    answer = supporter.sign(letter, **(kept | {field: typed}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert f'href="#sign_{field}' in text  # the summary leads to the field
    for name, value in kept.items():
        if name != field:
            assert value in text
    assert not Signature.objects.exists()
    assert not OutboxMessage.objects.filter(topic="signature.asked").exists()


def test_an_international_domain_is_fine() -> None:
    supporter.sign(make.letter(), email="joan@bücher.example.org")
    assert personal.address_of(only()) == "joan@xn--bcher-kva.example.org"


def test_a_country_is_one_of_the_list() -> None:
    letter = make.letter(asks=["country"])
    assert supporter.sign(letter, country="XX").status_code == 422
    assert supporter.sign(letter, country="DE").status_code == 303
    assert only().country == "DE"


def test_the_trap_answers_like_success_and_stores_nothing() -> None:
    letter = make.letter()
    honest = supporter.sign(letter, email="otto@example.org")
    before = Signature.objects.count(), OutboxMessage.objects.count()
    trapped = supporter.sign(letter, email="sam@example.org", topic="Cheap watches")
    assert trapped.status_code == honest.status_code == 303
    assert len(trapped["Location"]) == len(honest["Location"])
    assert (Signature.objects.count(), OutboxMessage.objects.count()) == before


# --- The form's token -------------------------------------------------------------------------
def test_a_stale_token_asks_again_with_a_fresh_one_and_keeps_what_was_typed() -> None:
    letter = make.letter(now=timezone.now() - timedelta(days=30))
    with time_machine.travel(timezone.now() - timedelta(days=8), tick=False):
        old = supporter.token(letter)
    answer = supporter.sign(letter, token=old, name="Joan Kept")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Joan Kept" in text
    assert old not in text
    fresh = text.split('name="token" value="')[1].split('"')[0]
    assert supporter.sign(letter, token=fresh).status_code == 303


@pytest.mark.parametrize("how", ["forged", "foreign", "cut", "long"])
def test_a_token_that_is_not_this_letters_is_refused(how: str) -> None:
    letter, other = make.letter(), make.letter()
    wrong = {
        "forged": "A" * 40, "foreign": supporter.token(other),
        "cut": supporter.token(letter)[:-1], "long": supporter.token(letter) + "A",
    }[how]  # fmt: skip
    assert supporter.sign(letter, token=wrong).status_code == 422
    assert not Signature.objects.exists()


def test_the_token_names_the_text_that_was_read() -> None:
    otto = make.organiser()
    letter = make.letter(by=otto)
    shown = supporter.token(letter)
    changed = make.draft(body="Dear Minister,\n\nOther words.\n", slug=letter.slug)
    drafting.edit(letter=letter, draft=changed, by=otto, note="", now=timezone.now())
    letter = Letter.objects.for_page().get(pk=letter.pk)
    assert make.revision(letter).number == 2
    supporter.sign(letter, token=shown)
    assert only().revision.number == 1
    supporter.sign(letter, email="otto@example.org", token=None)
    assert Signature.objects.latest("pk").revision.number == 2


# --- T42: no cookie, and who sent it ----------------------------------------------------------
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Origin": "http://testserver"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://testserver.evil.example"}, 403),
    ],
)
def test_t42_a_post_from_another_site_is_refused(headers: dict[str, str], status: int) -> None:
    answer = supporter.sign(make.letter(), headers=headers)
    assert answer.status_code == status
    assert Signature.objects.exists() == (status == 303)


def test_t42_one_cached_page_works_for_two_people_and_sets_no_cookie() -> None:
    letter = make.letter()
    page = supporter.browser().get(letter.get_absolute_url())
    shared = page.content.decode().split('name="token" value="')[1].split('"')[0]
    for address in ("joan@example.org", "otto@example.org"):
        answer = supporter.sign(letter, email=address, token=shared)
        assert answer.status_code == 303
        assert not answer.cookies
    assert Signature.objects.count() == 2


# --- T08: nobody learns who has signed --------------------------------------------------------
def _observed(letter: Letter, address: str, *, house: int = 0) -> tuple[Any, ...]:
    """All that somebody at the form can see, and all that the database was asked."""
    with CaptureQueriesContext(connection) as asked:
        client = supporter.browser(REMOTE_ADDR=f"198.18.{house}.7")
        answer = supporter.sign(letter, client=client, email=address, name="Sam")
    page = supporter.browser().get(answer["Location"])
    kinds = [query["sql"].split(" ", 2)[0] for query in asked.captured_queries]
    sealed = answer["Location"].split("/")[-2]
    body = page.content.decode().replace(sealed, "").replace(address, "")
    headers = sorted(name for name, _ in answer.items())
    return answer.status_code, len(answer["Location"]), answer.content, headers, body, kinds


def test_t08_known_and_unknown_addresses_look_the_same() -> None:
    letter = make.letter()
    _observed(letter, "warm@example.org")  # the notice is stored with the first signature
    for n in range(200):
        known, unknown = f"known{n:03}@example.org", f"other{n:03}@example.org"
        match n % 3:
            case 0:
                make.confirmed(letter, email=known)
            case 1:
                make.counted(letter, email=known)
            case 2:
                make.pending(letter, email=known)
        with time_machine.travel(make.noon(), tick=False):  # the page counts seconds
            observed = _observed(letter, known, house=n)
            assert observed == _observed(letter, unknown, house=n)


def test_t08_who_has_signed_is_told_by_mail_only() -> None:
    letter = make.letter()
    make.counted(letter, email="joan@example.org")
    supporter.new_mails()
    supporter.sign(letter)
    [told] = supporter.new_mails()
    assert told.to == ["joan@example.org"]
    assert "already" in told.subject
    assert Signature.objects.get().state == "confirmed"


def test_signing_again_while_pending_replaces_what_was_typed_and_ends_the_older_link() -> None:
    letter = make.letter()
    supporter.sign(letter, name="Jaon Baker")
    [first] = supporter.new_mails()
    supporter.sign(letter, name="Joan Baker")
    [second] = supporter.new_mails()
    assert only().name == "Joan Baker"
    assert supporter.browser().get(supporter.link(first)).status_code == 409
    assert supporter.press(supporter.link(second)).status_code == 303


# --- JSON -------------------------------------------------------------------------------------
def post_json(letter: Letter, body: Any) -> Any:
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    return supporter.browser().post(
        reverse("sign", args=[letter.slug]), raw, content_type="application/json"
    )


def test_json_in_json_out() -> None:
    letter = make.letter()
    answer = post_json(letter, {"name": "Joan", "email": "joan@example.org", "public": True})
    assert answer.status_code == 202
    assert supporter.browser().get(answer.json()["sent"]).status_code == 200
    assert only().public


def test_json_errors_name_the_fields() -> None:
    answer = post_json(make.letter(), {"name": "", "email": "joan"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert set(problem["errors"]) == {"name", "email"}


@pytest.mark.parametrize(
    "body",
    [
        " ", "{", "[]", "1", '"x"', "null", "[" * 30_000, '{"a":' * 10_000,
        '{"name": {"first": "Joan"}}', '{"name": ["Joan"]}', '{"name": 5}', b"\xff\xfe",
        json.dumps({f"field{n}": "x" for n in range(101)}),
    ],
)  # fmt: skip
def test_t51_json_that_is_not_a_flat_object_is_refused(body: str | bytes) -> None:
    answer = post_json(make.letter(), body)
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


# --- T51: too much ----------------------------------------------------------------------------
def test_t51_a_body_of_fifty_megabytes_is_refused_unread() -> None:
    class Untouched:
        def read(self, *_: Any) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    letter = make.letter()
    environ: Any = {"CONTENT_LENGTH": "50000000", "wsgi.input": Untouched()}
    answer = Client().generic(
        "POST",
        reverse("sign", args=[letter.slug]),
        content_type="application/x-www-form-urlencoded",
        **environ,
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "64001", "1e9", "99999999999999999999"])
def test_t51_strange_lengths_are_refused(length: str) -> None:
    letter = make.letter()
    answer = Client().generic("POST", reverse("sign", args=[letter.slug]), CONTENT_LENGTH=length)
    assert answer.status_code in {400, 413}


def test_t51_a_chunked_body_of_unknown_length_is_refused() -> None:
    letter = make.letter()
    answer = Client().generic(
        "POST",
        reverse("sign", args=[letter.slug]),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 411
    assert not Signature.objects.exists()


def test_t51_too_many_fields_are_refused() -> None:
    letter = make.letter()
    many = {f"field{n}": "x" for n in range(101)}
    for body in (many, {"file": "x"} | many):
        answer = supporter.browser().post(reverse("sign", args=[letter.slug]), body)
        assert answer.status_code == 400
    assert not Signature.objects.exists()


# --- Letters that take no signature -----------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_other_methods_are_refused(method: str) -> None:
    answer = getattr(supporter.browser(), method)(reverse("sign", args=[make.letter().slug]))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_unknown_and_unpublished_letters_are_not_there() -> None:
    draft = make.letter(published=False)
    client = supporter.browser()
    for slug in ("no-such-letter", draft.slug):
        assert client.post(reverse("sign", args=[slug]), {"name": "Joan"}).status_code == 404


def test_a_paused_letter_keeps_what_was_typed() -> None:
    letter = make.letter()
    publishing.pause(letter=letter)
    answer = supporter.sign(letter, name="Joan Kept", email="joan.kept@example.org")
    text = answer.content.decode()
    assert answer.status_code == 409
    for kept in ("paused", "Joan Kept", "joan.kept@example.org"):
        assert kept in text
    assert not Signature.objects.exists()


def test_a_closed_letter_says_so() -> None:
    letter = make.letter()
    publishing.close(letter=letter, now=timezone.now())
    answer = supporter.sign(letter)
    assert answer.status_code == 409
    assert "closed" in answer.content.decode()


def test_a_letter_whose_time_is_over_or_has_not_come_takes_nothing() -> None:
    now = timezone.now()
    over = make.letter(now=now - timedelta(days=9), closes_at=now - timedelta(seconds=1))
    early = make.letter(opens_at=now + timedelta(hours=1))
    assert supporter.sign(over).status_code == 409
    answer = supporter.sign(early)
    assert answer.status_code == 409
    assert "not begun" in answer.content.decode()
    assert not Signature.objects.exists()


def test_a_letter_that_was_taken_down_takes_nothing() -> None:
    letter = make.letter()
    publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
    assert supporter.sign(letter).status_code == 410
    assert post_json(letter, {"name": "Joan"}).status_code == 410


# --- The page after it ------------------------------------------------------------------------
def test_the_page_after_signing_is_kept_by_nobody_and_opens_for_its_letter_only() -> None:
    letter, other = make.letter(), make.letter()
    path = supporter.sign(letter)["Location"]
    page = supporter.browser().get(path)
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page["X-Robots-Tag"]
    assert not page.cookies
    elsewhere = path.replace(letter.slug, other.slug)
    assert supporter.browser().get(elsewhere).status_code == 404
    assert supporter.browser().get(path[:-3] + "A/").status_code == 404
    assert supporter.browser().post(path).status_code == 405


def test_the_reader_of_another_language_stays_in_it() -> None:
    letter = make.letter()
    answer = supporter.browser().post(
        "/de" + reverse("sign", args=[letter.slug]), supporter.form(letter, language="de")
    )
    assert answer["Location"].startswith("/de/letters/")
    assert only().language == "de"


def test_where_somebody_came_from_is_read_from_our_own_page() -> None:
    letter = make.letter()
    own = f"http://testserver{letter.get_absolute_url()}?ref=newsletter-3"
    supporter.sign(letter, email="a@example.org", headers={"Referer": own})
    foreign = "https://evil.example/?ref=them"
    supporter.sign(letter, email="b@example.org", headers={"Referer": foreign})
    odd = "http://testserver/[?ref=<script>"
    supporter.sign(letter, email="c@example.org", headers={"Referer": odd})
    refs = Signature.objects.order_by("pk").values_list("ref", flat=True)
    assert list(refs) == ["newsletter-3", "", ""]


def test_t49_ids_in_addresses_are_random() -> None:
    letter = make.letter()
    uids = [make.pending(letter).uid for _ in range(20)]
    first_bytes = {uid.bytes[:4] for uid in uids}
    assert len(first_bytes) == 20
    token = tokens.make(tokens.Purpose.CONFIRM, uids[0], generation=0, at=timezone.now())
    assert len(token) == 60


# --- Two people, one mailbox ------------------------------------------------------------------
def test_whoever_signs_again_keeps_their_seat_when_the_other_one_is_free_again() -> None:
    letter = make.letter(seats=2)
    first = make.counted(letter, name="Joan Baker", email="home@example.org")
    second = make.counted(letter, name="Otto Baker", email="home@example.org")
    assert (first.seat, second.seat) == (1, 2)
    withdrawing.withdraw(uid=first.uid, now=timezone.now())
    again = make.pending(letter, name="otto  BAKER", email="home@example.org")
    assert again == second
    third = make.pending(letter, name="Mira Baker", email="home@example.org")
    assert (third.state, Signature.objects.filter(letter=letter).count()) == ("confirmed", 3)
    new = Signature.objects.exclude(pk__in=[first.pk, second.pk]).get()
    assert (new.seat, new.name, new.state) == (1, "Mira Baker", "pending")


@pytest.mark.django_db(transaction=True)
def test_a_second_person_who_presses_many_times_at_once_takes_one_seat() -> None:
    letter = make.letter(seats=2)
    make.counted(letter, name="Joan Baker", email="home@example.org")
    make.notice()

    results = at_once(
        6, lambda _: make.pending(letter, name="Otto Baker", email="home@example.org")
    )
    assert not [one for one in results if isinstance(one, Exception)]
    assert sorted(Signature.objects.values_list("name", "seat")) == [
        ("Joan Baker", 1),
        ("Otto Baker", 2),
    ]


@pytest.mark.parametrize("origin", ["http://[foo", "http://[::1", "//", "x"])
def test_an_origin_no_browser_writes_is_foreign(origin: str) -> None:
    letter = make.letter()
    address = reverse("sign", args=[letter.slug])
    answer = supporter.browser().post(address, supporter.form(letter), HTTP_ORIGIN=origin)
    assert answer.status_code == 403


def test_a_letter_taken_down_is_not_named_where_signers_come_back_to() -> None:
    letter = make.letter(title="A false claim about somebody", sender="The accusers")
    sent = supporter.sign(letter)["Location"]
    signature = make.counted(letter)
    mine = tokens.make(Purpose.MINE, signature.uid, generation=0, at=timezone.now())
    publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
    browser = supporter.browser()
    answers = [supporter.sign(letter), browser.get(sent), browser.get(reverse("mine", args=[mine]))]
    assert [answer.status_code for answer in answers] == [410, 410, 200]
    for answer in answers:
        assert b"false claim" not in answer.content
        assert b"The accusers" not in answer.content
