"""Signing in a frame on somebody else's page: small pages, the same verb, never by one click."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import publishing
from signatures import codes
from signatures.models import Signature
from tests import make, supporter
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db
FRAME = "/letters/aller/embed/sign/"
SENT = f"{FRAME}sent/"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", accent="#7a2e1f")


def may_be_framed(answer: Any) -> bool:
    policy = answer["Content-Security-Policy"]
    return "X-Frame-Options" not in answer and "frame-ancestors" not in policy


def send(letter: Letter, *, to: str = FRAME, headers: Any = None, **changes: Any) -> Any:
    return supporter.browser().post(to, supporter.form(letter, **changes), headers=headers)


def test_the_frame_shows_what_is_signed_and_the_whole_letter(client: Client, letter: Letter):
    page = Page(client.get(FRAME))
    assert text_of(page.one("h1")) == letter.title
    words = page.words()
    assert "An open letter to Marta Velander, Minister for Water" in words
    assert letter.summary in words
    whole = page.with_class("whole")[0]
    assert "Forty years ago children learned to swim below the weir." in text_of(whole)
    assert page.one("span", **{"data-count": "0"}) is not None


def test_the_frame_is_one_page_for_everybody_whatever_its_query(client: Client, letter: Letter):
    answer = client.get(FRAME)
    assert answer["Cache-Control"].startswith("public, max-age=")
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies
    for query in ("?ref=zeit", "?name=Joan&email=joan@example.org", "?x[]=1&ref=%00"):
        assert client.get(FRAME + query).content == answer.content
    page = Page(answer)
    assert page.fetched_hosts() <= {""}
    assert page.inline_code() == []
    assert client.get(FRAME, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_frame_leads_to_the_letter_in_a_tab_of_its_own(
    client: Client, letter: Letter, settings
):
    for link in Page(client.get(FRAME)).all("a"):
        assert link.get("target") == "_blank"
        assert link.get("rel") == "noopener"
        assert link.get("href").startswith(settings.SITE_URL)


def test_the_frame_speaks_the_language_of_its_address(client: Client, letter: Letter):
    page = Page(client.get(f"/de{FRAME}"))
    assert page.one("html").get("lang") == "de"
    assert page.one("form").get("action") == f"/de{FRAME}#errors"
    answer = send(letter, to=f"/de{FRAME}", language="de")
    assert answer["Location"].startswith(f"/de{SENT}")
    assert answer["Location"].endswith("/#sent")
    assert Signature.objects.get().language == "de"


def test_signing_in_the_frame_sends_the_mail_whose_button_counts(letter: Letter):
    answer = send(letter)
    assert (answer.status_code, answer["Location"][: len(SENT)]) == (303, SENT)
    assert Signature.objects.get().state == "pending"
    [sent] = supporter.new_mails()
    assert supporter.press(supporter.link(sent)).status_code == 303
    assert Signature.objects.get().state == "confirmed"


def test_the_page_after_it_names_no_address_and_is_the_same_for_all(client: Client, letter: Letter):
    before = client.get(SENT)
    sent = send(letter)["Location"]
    after = client.get(SENT)
    assert before.content == after.content
    assert after["Cache-Control"].startswith("public")
    own = client.get(sent)
    assert own["Cache-Control"] == "no-store"
    for page in (after, own):
        assert "joan" not in page.content.decode()
        assert may_be_framed(page)


def test_what_follows_is_answered_in_a_tab_of_its_own(client: Client, letter, settings):
    """An address, or a signer's own page, would be seen by whoever looks at the page around."""
    sent = send(letter)["Location"].partition("#")[0]
    page = Page(client.get(sent))
    form = page.one("form")
    assert (form.get("target"), form.get("rel")) == ("_blank", "noopener")
    path = form.get("action").removeprefix(settings.SITE_URL).partition("#")[0]
    assert path.startswith(f"/letters/{letter.slug}/sent/")
    [row] = Signature.objects.all()
    typed = {"press": "code", "code": codes.of(row.uid, row.generation)}
    answer = supporter.browser().post(path, typed)
    assert answer["Location"].startswith("/mine/")
    waiting = client.get(path.removesuffix("code/"))
    assert "joan@example.org" in waiting.content.decode()
    assert not may_be_framed(waiting)
    assert client.get(sent[:-3] + "A/").status_code == 404


def test_every_answer_brings_its_beginning_into_view(client: Client, letter: Letter):
    """The button is at the end of a tall frame; browsers scroll the page around to a fragment."""
    path, _, fragment = send(letter)["Location"].partition("#")
    pages = [(Page(client.get(path)), fragment)]
    pages += [(Page(send(letter, name="")), "errors")]
    pages += [(Page(send(letter, headers={"Origin": "null"})), "errors")]
    pages += [(Page(send(letter, comment="x" * 64_001)), "errors")]
    publishing.pause(letter=letter)
    pages += [(Page(send(letter)), "errors")]
    publishing.take_down(letter=letter, because="", now=timezone.now())
    pages += [(Page(send(letter)), "errors")]
    for page, name in pages:
        assert len([one for one in page.root.iter() if one.get("id") == name]) == 1


def test_what_is_wrong_is_said_in_the_frame_and_everything_typed_is_kept(letter: Letter):
    answer = send(letter, email="joan at example.org", affiliation="Nurse", comment="Shade!")
    assert answer.status_code == 422
    assert may_be_framed(answer)
    assert answer["Cache-Control"] == "no-store"
    page = Page(answer)
    assert page.one("form").get("action") == f"{FRAME}#errors"
    assert page.one("input", name="affiliation").get("value") == "Nurse"
    assert page.one("input", name="email").get("value") == "joan at example.org"
    assert page.one("textarea").text.strip() == "Shade!"
    assert not page.with_class("bar")  # it is still the small page
    assert not Signature.objects.exists()


def test_too_often_is_said_in_the_frame_with_everything_kept(letter: Letter, settings):
    settings.SIGNING_LIMITS = "1/h/ip"
    send(letter)
    answer = send(letter, email="otto@example.org", name="Otto Brandt")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert may_be_framed(answer)
    assert Page(answer).one("input", name="name").get("value") == "Otto Brandt"


def test_a_letter_paused_meanwhile_keeps_what_was_typed(letter: Letter):
    publishing.pause(letter=letter)
    answer = send(letter)
    assert answer.status_code == 409
    assert may_be_framed(answer)
    page = Page(answer)
    assert "Signing is paused at the moment." in page.words()
    assert page.one("form").get("action") == f"{FRAME}#errors"
    assert page.one("input", name="name").get("value") == "Joan Baker"


def test_a_letter_closed_meanwhile_says_so_and_leads_to_it(letter: Letter):
    publishing.close(letter=letter, now=timezone.now())
    answer = send(letter)
    assert answer.status_code == 409
    assert may_be_framed(answer)
    assert "This letter is closed" in Page(answer).words()
    assert not Page(answer).all("form")


@pytest.mark.parametrize("path", [FRAME, SENT])
def test_a_letter_taken_down_is_gone_from_the_frame(client: Client, letter: Letter, path: str):
    publishing.take_down(letter=letter, because="It showed <b>an address</b>.", now=timezone.now())
    answer = client.get(path)
    assert answer.status_code == 410
    assert may_be_framed(answer)
    words = Page(answer).words()
    assert "It showed <b>an address</b>." in words
    assert letter.title not in answer.content.decode()
    if path == FRAME:
        refused = send(letter)
        assert refused.status_code == 410
        assert may_be_framed(refused)
        assert letter.title not in refused.content.decode()


@pytest.mark.parametrize(
    ("state", "said"), [("paused", "Signing is paused"), ("closed", "This letter is closed")]
)
def test_a_shut_letter_says_why_and_has_no_form(client: Client, letter: Letter, state, said):
    if state == "paused":
        publishing.pause(letter=letter)
    else:
        publishing.close(letter=letter, now=timezone.now())
    page = Page(client.get(FRAME))
    assert said in page.words()
    assert not page.all("form")


def test_a_letter_that_opens_later_says_when(client: Client):
    opens = datetime(2999, 5, 1, 9, 30, tzinfo=UTC)
    make.letter(slug="aller", opens_at=opens, zone="Europe/Berlin")
    page = Page(client.get(FRAME))
    assert "The form opens on 1 May 2999, 11:30 (Europe/Berlin)." in page.words()
    assert not page.all("form")


def test_drafts_and_unknown_letters_are_not_there_and_the_frame_says_so(client: Client):
    make.letter(slug="draft", published=False)
    for slug in ("draft", "nothing"):
        for path in (f"/letters/{slug}/embed/sign/", f"/letters/{slug}/embed/sign/sent/"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert may_be_framed(answer)
            assert not Page(answer).with_class("bar")


def test_what_is_too_large_or_too_much_is_refused_in_the_frame(letter: Letter):
    large = send(letter, comment="x" * 64_001)
    many = send(letter, **{f"field{number}": "x" for number in range(101)})
    assert [large.status_code, many.status_code] == [413, 400]
    for answer in (large, many):
        assert may_be_framed(answer)
        assert not Page(answer).with_class("bar")
    assert not Signature.objects.exists()


def test_other_methods_are_told_which_there_are(client: Client, letter: Letter):
    for method in ("put", "delete", "patch"):
        answer = getattr(client, method)(FRAME)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
        assert may_be_framed(answer)
    assert client.post(SENT).status_code == 405
    head = client.head(FRAME)
    assert (head.status_code, head.content) == (200, b"")


# --- T42, T43 ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        # What Chromium sends from a frame on another site, with and without a sandbox.
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({}, 303),
    ],
)
def test_t42_the_frame_takes_only_what_it_sent_itself(
    letter: Letter, headers: dict[str, str], status: int, settings
):
    answer = send(letter, headers=headers)
    assert answer.status_code == status
    assert Signature.objects.exists() == (status == 303)
    if status == 403:
        assert may_be_framed(answer)
        [link] = Page(answer).one("main").iter("a")
        assert link.get("href") == f"{settings.SITE_URL}/letters/aller/#sign"
        assert (
            text_of(link) == f"{settings.SITE_URL}/letters/aller/"
        )  # to copy, where links are off


def test_t43_no_click_in_the_frame_signs(client: Client, letter: Letter):
    """Name and address are typed, nothing is ticked for anybody, and the mail's button decides."""
    page = Page(client.get(f"{FRAME}?name=Joan&email=joan@example.org&public=on"))
    typed = {one.get("name"): one for one in page.all("input") if one.get("type") != "hidden"}
    for name in ("name", "email"):
        assert not typed[name].get("value")
        assert typed[name].get("required") is not None
    assert not [one for one in page.all("input") if one.get("checked") is not None]
    bare = supporter.browser().post(FRAME, {"token": supporter.token(letter)})
    assert bare.status_code == 422
    send(letter)
    assert not Signature.objects.exclude(state="pending").exists()
    assert Letter.objects.for_page().get(pk=letter.pk).tally.count == 0


def test_t43_only_pages_below_embed_may_be_framed(client: Client, letter: Letter):
    for path in ("/letters/aller/", "/letters/embed/", "/embed/", "/letters/aller/sign/"):
        answer = client.get(path)
        assert not may_be_framed(answer), path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    wrong = supporter.sign(letter, name="")
    assert not may_be_framed(wrong)


def test_t46_what_the_frame_answers_carries_no_cookie(letter: Letter):
    for answer in (send(letter), send(letter, name=""), send(letter, headers={"Origin": "null"})):
        assert not answer.cookies


def test_t08_in_the_frame_known_and_unknown_addresses_look_the_same(letter: Letter):
    make.counted(letter, email="known@example.org")
    known, unknown = (send(letter, email=f"{who}@example.org") for who in ("known", "nobody"))
    assert (known.status_code, len(known["Location"]), known.content) == (
        unknown.status_code, len(unknown["Location"]), unknown.content,
    )  # fmt: skip


def test_a_token_of_the_frame_holds_as_long_as_the_letters(client: Client, letter: Letter):
    shown = Page(client.get(FRAME)).one("input", name="token").get("value")
    assert send(letter, token=shown).status_code == 303
    stale = send(letter, token="A" * 40, email="otto@example.org", name="Otto Kept")
    assert stale.status_code == 422
    fresh = re.findall(r'name="token" value="([^"]+)"', stale.content.decode())[0]
    assert send(letter, token=fresh, email="otto@example.org").status_code == 303


def test_the_form_shuts_at_closing_time(client: Client):
    now = timezone.now()
    made = make.letter(slug="aller", now=now - timedelta(days=2), closes_at=now + timedelta(days=1))
    assert Page(client.get(FRAME)).all("form")
    Letter.objects.filter(pk=made.pk).update(closes_at=now - timedelta(minutes=1))
    assert not Page(client.get(FRAME)).all("form")
