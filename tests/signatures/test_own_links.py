"""Every address of a signer's page, through every kind of link that is not theirs, or no longer."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from signatures import tokens
from signatures.models import Signature
from signatures.services import erasing, withdrawing
from signatures.tokens import Purpose
from tests import make, supporter
from tests.signatures.ownpage import fresh, old, page_of, revised, text

pytestmark = pytest.mark.django_db

# The address, how it is asked, and what the button sends.
GETS = ("", "correct/", "withdraw/", "erase/", "data/", "data.json", "receipt/")
POSTS: dict[str, dict[str, str]] = {
    "ask/": {"press": "ask"},
    "show/": {"press": "hide"},
    "correct/": {"press": "correct", "name": "Sam"},
    "updates/": {"press": "start"},
    "sign/": {"press": "sign", "revision": "2"},
    "withdraw/": {"press": "withdraw", "erase": "on"},
    "erase/": {"press": "erase"},
    "receipt/mail/": {"press": "mail"},
}


def every(page: str) -> list[tuple[str, Any]]:
    """What each address under this page answers, each verb pressed."""
    client = supporter.browser()
    found = [(part, client.get(page + part)) for part in GETS]
    return found + [(part, client.post(page + part, given)) for part, given in POSTS.items()]


def state() -> list[dict[str, Any]]:
    return list(Signature.objects.order_by("pk").values())


def made_for(signature: Signature, purpose: Purpose, **changes: Any) -> str:
    given = {"generation": signature.generation, "at": timezone.now()} | changes
    return tokens.make(purpose, signature.uid, **given)


def bad(signature: Signature) -> dict[str, str]:
    good = made_for(signature, Purpose.MANAGE)
    other = made_for(make.counted(make.letter(), name="Sam"), Purpose.MANAGE)
    return {
        "forged": make.forged(good),
        "cut": good[:-1],
        "longer": good + "A",
        "spliced": other[:30] + good[30:],
        "nobody's": "A" * 60,
        "empty": "x",
    } | {
        f"for {purpose}": made_for(signature, purpose)
        for purpose in Purpose
        if purpose not in {Purpose.MINE, Purpose.MANAGE}
    }


def test_t05_what_is_not_a_signers_link_opens_no_address_of_their_page() -> None:
    signature = old(name="Joan Baker")
    revised(signature.letter)
    wrong = bad(signature)
    before = state()
    pages = set()
    for name, token in wrong.items():
        for part, answer in every(reverse("mine", args=[token])):
            assert answer.status_code == 404, (name, part)
            pages.add(answer.content)
    assert len(pages) == 1  # it doesn't tell which
    assert state() == before


def test_t05_the_link_of_one_signature_does_nothing_to_another() -> None:
    signature = old(name="Joan Baker")
    other = old(name="Sam Cheats")
    before = Signature.objects.filter(pk=signature.pk).values().get()
    every(fresh(other))
    assert Signature.objects.filter(pk=signature.pk).values().get() == before


def test_t05_an_older_generation_opens_nothing() -> None:
    signature = old()
    own, managed = page_of(signature), fresh(signature)
    Signature.objects.update(generation=1)
    before = state()
    for page in (own, managed):
        for part, answer in every(page):
            assert answer.status_code == (200 if part == "ask/" else 410), part
    assert [row | {"mails": 0, "mails_recent": 0} for row in state()] == [
        row | {"mails": 0, "mails_recent": 0} for row in before
    ]


def test_t05_a_quarter_of_an_hour_later_a_fresh_link_opens_nothing() -> None:
    with time_machine.travel(make.noon(), tick=False) as clock:
        signature = old()
        page = fresh(signature)
        clock.shift(timedelta(minutes=15, seconds=1))
        for part, answer in every(page):
            assert answer.status_code == (200 if part == "ask/" else 410), part
    signature.refresh_from_db()
    assert (signature.state, signature.public) == ("confirmed", True)


def test_t04_after_withdrawing_no_older_link_does_anything() -> None:
    signature = old()
    pages = [page_of(signature), fresh(signature)]
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    for page in pages:
        for part, answer in every(page):
            assert answer.status_code == (200 if part == "ask/" else 410), part
    assert supporter.browser().get(f"/confirm/{make.token(signature)}/").status_code == 410
    signature.refresh_from_db()
    assert signature.erased_at is None


def test_t04_after_erasing_no_older_link_leads_to_anybody() -> None:
    signature = old(name="Joan Baker", email="joan@example.org")
    pages = [page_of(signature), fresh(signature)]
    erasing.erase(uid=signature.uid, now=timezone.now())
    supporter.new_mails()
    for page in pages:
        for part, answer in every(page):
            assert answer.status_code == 410, part
            assert "is erased" in text(answer)
            assert "Joan" not in text(answer)
            assert signature.revision.sha256 not in text(answer)
    assert not supporter.new_mails()


def test_t04_what_was_pending_and_erased_is_not_there() -> None:
    signature = make.pending(make.letter())
    page = fresh(signature)
    answer = supporter.browser().post(f"{page}erase/", {"press": "erase"})
    assert answer.status_code == 303
    assert "Your data is erased" in text(supporter.browser().get(answer["Location"]))
    for _part, again in every(page):
        assert again.status_code == 404


def test_the_link_of_a_mail_alone_opens_only_the_page() -> None:
    signature = old(name="Joan Baker", comment="My words")
    revised(signature.letter)
    before = state()
    for part, answer in every(page_of(signature)):
        expected = {"": 200, "ask/": 200}.get(part, 403)
        assert answer.status_code == expected, part
        assert "My words" not in text(answer)
    for row in (*before, *(after := state())):
        row |= {"mails": 0, "mails_recent": 0}
    assert after == before


def test_t10_no_answer_is_kept_named_to_others_or_sets_a_cookie() -> None:
    signature = old()
    for page in (page_of(signature), fresh(signature), "/mine/" + "A" * 60 + "/"):
        for part, answer in every(page):
            assert answer["Cache-Control"] == "no-store", part
            assert answer["Referrer-Policy"] == "no-referrer", part
            assert answer["X-Robots-Tag"] == "noindex, nofollow", part
            assert not answer.cookies, part


def test_t01_no_address_changes_anything_by_being_opened() -> None:
    signature = old()
    revised(signature.letter)
    page, before = fresh(signature), state()
    client = supporter.browser()
    for part in {*GETS, *POSTS}:
        for method in (client.get, client.head):
            assert method(page + part).status_code in {200, 303, 405}
    assert state() == before


def test_every_press_needs_its_button() -> None:
    signature = old()
    revised(signature.letter)
    page, before = fresh(signature), state()
    for part, given in POSTS.items():
        for press in ({}, {"press": "x"}):
            supporter.browser().post(page + part, {**given, "press": "", **press})
    assert state() == before
