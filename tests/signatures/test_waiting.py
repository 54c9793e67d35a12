"""Where somebody waits for our mail: another one, another address, or its code typed there."""

import re
import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import drafting, publishing
from signatures import codes, limits, mailbox, personal, tokens
from signatures.models import Erasure, Signature, Slip
from signatures.services import (
    coding,
    denying,
    erasing,
    forgetting,
    recalling,
    reminding,
    sequencing,
    suppressing,
    sweeping,
    withdrawing,
)
from tests import make, supporter
from tests.flows.together import at_once
from tests.parsing import Page
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db

MINUTE = timedelta(seconds=limits.AGAIN)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(make.noon(), tick=False) as travelled:
        yield travelled


def waiting(letter: Letter, **fields: Any) -> str:
    """The page one comes to from the form."""
    answer = supporter.sign(letter, **fields)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def press(page: str, name: str, **fields: Any) -> Any:
    return supporter.browser().post(f"{page}{name}/", {"press": name} | fields)


def of(email: str) -> Signature:
    digest = mailbox.installation_digest(mailbox.parse(email))
    return Signature.objects.get(mailbox_anywhere=digest)


def code_of(signature: Signature) -> str:
    return codes.of(signature.uid, signature.generation)


def wrong(signature: Signature) -> str:
    return f"{(int(code_of(signature)) + 1) % 10**6:06}"


# --- Another mail -------------------------------------------------------------------------------
def test_another_mail_comes_a_minute_later_and_changes_nothing_typed(clock: Any) -> None:
    page = waiting(make.letter(), name="Joan Baker")
    [first] = supporter.new_mails()
    before = of("joan@example.org")
    clock.shift(MINUTE)
    answer = press(page, "again")
    assert answer.status_code == 303
    assert answer["Location"] != page
    [second] = supporter.new_mails()
    assert second.to == ["joan@example.org"]
    after = of("joan@example.org")
    assert (after.generation, after.name, after.mails) == (before.generation, "Joan Baker", 2)
    assert supporter.press(supporter.link(first)).status_code == 303  # older mails keep working


def test_too_soon_the_page_says_when(clock: Any) -> None:
    page = waiting(make.letter())
    supporter.new_mails()
    shown = supporter.browser().get(page).content.decode()
    assert "another mail in <span>60</span> seconds" in shown
    clock.shift(timedelta(seconds=20))
    early = press(page, "again")
    assert (early.status_code, early["Retry-After"]) == (429, "40")
    assert "joan@example.org" in early.content.decode()
    assert "1 minute" in early.content.decode()
    assert not supporter.new_mails()
    clock.shift(timedelta(seconds=40))
    assert "another mail in" not in supporter.browser().get(page).content.decode()
    assert press(page, "again").status_code == 303


def test_an_older_page_of_the_same_address_waits_with_the_newer_ones(clock: Any) -> None:
    page = waiting(make.letter())
    clock.shift(MINUTE)
    newer = press(page, "again")["Location"]
    for known in (page, newer):
        answer = press(known, "again")
        assert (answer.status_code, answer["Retry-After"] in {"60", "61"}) == (429, True)


def test_the_page_after_it_says_that_a_mail_may_have_left_again(clock: Any) -> None:
    page = waiting(make.letter())
    assert b"once more, unless" not in supporter.browser().get(page).content
    clock.shift(MINUTE)
    after = supporter.browser().get(press(page, "again")["Location"])
    assert "We have written to <b" in after.content.decode()
    assert b"once more, unless" in after.content


def test_who_has_signed_is_told_by_mail_that_they_have(clock: Any) -> None:
    letter = make.letter()
    make.counted(letter, email="joan@example.org")
    page = waiting(letter)
    supporter.new_mails()
    clock.shift(MINUTE)
    assert press(page, "again").status_code == 303
    [told] = supporter.new_mails()
    assert "already" in told.subject


def test_t06_resending_and_correcting_never_go_beyond_the_caps(
    clock: Any, soak: bool, settings: Any
) -> None:
    """Every way there is, tried again and again by somebody whom the limits do not see."""
    settings.SIGNING_LIMITS = "10000/h/ip"
    letter = make.letter(now=timezone.now() - timedelta(days=1))
    victim, own, mails = "victim@example.org", "own{}@example.org", 0
    days = 5
    for day in range(days):
        today = 0
        for n in range(40 if soak else 8):
            make_anew = f"{day}-{n}"
            if n % 4 < 2:
                page = supporter.sign(letter, email=victim)["Location"]
            else:
                page = supporter.sign(letter, email=own.format(make_anew))["Location"]
                page = press(page, "address", email=victim).headers.get("Location", page)
            if n % 4 == 1:  # signed and taken back, so that its row can be made anew
                press(page, "address", email=own.format(f"b{make_anew}"))
            clock.shift(MINUTE)
            press(page, "again")
            if n % 4 == 3:
                today += len([one for one in supporter.new_mails() if one.to == [victim]])
        assert today <= 3
        mails += today
        clock.shift(timedelta(days=1))
    assert mails <= 5
    assert of(victim).mails == 5  # those called back in time count too


# --- Another address ----------------------------------------------------------------------------
def test_a_wrong_address_is_corrected_and_nothing_else_typed_again(clock: Any) -> None:
    letter = make.letter()
    page = waiting(
        letter, email="joan@gmial.com", name="Joan Baker", affiliation="Nurse", comment="Shade!",
        public="off", updates="on", language="de",
    )  # fmt: skip
    clock.shift(timedelta(minutes=59))
    field = Page(supporter.browser().get(page)).one("input", id="wait_email")
    assert field.get("value") == "joan@gmial.com"
    answer = press(page, "address", email="joan@gmail.com")
    assert answer.status_code == 303
    assert "joan@gmail.com" in supporter.browser().get(answer["Location"]).content.decode()
    row = of("joan@gmail.com")
    person = personal.person_of(row)
    assert (person.name, person.affiliation, person.comment) == ("Joan Baker", "Nurse", "Shade!")
    assert (row.public, row.updates, row.language, row.state) == (False, True, "de", "pending")
    assert [mail.to for mail in supporter.new_mails()][-1] == ["joan@gmail.com"]


def test_of_the_wrong_address_nothing_stays_but_what_caps_its_mails() -> None:
    letter = make.letter()
    page = waiting(letter, email="stranger@example.org", affiliation="Nurse", public="off")
    [stray] = supporter.new_mails()
    press(page, "address", email="joan@example.org")
    old = of("stranger@example.org")
    assert (old.email_sealed, old.withheld_sealed, old.network) == (None, None, None)
    assert (old.name, old.affiliation, old.words, old.ref) == ("", "", "", "")
    assert personal.person_of(old).name == ""
    assert (old.mails, old.state) == (1, "pending")
    link = supporter.link(stray)
    assert supporter.browser().get(link).status_code == 404
    assert supporter.browser().post(link, {"press": "confirm"}).status_code == 404
    stale = press(page, "code", code=codes.of(old.uid, 0))
    assert stale.status_code == 422
    assert not Signature.objects.filter(state="confirmed").exists()


def test_a_mail_still_on_its_way_to_the_wrong_address_is_not_sent() -> None:
    page = waiting(make.letter(), email="stranger@example.org")
    press(page, "address", email="joan@example.org")
    assert [mail.to for mail in supporter.new_mails()] == [["joan@example.org"]]


def test_whoever_owns_the_wrong_address_can_sign_all_the_same() -> None:
    letter = make.letter()
    page = waiting(letter, email="otto@example.org", name="Joan Baker")
    press(page, "address", email="joan@example.org")
    supporter.new_mails()
    waiting(letter, email="otto@example.org", name="Otto Brandt")
    [sent] = supporter.new_mails()
    assert supporter.press(supporter.link(sent)).status_code == 303
    assert (of("otto@example.org").name, of("otto@example.org").erased_at) == ("Otto Brandt", None)


def test_whoever_got_the_stray_mail_can_still_say_that_they_want_none() -> None:
    letter = make.letter()
    page = waiting(letter, email="otto@example.org", name="Joan Baker")
    [stray] = supporter.new_mails()
    press(page, "address", email="joan@example.org")
    link = f"{supporter.link(stray)}not-me/"
    shown = supporter.browser().get(link)
    assert shown.status_code == 200
    assert "Joan" not in shown.content.decode()
    supporter.browser().post(link, {"press": "deny"})
    digest = mailbox.installation_digest(mailbox.parse("otto@example.org"))
    assert suppressing.is_suppressed(letter.pk, digest)
    assert not Signature.objects.filter(mailbox_anywhere=digest).exists()
    token = link.split("/")[2]
    with pytest.raises(denying.Gone):  # once is enough
        denying.look(token=token, now=timezone.now())


def test_of_a_corrected_address_nobody_is_reminded_or_told(clock: Any) -> None:
    letter = make.letter()
    page = waiting(letter, email="otto@example.org")
    mailed = {"mail_state": Signature.MailState.ACCEPTED, "mailed_at": timezone.now()}
    Signature.objects.update(**mailed)
    press(page, "address", email="joan@example.org")
    clock.shift(timedelta(hours=30))
    assert not reminding.due(timezone.now()).filter(erased_at__isnull=False).exists()
    digest = mailbox.installation_digest(mailbox.parse("otto@example.org"))
    assert not recalling.signatures_of(digest[: recalling.PREFIX]).exists()


def test_a_backup_does_not_bring_back_what_a_correction_emptied() -> None:
    """The journal names the emptied row; whoever signs by that mailbox later gets another."""
    letter = make.letter()
    page = waiting(letter, email="otto@example.org", name="Joan Baker")
    emptied = of("otto@example.org").uid
    press(page, "address", email="joan@example.org")
    assert Erasure.objects.filter(signature=emptied, kind=Erasure.Kind.ERASED).exists()
    waiting(letter, email="otto@example.org", name="Otto Brandt")
    assert of("otto@example.org").uid != emptied
    assert erasing.erase(uid=emptied, now=timezone.now()) is None
    assert of("otto@example.org").name == "Otto Brandt"


def test_the_journal_names_nobody_whose_signature_a_correction_left_alone() -> None:
    letter = make.letter()
    page = waiting(letter)
    [sent] = supporter.new_mails()
    supporter.press(supporter.link(sent))
    press(page, "address", email="second@example.org")
    named = Erasure.objects.values_list("signature", flat=True)
    assert not Signature.objects.filter(uid__in=named).exists()


def test_two_who_share_a_mailbox_find_their_seat_free_after_a_correction() -> None:
    letter = make.letter(seats=2)
    page = waiting(letter, email="home@example.org", name="Mira Baker")
    press(page, "address", email="mira@example.org")
    for name in ("Joan Baker", "Otto Baker"):
        waiting(letter, email="home@example.org", name=name)
    digest = mailbox.installation_digest(mailbox.parse("home@example.org"))
    rows = Signature.objects.filter(mailbox_anywhere=digest).order_by("seat")
    assert [(row.seat, row.name) for row in rows] == [(1, "Joan Baker"), (2, "Otto Baker")]


def test_what_somebody_typed_over_it_since_is_not_taken_away() -> None:
    letter = make.letter()
    page = waiting(letter, email="otto@example.org", name="Joan Baker")
    waiting(letter, email="otto@example.org", name="Otto Brandt")
    press(page, "address", email="joan@example.org")
    assert of("otto@example.org").name == "Otto Brandt"
    assert of("joan@example.org").name == "Joan Baker"


def test_what_somebody_elsewhere_had_begun_is_not_taken_away() -> None:
    letter = make.letter()
    home, cafe = (supporter.browser(REMOTE_ADDR=one) for one in ("198.51.100.1", "203.0.113.9"))
    waiting(letter, email="otto@example.org", name="Otto Brandt", client=home)
    page = waiting(letter, email="otto@example.org", name="Sam Grey", client=cafe)
    cafe.post(f"{page}address/", {"press": "address", "email": "sam@example.org"})
    row = of("otto@example.org")
    assert (row.erased_at, personal.address_of(row)) == (None, "otto@example.org")


def test_a_confirmed_signature_is_never_taken_away_by_a_correction() -> None:
    letter = make.letter()
    page = waiting(letter)
    [sent] = supporter.new_mails()
    supporter.press(supporter.link(sent))
    press(page, "address", email="second@example.org")
    assert of("joan@example.org").state == "confirmed"


def test_correcting_to_another_spelling_of_the_same_mailbox_keeps_one_signature() -> None:
    letter = make.letter()
    page = waiting(letter, email="joan+x@example.org")
    press(page, "address", email="joan+letters@example.org")
    row = Signature.objects.get()
    assert (personal.address_of(row), row.erased_at) == ("joan+letters@example.org", None)
    assert row.name == "Joan Baker"


def test_at_the_cap_another_spelling_does_not_lose_the_signature(settings: Any) -> None:
    letter = make.letter()
    page = waiting(letter, email="joan+x@example.org")
    Signature.objects.update(mails=5)
    press(page, "address", email="joan+letters@example.org")
    row = Signature.objects.get()
    assert (row.name, row.erased_at) == ("Joan Baker", None)


@pytest.mark.parametrize("typed", ["", "joan", "joan@localhost", "a@b@c.de", "x" * 300 + "@a.de"])
def test_a_wrong_correction_is_explained_at_the_field_and_nothing_is_lost(typed: str) -> None:
    page = waiting(make.letter(), email="joan@gmial.com")
    answer = press(page, "address", email=typed)
    assert answer.status_code == 422
    told = Page(answer)
    assert told.one("input", id="wait_email").get("value", "") == typed
    assert "#wait_email" in answer.content.decode()
    assert press(page, "address", email="joan@gmail.com").status_code == 303


def test_the_same_address_once_more_is_no_correction() -> None:
    page = waiting(make.letter())
    assert press(page, "address", email="joan@example.org").status_code == 422
    assert Signature.objects.get().generation == 0


def test_a_slip_is_good_for_one_correction_and_one_hour(clock: Any) -> None:
    letter = make.letter()
    page = waiting(letter, email="one@example.org")
    second = press(page, "address", email="two@example.org")["Location"]
    assert Slip.objects.count() == 1
    used = press(page, "address", email="three@example.org")
    assert used.status_code == 410
    assert f"{letter.get_absolute_url()}#sign" in used.content.decode()
    clock.shift(HOUR)
    late = press(second, "address", email="three@example.org")
    assert late.status_code == 410
    assert sweeping.run("slips", forgetting.slips(timezone.now())) == 1
    assert Signature.objects.count() == 2


def test_a_slip_of_another_letter_corrects_nothing() -> None:
    letter, other = make.letter(), make.letter()
    waiting(letter)
    slip = Slip.objects.get()
    sealed = tokens.seal_sent("joan@example.org", other.uid, slip=slip.uid, at=timezone.now())
    page = reverse("sent", args=[other.slug, sealed])
    assert press(page, "address", email="otto@example.org").status_code == 410


def test_a_correction_counts_against_the_limits_of_the_form(settings: Any) -> None:
    settings.SIGNING_LIMITS = "2/h/ip"
    page = waiting(make.letter(), email="one@example.org")
    page = press(page, "address", email="two@example.org")["Location"]
    answer = press(page, "address", email="three@example.org")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "three@example.org" in answer.content.decode()
    assert Slip.objects.count() == 1  # it can still be used


def test_a_correction_after_the_form_has_shut_changes_nothing() -> None:
    letter = make.letter()
    page = waiting(letter)
    publishing.pause(letter=letter)
    assert press(page, "address", email="otto@example.org").status_code == 409
    assert "wait_email" not in supporter.browser().get(page).content.decode()
    assert of("joan@example.org").erased_at is None


def test_the_corrected_signature_is_of_the_text_that_was_read() -> None:
    otto = make.organiser()
    letter = make.letter(by=otto)
    page = waiting(letter)
    changed = make.draft(body="Dear Minister,\n\nOther words.\n", slug=letter.slug)
    drafting.edit(letter=letter, draft=changed, by=otto, note="", now=timezone.now())
    press(page, "address", email="otto@example.org")
    assert of("otto@example.org").revision.number == 1


def test_a_likely_slip_is_asked_about_and_corrected_by_one_button() -> None:
    page = waiting(make.letter(), email="joan@gmial.com")
    shown = Page(supporter.browser().get(page))
    meant = shown.one("input", type="hidden", name="email")
    assert meant.get("value") == "joan@gmail.com"
    assert press(page, "address", email=meant.get("value")).status_code == 303
    fine = waiting(make.letter(), email="joan@web.de")
    assert not Page(supporter.browser().get(fine)).all("input", type="hidden", name="email")


# --- The code -----------------------------------------------------------------------------------
def test_the_mails_code_confirms_at_once_and_leads_to_ones_own_page() -> None:
    page = waiting(make.letter())
    [sent] = supporter.new_mails()
    [shown] = re.findall(r"\b\d{3} \d{3}\b", str(sent.body))
    html = str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    assert shown in html
    answer = press(page, "code", code=f" {shown.replace(' ', '-')} ")
    assert answer.status_code == 303
    assert answer["Location"].startswith("/mine/")
    row = Signature.objects.get()
    assert (row.state, row.method) == ("confirmed", Signature.Method.CODE)
    assert not Slip.objects.exists()


def test_the_log_and_the_page_of_method_say_that_it_was_a_code() -> None:
    letter = make.letter()
    page = waiting(letter)
    press(page, "code", code=code_of(Signature.objects.get()))
    sequencing.sequence(now=timezone.now())
    table = supporter.browser().get(reverse("statistics", args=[letter.slug])).json()
    assert table["methods"] == {"code": 1}


def test_t111_what_somebody_else_typed_for_this_mailbox_is_shown_before_it_counts() -> None:
    letter = make.letter()
    mine = waiting(letter, name="Joan Baker")
    waiting(letter, name="Somebody Else")
    row = Signature.objects.get()
    answer = press(mine, "code", code=code_of(row))
    assert answer.status_code == 303
    assert answer["Location"].startswith("/confirm/")
    assert "Somebody Else" in supporter.browser().get(answer["Location"]).content.decode()
    assert Signature.objects.get().state == "pending"
    assert supporter.press(answer["Location"]).status_code == 303


def test_a_letter_changed_since_is_shown_before_it_counts() -> None:
    otto = make.organiser()
    letter = make.letter(by=otto)
    page = waiting(letter)
    changed = make.draft(body="Dear Minister,\n\nOther words.\n", slug=letter.slug)
    drafting.edit(letter=letter, draft=changed, by=otto, note="", now=timezone.now())
    answer = press(page, "code", code=code_of(Signature.objects.get()))
    assert answer["Location"].startswith("/confirm/")
    assert "has changed since" in supporter.browser().get(answer["Location"]).content.decode()


def test_after_the_slips_hour_the_code_leads_to_the_button(clock: Any) -> None:
    page = waiting(make.letter())
    clock.shift(HOUR)
    answer = press(page, "code", code=code_of(Signature.objects.get()))
    assert answer["Location"].startswith("/confirm/")


def test_the_way_by_code_makes_no_link_last_longer(clock: Any) -> None:
    page = waiting(make.letter())
    clock.shift(timedelta(hours=71))
    answer = press(page, "code", code=code_of(Signature.objects.get()))
    assert supporter.browser().get(answer["Location"]).status_code == 200
    clock.shift(timedelta(hours=1, seconds=1))
    assert supporter.browser().get(answer["Location"]).status_code == 410


def _misfit(page: str, code: str) -> str:
    answer = press(page, "code", code=code)
    assert answer.status_code == 422
    assert "That code does not fit" in answer.content.decode()
    return str(answer.content)


@pytest.mark.parametrize("why", ["expired", "replaced", "used", "confirmed", "closed", "withdrawn"])
def test_t111_what_does_not_fit_is_one_answer_whatever_the_reason(clock: Any, why: str) -> None:
    letter = make.letter()
    page = waiting(letter)
    row = Signature.objects.get()
    code, other = code_of(row), wrong(row)
    match why:
        case "expired":
            clock.shift(timedelta(hours=72, seconds=1))
        case "replaced":
            waiting(letter, name="Joan Once More")
        case "used":
            for _ in range(coding.TRIES):
                _misfit(page, other)
        case "confirmed":
            press(page, "code", code=code)
        case "withdrawn":
            press(page, "code", code=code)
            withdrawing.withdraw(uid=row.uid, now=timezone.now())
        case "closed":
            publishing.close(letter=letter, now=timezone.now())
            assert press(page, "code", code=code).status_code == 409
            return
    before = Signature.objects.get().state
    assert _misfit(page, code).replace(code, "") == _misfit(page, other).replace(other, "")
    assert Signature.objects.get().state == before


def test_a_code_counts_from_the_newest_mail(clock: Any) -> None:
    page = waiting(make.letter())
    row = Signature.objects.get()
    clock.shift(timedelta(hours=80))
    Signature.objects.update(mailed_at=timezone.now() - timedelta(hours=71))
    assert press(page, "code", code=code_of(row))["Location"].startswith("/confirm/")


def test_after_the_closing_time_the_code_works_as_long_as_the_link(clock: Any) -> None:
    letter = make.letter(closes_at=timezone.now() + HOUR)
    page = waiting(letter)
    row = Signature.objects.get()
    clock.shift(timedelta(hours=24))
    assert press(page, "code", code=code_of(row)).status_code == 303
    clock.shift(timedelta(hours=2))
    assert press(page, "code", code=code_of(row)).status_code == 409


def test_t111_five_wrong_tries_end_a_code_and_signing_anew_makes_another() -> None:
    letter = make.letter()
    page = waiting(letter)
    row = Signature.objects.get()
    for _ in range(coding.TRIES):
        _misfit(page, wrong(row))
    _misfit(page, code_of(row))
    row.refresh_from_db()
    assert row.code_tries == coding.TRIES
    newer = waiting(letter)
    row.refresh_from_db()
    assert row.code_tries is None
    assert press(newer, "code", code=code_of(row))["Location"].startswith("/mine/")


@pytest.mark.parametrize("typed", ["", "12345", "12345a", "1234567", "🙂"])
def test_what_is_no_code_is_explained_and_costs_no_try(typed: str) -> None:
    page = waiting(make.letter())
    answer = press(page, "code", code=typed)
    assert answer.status_code == 422
    assert "six digits" in answer.content.decode()
    assert Page(answer).one("input", id="wait_code").get("value", "") == typed
    assert Signature.objects.get().code_tries is None


def test_the_link_works_on_when_the_code_is_used_up() -> None:
    page = waiting(make.letter())
    [sent] = supporter.new_mails()
    for _ in range(coding.TRIES):
        _misfit(page, wrong(Signature.objects.get()))
    assert supporter.press(supporter.link(sent)).status_code == 303


def test_of_two_who_share_a_mailbox_each_code_is_of_its_own_signature() -> None:
    letter = make.letter(seats=2)
    waiting(letter, email="home@example.org", name="Joan Baker")
    page = waiting(letter, email="home@example.org", name="Otto Baker")
    joan, otto = Signature.objects.order_by("seat")
    assert press(page, "code", code=code_of(joan))["Location"].startswith("/confirm/")
    assert press(page, "code", code=code_of(otto))["Location"].startswith("/mine/")


def test_t111_many_codes_from_one_household_have_to_wait() -> None:
    letter = make.letter()
    page = waiting(letter)
    for n in range(60):
        assert press(page, "code", code=f"{n:06}").status_code in {422, 303}
    answer = press(page, "code", code="123456")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "The button in the mail works at once." in answer.content.decode()


# --- The page -----------------------------------------------------------------------------------
def test_the_page_can_be_used_by_keyboard_and_phone_without_scripts() -> None:
    page = Page(supporter.browser().get(waiting(make.letter(), email="joan@gmial.com")))
    code = page.one("input", id="wait_code")
    assert (code.get("inputmode"), code.get("autocomplete")) == ("numeric", "one-time-code")
    assert code.get("maxlength") is None
    assert [one.get("value") for one in page.all("button")] == [
        "address", "code", "again", "address",
    ]  # fmt: skip
    assert page.inline_code() == []
    assert page.fetched_hosts() <= {""}


@pytest.mark.parametrize("name", ["again", "address", "code"])
def test_a_press_counts_only_with_the_buttons_own_value(name: str, clock: Any) -> None:
    page = waiting(make.letter())
    row = Signature.objects.get()
    typed = {"email": "otto@example.org", "code": code_of(row)}
    clock.shift(MINUTE)
    for sent in ({}, {"press": ""}, {"press": "confirm"}):
        answer = supporter.browser().post(f"{page}{name}/", typed | sent)
        assert answer.status_code == 400
    for method in ("get", "put", "delete", "head"):
        assert getattr(supporter.browser(), method)(f"{page}{name}/").status_code == 405
    assert Signature.objects.get().state == "pending"
    assert OutboxMessage.objects.filter(topic="signature.asked").count() == 1


@pytest.mark.parametrize("name", ["", "again/", "address/", "code/"])
def test_t05_a_forged_waiting_page_is_one_page_for_all(name: str) -> None:
    letter, other = make.letter(), make.letter()
    page = waiting(letter)
    forged = [page.replace(letter.slug, other.slug), page[:-3] + "A/", page[:-9] + "/"]
    forged += [reverse("sent", args=[letter.slug, "A" * 60])]
    typed = {"press": name.rstrip("/"), "email": "otto@example.org", "code": "123456"}
    client = supporter.browser()
    answers = [client.post(f"{one}{name}", typed) if name else client.get(one) for one in forged]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


def test_when_the_letter_was_taken_down_there_is_nothing_left_to_do() -> None:
    letter = make.letter()
    page = waiting(letter)
    publishing.take_down(letter=letter, because="A court said so.", now=timezone.now())
    for name in ("again", "address", "code"):
        assert press(page, name, email="otto@example.org", code="123456").status_code == 410


def test_programs_are_told_what_they_can_post(clock: Any) -> None:
    letter = make.letter()
    answer = supporter.browser().post(
        reverse("sign", args=[letter.slug]),
        {"name": "Joan", "email": "joan@example.org"},
        content_type="application/json",
    )
    told = answer.json()
    assert set(told) == {"sent", "again", "address", "code"}
    assert supporter.browser().get(told["sent"]).status_code == 200
    code = code_of(Signature.objects.get())
    sent = supporter.browser().post(told["code"], {"press": "code", "code": code})
    assert sent["Location"].startswith("/mine/")


def test_the_trap_has_a_waiting_page_like_any_other(clock: Any) -> None:
    letter = make.letter()
    page = waiting(letter, topic="Cheap watches")
    clock.shift(MINUTE)
    assert press(page, "again").status_code == 303
    assert press(page, "code", code="123456").status_code == 422
    assert not Signature.objects.exists()
    assert not supporter.new_mails()


# --- T08 ----------------------------------------------------------------------------------------
_VALUES = re.compile(r"X?'[^']*'(?:::\w+)?|\bNULL\b|\s?-?\b\d+\b|\"s\d+_x\d+\"")
_SEALED = re.compile(r"(?<=/sent/)[\w-]+")


def _seen(answer: Any, address: str) -> tuple[Any, ...]:
    """Every header and byte, but for what was typed and what is sealed of it."""
    body = _SEALED.sub("", answer.content.decode()).replace(address, "")
    headers = sorted((name, len(value)) for name, value in answer.items())
    return answer.status_code, headers, body


def _all_answers(letter: Letter, address: str, clock: Any) -> list[Any]:
    """Everything somebody can do with an address at the form and after it, and what the database is
    asked meanwhile."""
    seen: list[Any] = []

    def look(method: str, path: str, **fields: Any) -> Any:
        with CaptureQueriesContext(connection) as asked:
            answer = getattr(supporter.browser(), method)(path, fields)
        seen.append(_seen(answer, address))
        seen.append([_VALUES.sub("?", query["sql"]) for query in asked.captured_queries])
        return answer.get("Location", "")

    page = look(
        "post", reverse("sign", args=[letter.slug]), **supporter.form(letter, email=address)
    )
    look("get", page)
    look("post", f"{page}again/", press="again")
    look("post", f"{page}code/", press="code", code="12")
    look("post", f"{page}code/", press="code", code="123456")
    clock.shift(MINUTE)
    page = look("post", f"{page}again/", press="again")
    look("get", page)
    corrected = look("post", f"{page}address/", press="address", email=f"own.{address}")
    look("get", corrected)
    look("post", f"{page}address/", press="address", email=f"own.{address}")
    look("post", f"{page}code/", press="code", code="123456")
    return seen


def test_t08_every_answer_is_the_same_for_known_and_unknown_addresses(
    clock: Any, soak: bool, settings: Any
) -> None:
    settings.SIGNING_LIMITS = "3/d/mailbox"
    letter = make.letter()
    _all_answers(letter, "warm@example.org", clock)  # the notice is stored with the first one
    for n in range(200 if soak else 8):
        known, unknown = f"known{n:03}@example.org", f"other{n:03}@example.org"
        match n % 4:
            case 0:
                make.confirmed(letter, email=known)
            case 1:
                make.counted(letter, email=known)
            case 2:
                make.pending(letter, email=known)
            case 3:
                withdrawing.withdraw(uid=make.counted(letter, email=known).uid, now=timezone.now())
        pairs = zip(
            _all_answers(letter, known, clock), _all_answers(letter, unknown, clock), strict=True
        )
        for one, other in pairs:
            assert one == other


# --- Guessing at once ---------------------------------------------------------------------------
def _rush_of_guesses(count: int = 50) -> int:
    """So many wrong codes at once for one signature: how many of them were looked at."""
    letter = make.letter()
    make.pending(letter, email="joan@example.org")
    row = of("joan@example.org")
    judged: list[str] = []

    def noting(typed: str, *of_row: Any) -> bool:
        judged.append(typed)
        return fits(typed, *of_row)

    def guess(n: int) -> None:
        found = coding.try_code(
            letter=letter,
            box=mailbox.parse("joan@example.org"),
            typed=f"{(int(code_of(row)) + 1 + n) % 10**6:06}",
            slip=row.uid,
            now=timezone.now(),
        )
        assert found is None

    fits = codes.fits
    with patch.object(codes, "fits", noting):
        assert at_once(count, guess) == [None] * count
    row.refresh_from_db()
    assert row.code_tries == coding.TRIES
    return len(judged)


@pytest.mark.django_db(transaction=True)
def test_who_correct_at_once_each_to_the_other_s_address_are_both_answered() -> None:
    letter = make.letter()
    make.notice()
    for number in range(8):
        emails = [f"{who}{number}@example.org" for who in ("joan", "otto")]
        pages = [waiting(letter, email=email) for email in emails]
        other = list(reversed(emails))
        found = at_once(
            2, lambda at, pages=pages, other=other: press(pages[at], "address", email=other[at])
        )
        assert [answer.status_code for answer in found] == [303, 303]


@pytest.mark.django_db(transaction=True)
def test_who_erases_while_the_address_is_corrected_is_never_turned_away() -> None:
    letter = make.letter()
    make.notice()
    for number in range(12):
        page = waiting(letter, email=f"joan{number}@example.org")
        uid = of(f"joan{number}@example.org").uid
        turns = [
            lambda uid=uid: erasing.erase(uid=uid, now=timezone.now()),
            lambda page=page, to=f"otto{number}@example.org": press(page, "address", email=to),
        ]
        erased, answer = at_once(2, lambda at, turns=turns: turns[at]())
        assert erased is None
        assert answer.status_code in {303, 410}


@pytest.mark.django_db(transaction=True)
def test_t111_of_fifty_guesses_at_once_five_are_judged() -> None:
    assert _rush_of_guesses() == coding.TRIES


@pytest.mark.django_db(transaction=True)
def test_t111_negative_control_without_the_lock_more_guesses_are_judged() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite the transaction itself is the lock")
    pause = threading.Barrier(12)

    def unlocked(rows: Any) -> list[Signature]:
        found = list(rows.select_related("letter__revision"))
        pause.wait()
        return found

    with patch.object(coding, "_locked", unlocked):
        assert _rush_of_guesses(12) == 12
