"""The signer's own page, and what it takes to change something."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from signatures import personal, tokens
from signatures.models import Signature
from signatures.services import forgetting, mailing, sequencing, sweeping, withdrawing
from signatures.tokens import Purpose
from tests import make, supporter

pytestmark = pytest.mark.django_db


def page_of(signature: Signature, purpose: Purpose = Purpose.MINE) -> str:
    token = tokens.make(purpose, signature.uid, generation=signature.generation, at=timezone.now())
    return reverse("mine", args=[token])


def old(letter: Any = None, **fields: Any) -> Signature:
    """A signature counted two hours ago."""
    then = timezone.now() - timedelta(hours=2)
    return make.counted(letter or make.letter(now=then), now=then, **fields)


def text(answer: Any) -> str:
    return str(answer.content.decode())


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


def test_a_fresh_link_comes_by_mail_and_works_for_fifteen_minutes() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
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
