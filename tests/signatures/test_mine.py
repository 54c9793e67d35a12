"""The signer's own page, and what it takes to change something."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from campaigns.models import Letter
from campaigns.services import publishing
from signatures import personal
from signatures.models import Consent, Erasure, Funnel, Invalidation, Signature, Slip
from signatures.services import erasing, forgetting, mailing, sequencing, sweeping, withdrawing
from signatures.tokens import Purpose
from signatures.views.presses import PRESSES
from tests import make, supporter
from tests.signatures.ownpage import fresh, old, page_of, text

pytestmark = pytest.mark.django_db


def test_it_says_the_number_and_what_was_signed() -> None:
    signature = old(name="Joan Baker", email="joan@example.org")
    page = text(supporter.browser().get(page_of(signature)))
    assert "You are no. 1" in page
    assert "Joan Baker" in page
    assert signature.revision.sha256 in page
    assert "joan@example.org" not in page


def test_the_link_of_a_mail_alone_changes_nothing() -> None:
    signature = old()
    mine = page_of(signature)
    client = supporter.browser()
    assert "Withdraw my signature" not in text(client.get(mine))
    assert client.post(f"{mine}withdraw/", {"press": "withdraw"}).status_code == 403
    assert client.post(f"{mine}show/", {"press": "hide"}).status_code == 403
    signature.refresh_from_db()
    assert (signature.state, signature.public) == ("confirmed", True)


def test_in_the_hour_after_confirming_the_signer_may_change_things() -> None:
    signature = make.counted(make.letter())
    mine = page_of(signature)
    assert "Withdraw my signature" in text(supporter.browser().get(mine))
    supporter.browser().post(f"{mine}show/", {"press": "hide"})
    signature.refresh_from_db()
    assert not signature.public


def test_thanks_come_first_after_confirming_and_choices_first_by_a_link_asked_for() -> None:
    signature = make.counted(make.letter())
    client = supporter.browser()
    choices, thanks = 'id="yours"', 'id="spread"'
    confirmed = client.get(page_of(signature)).content.decode()
    asked_for = client.get(fresh(signature)).content.decode()
    assert confirmed.index(thanks) < confirmed.index(choices)
    assert asked_for.index(choices) < asked_for.index(thanks)


def test_a_fresh_link_comes_by_mail_and_works_for_fifteen_minutes() -> None:
    with time_machine.travel(make.noon(), tick=False) as clock:
        signature = old(email="joan@example.org")
        supporter.new_mails()
        asked = supporter.browser().post(f"{page_of(signature)}ask/", {"press": "ask"})
        assert asked.status_code == 200
        clock.shift(timedelta(minutes=5))  # in the queue: the time starts when it is sent
        [sent] = supporter.new_mails()
        assert sent.to == ["joan@example.org"]
        manage = supporter.link(sent)
        clock.shift(timedelta(minutes=14, seconds=59))
        assert "Withdraw my signature" in text(supporter.browser().get(manage))
        clock.shift(timedelta(seconds=2))
        late = supporter.browser().get(manage)
        assert late.status_code == 410
        assert "Send me a fresh link" in text(late)
        assert (
            supporter.browser().post(f"{manage}withdraw/", {"press": "withdraw"}).status_code == 410
        )
        supporter.browser().post(f"{manage}ask/", {"press": "ask"})
        assert len(supporter.new_mails()) == 1


def test_when_the_address_is_gone_its_owner_types_it_once_more() -> None:
    signature = old(email="joan@example.org")
    Signature.objects.update(email_sealed=None)
    page = page_of(signature)
    client = supporter.browser()
    assert "We have deleted it, as promised" in text(client.get(page))
    answers = set()
    for typed in ("", "sam@example.org", "joan at example.org"):
        answers.add(text(client.post(f"{page}ask/", {"press": "ask", "email": typed or "x"})))
        client.post(f"{page}ask/", {"press": "ask"})
        assert not [sent for sent in supporter.new_mails() if sent.to != ["joan@example.org"]]
        assert Signature.objects.get().email_sealed is None
    answers.add(text(client.post(f"{page}ask/", {"press": "ask", "email": "Joan@Example.org "})))
    assert len(answers) == 1  # the page tells nobody whose signature it is
    [sent] = supporter.new_mails()
    assert sent.to == ["Joan@example.org"]
    assert "Withdraw my signature" in text(client.get(supporter.link(sent)))


def test_an_address_typed_once_more_goes_with_the_next_sweep() -> None:
    now = timezone.now()
    letter = make.letter(now=now - timedelta(days=400))
    signature = make.counted(letter, now=now - timedelta(days=366), email="joan@example.org")
    sweeping.run("addresses", forgetting.addresses(now))
    mailing.mail_manage_link(uid=signature.uid, typed="joan@example.org", now=now)
    signature.refresh_from_db()
    assert personal.address_of(signature) == "joan@example.org"
    assert sweeping.run("addresses", forgetting.addresses(now)) == 1


def test_fresh_links_are_a_few_a_day() -> None:
    signature = old()
    supporter.new_mails()
    for _ in range(10):
        supporter.browser().post(f"{page_of(signature)}ask/", {"press": "ask"})
    assert len(supporter.new_mails()) == 3


def test_asking_without_the_button_sends_nothing() -> None:
    signature = old()
    supporter.new_mails()
    supporter.browser().post(f"{page_of(signature)}ask/", {})
    assert not supporter.new_mails()


def test_withdrawing_asks_once_and_moves_the_count_once() -> None:
    signature = old()
    manage = page_of(signature, Purpose.MANAGE)
    client = supporter.browser()
    question = client.get(f"{manage}withdraw/")
    assert question.status_code == 200
    assert "Withdraw your signature?" in text(question)
    assert client.post(f"{manage}withdraw/", {}).status_code == 400
    signature.refresh_from_db()
    assert signature.state == "confirmed"
    done = client.post(f"{manage}withdraw/", {"press": "withdraw"})
    assert done.status_code == 303
    assert "You have withdrawn your signature" in text(client.get(done["Location"]))
    assert client.post(f"{manage}withdraw/", {"press": "withdraw"}).status_code == 410
    sequencing.sequence(now=timezone.now())
    signature.letter.tally.refresh_from_db()
    tally = signature.letter.tally
    assert (tally.signed, tally.withdrawn, tally.count) == (1, 1, 0)


def test_withdrawing_and_erasing_leaves_a_number_without_a_person() -> None:
    signature = old(name="Joan Baker", email="joan@example.org", comment="My words")
    manage = page_of(signature, Purpose.MANAGE)
    done = supporter.browser().post(f"{manage}withdraw/", {"press": "withdraw", "erase": "on"})
    assert done.status_code == 303
    assert "Your data is erased" in text(supporter.browser().get(done["Location"]))
    signature.refresh_from_db()
    assert signature.number == 1
    assert signature.state == "withdrawn"
    assert personal.address_of(signature) == ""
    assert personal.person_of(signature) == personal.Person(name="")
    assert (signature.mailbox_digest, signature.mailbox_anywhere) == (None, None)


def test_whoever_withdrew_may_sign_again() -> None:
    letter = make.letter()
    first = make.counted(letter, email="joan@example.org")
    withdrawing.withdraw(uid=first.uid, now=timezone.now())
    second = make.counted(letter, email="joan@example.org")
    assert second.pk != first.pk
    assert second.number == 2
    letter.tally.refresh_from_db()
    assert letter.tally.count == 1


def test_hiding_seals_the_words_and_showing_opens_them() -> None:
    signature = make.counted(make.letter(), name="Joan Baker", place="Kesten")
    mine = page_of(signature)
    supporter.browser().post(f"{mine}show/", {"press": "hide"})
    signature.refresh_from_db()
    assert (signature.public, signature.name, signature.place, signature.words) == (
        False,
        "",
        "",
        "",
    )
    assert personal.person_of(signature).name == "Joan Baker"
    assert "Joan Baker" in text(supporter.browser().get(mine))
    supporter.browser().post(f"{mine}show/", {"press": "show"})
    signature.refresh_from_db()
    assert (signature.public, signature.name, signature.place) == (True, "Joan Baker", "Kesten")


def test_an_older_link_ends_when_the_signature_is_withdrawn() -> None:
    signature = old()
    before = page_of(signature)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    page = supporter.browser().get(before)
    assert page.status_code == 410
    assert "withdrawn" in text(page)


def test_a_sensitive_letter_says_that_its_number_takes_a_minute() -> None:
    letter = make.letter(sensitive=True)
    make.counted(letter)
    signature = make.confirmed(letter)
    page = supporter.browser().get(page_of(signature))
    assert "once a minute" in text(page)


@pytest.mark.parametrize("part", ["ask/", "show/"])
def test_pages_that_change_something_open_by_no_link(part: str) -> None:
    assert supporter.browser().get(page_of(old()) + part).status_code == 405


# --- In every state -----------------------------------------------------------------------------
def brought_to(state: str) -> Signature:
    signature = make.pending(make.letter(), name="Joan Baker") if state == "pending" else old()
    now = timezone.now()
    if state == "waiting":
        signature = make.confirmed(make.letter(), now=now)
    elif state == "withdrawn":
        withdrawing.withdraw(uid=signature.uid, now=now)
    elif state == "invalidated":
        rule = Invalidation.objects.create(
            letter=signature.letter, reason=4, public_reason="Made by a program."
        )
        Signature.objects.update(state="invalidated", cancelled_at=now, invalidation=rule)
    elif state == "erased":
        erasing.erase(uid=signature.uid, now=now)
    elif state == "nameless":
        Signature.objects.update(
            name="", words="", email_sealed=None, seed_sealed=None, identity_erased_at=now
        )
    sequencing.sequence(now=now)
    signature.refresh_from_db()
    return signature


STATES = {
    "pending": "isn’t confirmed yet",
    "confirmed": "You are no. 1",
    "withdrawn": "You have withdrawn your signature",
    "invalidated": "Made by a program.",
    "erased": "Your data is erased",
    "nameless": "Who you are was erased on",
}


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_the_page_says_how_things_are_also_after_closing(state: str, closing: bool) -> None:
    signature = brought_to(state)
    if closing:
        publishing.close(letter=signature.letter, now=timezone.now())
    client = supporter.browser()
    for page in (page_of(signature), fresh(signature)):
        answer = client.get(page)
        assert answer.status_code == 200
        assert STATES[state] in text(answer)
        assert (signature.revision.sha256 in text(answer)) == (state != "erased")
    asks = "Send me that link" in text(client.get(page_of(signature)))
    assert asks == (state != "erased")


@pytest.mark.parametrize("state", ["withdrawn", "invalidated", "nameless"])
def test_whose_signature_counts_no_more_still_has_their_data_erased(state: str) -> None:
    signature = brought_to(state)
    page, client = fresh(signature), supporter.browser()
    assert client.get(f"{page}data.json").status_code == 200
    assert "Erase my data" in text(client.get(page))
    assert client.get(f"{page}erase/").status_code == 200
    done = client.post(f"{page}erase/", {"press": "erase"})
    assert done.status_code == 303
    assert "Your data is erased" in text(client.get(done["Location"]))
    signature.refresh_from_db()
    assert signature.erased_at is not None
    assert signature.mailbox_anywhere is None


def test_what_never_counted_is_withdrawn_without_a_word_of_the_count() -> None:
    signature = brought_to("pending")
    client, page = supporter.browser(), fresh(signature)
    assert "It hasn’t counted yet" in text(client.get(f"{page}withdraw/"))
    done = client.post(f"{page}withdraw/", {"press": "withdraw"})
    assert "It never counted" in text(client.get(done["Location"]))
    assert Funnel.objects.get().asked == 1
    again = client.post(done["Location"] + "erase/", {"press": "erase"})
    assert again["Location"] == "/mine/forgotten/"
    assert Funnel.objects.get().asked == 1
    assert not Signature.objects.exists()


def test_withdrawing_keeps_the_door_open_for_the_rest_of_the_quarter_of_an_hour() -> None:
    with time_machine.travel(make.noon(), tick=False) as clock:
        signature = old()
        client = supporter.browser()
        done = client.post(f"{fresh(signature)}withdraw/", {"press": "withdraw"})
        clock.shift(timedelta(minutes=14))
        assert "Erase my data" in text(client.get(done["Location"]))
        clock.shift(timedelta(minutes=2))
        assert client.get(done["Location"]).status_code == 410


def test_after_withdrawing_an_old_mail_still_leads_to_a_fresh_link() -> None:
    signature = old(email="joan@example.org")
    before = page_of(signature)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    for address in ("", "joan@example.org"):
        supporter.new_mails()
        if address:  # it was deleted meanwhile
            Signature.objects.update(email_sealed=None)
        ended = supporter.browser().get(before)
        assert "Send me a fresh link" in text(ended)
        supporter.browser().post(f"{before}ask/", {"press": "ask", "email": address})
        [sent] = supporter.new_mails()
        assert sent.to == ["joan@example.org"]
        page = text(supporter.browser().get(supporter.link(sent)))
        assert "Erase my data" in page
        assert "Withdraw my signature" not in page


def test_what_is_kept_stays_its_signers_when_the_letter_is_taken_down() -> None:
    signature = old()
    publishing.take_down(letter=signature.letter, because="Spam", now=timezone.now())
    supporter.new_mails()
    supporter.browser().post(f"{page_of(signature)}ask/", {"press": "ask"})
    [sent] = supporter.new_mails()
    page = supporter.link(sent)
    assert supporter.browser().get(page).status_code == 200
    done = supporter.browser().post(f"{page}withdraw/", {"press": "withdraw", "erase": "on"})
    assert done.status_code == 303
    assert Signature.objects.get().erased_at is not None


def test_erasing_leaves_the_count_and_withdrawing_as_well_does_not() -> None:
    letter = make.letter()
    stays, leaves = make.counted(letter), make.counted(letter)
    page = text(supporter.browser().get(f"{fresh(stays)}erase/"))
    assert "keep my signature counting" in page
    assert "Withdraw my signature and erase my data" in page
    supporter.browser().post(f"{fresh(stays)}erase/", {"press": "erase"})
    supporter.browser().post(f"{fresh(leaves)}withdraw/", {"press": "withdraw", "erase": "on"})
    sequencing.sequence(now=timezone.now())
    letter.tally.refresh_from_db()
    assert (letter.tally.signed, letter.tally.withdrawn) == (2, 1)
    assert not Signature.objects.filter(erased_at__isnull=True).exists()


# --- Changing one's mind ------------------------------------------------------------------------
def test_every_change_of_mind_is_kept_in_the_words_that_were_pressed() -> None:
    signature = old(language="de")
    page, client = fresh(signature), supporter.browser()
    client.post(f"{page}show/", {"press": "hide"})
    client.post(f"{page}show/", {"press": "hide"})  # changes nothing
    client.post(f"/en{page}show/", {"press": "show"})
    client.post(f"{page}updates/", {"press": "start"})
    kept = Consent.objects.values_list("about", "given", "language", "text")
    with translation.override("de"):
        hide, start = str(PRESSES["hide"]), str(PRESSES["start"])
    assert list(kept) == [
        ("name", False, "de", hide),
        ("name", True, "en", "Show my name"),
        ("updates", True, "de", start),
    ]
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert not Consent.objects.exists()


def test_news_can_be_stopped_and_asked_for() -> None:
    signature = old(updates=True)
    page, client = fresh(signature), supporter.browser()
    assert "Send me no more news" in text(client.get(page))
    client.post(f"{page}updates/", {"press": "stop"})
    signature.refresh_from_db()
    assert not signature.updates
    assert "Send me news of this letter" in text(client.get(page))
    client.post(f"{page}updates/", {"press": "start"})
    signature.refresh_from_db()
    assert signature.updates
    kinds = Erasure.objects.values_list("kind", "signature")
    assert list(kinds) == [("unsubscribed", signature.uid)]


def test_an_anonymous_letter_shows_nobody_and_writes_to_nobody() -> None:
    signature = old(public=False)
    Letter.objects.update(anonymous_hours=24)
    page, client = fresh(signature), supporter.browser()
    shown = text(client.get(page))
    assert "Show my name" not in shown
    assert "Nobody’s name: only how many have signed" in shown
    assert "24 hours after you have confirmed, your name and address are erased" in shown
    assert "news of this letter" not in shown
    for part, press in (("show/", "show"), ("updates/", "start")):
        assert client.post(page + part, {"press": press}).status_code == 409
    signature.refresh_from_db()
    assert (signature.public, signature.updates) == (False, False)


def test_hiding_and_erasing_are_noted_for_the_journal() -> None:
    signature = old()
    page = fresh(signature)
    supporter.browser().post(f"{page}show/", {"press": "hide"})
    supporter.browser().post(f"{page}erase/", {"press": "erase"})
    noted = Erasure.objects.order_by("pk").values_list("kind", "signature")
    assert list(noted) == [("hidden", signature.uid), ("erased", signature.uid)]


def test_erasing_what_was_just_typed_leaves_no_slip() -> None:
    letter = make.letter()
    supporter.sign(letter)
    signature = Signature.objects.get()
    assert Slip.objects.filter(signature=signature.uid).count() == 1
    erasing.erase(uid=signature.uid, now=timezone.now())
    assert not Slip.objects.filter(signature=signature.uid).exists()
    assert Funnel.objects.get().asked == 1


def test_the_page_asks_the_database_the_same_few_questions(
    django_assert_num_queries: Any,
) -> None:
    signature = old()
    client = supporter.browser()
    client.get(page_of(signature))
    for page in (page_of(signature), fresh(signature)):
        with django_assert_num_queries(3):
            client.get(page)
