"""It wasn't me: whoever owns the address has the last word, and mails alone decide nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter, Tally
from campaigns.services import publishing
from signatures import tokens
from signatures.counting import takenout
from signatures.log.leaf import Kind
from signatures.models import Erasure, Funnel, Invalidation, Signature, Suppressed
from signatures.services import erasing, invalidating, sequencing, withdrawing
from signatures.tokens import Purpose
from tests import make, supporter
from tests.flows.together import at_once
from tests.signatures import agreeing

pytestmark = pytest.mark.django_db

JOAN = "joan@example.org"
_NOTE = re.compile(r'name="note" value="([^"]+)"')


def page_of(signature: Signature, *, purpose: Purpose = Purpose.CONFIRM, at: Any = None) -> str:
    token = tokens.make(
        purpose, signature.uid, generation=signature.generation, at=at or timezone.now()
    )
    return reverse("not_me", args=[token])


def deny(path: str, **fields: str) -> Any:
    return supporter.browser().post(path, {"press": "deny"} | fields)


def path_in(mail: Any) -> str:
    found = re.search(r"(/confirm/\S+/not-me/)", mail.body)
    assert found
    return found[1]


def test_t24_the_mail_s_own_link_deletes_what_somebody_typed_and_no_mail_comes_again() -> None:
    letter = make.letter()
    supporter.sign(letter, email=JOAN)
    [mail] = supporter.new_mails()
    assert deny(path_in(mail)).status_code == 200
    assert not Signature.objects.exists()
    supporter.sign(letter, email=JOAN)
    assert supporter.new_mails() == []
    supporter.sign(make.letter(), email=JOAN)  # another letter
    assert len(supporter.new_mails()) == 1
    assert supporter.press(supporter.link(mail)).status_code == 404
    assert Funnel.objects.get(letter=letter).denied == 1
    kept = Suppressed.objects.get()
    assert (kept.letter, bytes(kept.mailbox_anywhere)) == (letter, _digest(letter))


def _digest(letter: Letter) -> bytes:
    return bytes(Signature.objects.filter(letter=letter).latest("pk").mailbox_anywhere)


def test_t01_following_the_link_changes_nothing_however_it_is_fetched() -> None:
    for signature in (make.pending(make.letter()), make.counted(make.letter())):
        before = Signature.objects.values().get(pk=signature.pk)
        for purpose in (Purpose.CONFIRM, Purpose.MANAGE):
            path = page_of(signature, purpose=purpose)
            for _again in range(2):
                assert supporter.browser().get(path).status_code == 200
                assert supporter.browser().head(path).status_code == 200
        assert Signature.objects.values().get(pk=signature.pk) == before
    assert not Suppressed.objects.exists()


@pytest.mark.parametrize("fields", [{}, {"press": "confirm"}, {"press": ""}, {"never": "on"}])
def test_t02_a_form_that_was_sent_without_its_button_denies_nothing(fields: Any) -> None:
    signature = make.pending(make.letter())
    answer = supporter.browser().post(page_of(signature), fields)
    assert answer.status_code == 400
    assert "Nothing has happened yet" in answer.content.decode()
    assert Signature.objects.exists()
    assert not Suppressed.objects.exists()


def test_an_old_mail_still_denies_what_waits() -> None:
    letter = make.letter()
    signature = make.pending(letter)
    path = page_of(signature, at=timezone.now() - timedelta(days=6))
    assert deny(path).status_code == 200
    assert not Signature.objects.exists()


def test_in_the_hour_after_confirming_the_same_mail_takes_it_out_publicly() -> None:
    letter = make.letter()
    make.counted(letter)
    signature = make.counted(letter, email=JOAN, comment="Mine.")
    page = supporter.browser().get(page_of(signature)).content.decode()
    assert "counts at the moment" in page
    assert deny(page_of(signature)).status_code == 200
    agreeing.settle()
    agreeing.check()
    signature.refresh_from_db()
    assert (signature.state, signature.counted, signature.name) == ("invalidated", False, "")
    assert signature.mailbox_anywhere is None
    tally = Tally.objects.get(pk=letter.pk)
    assert (tally.signed, tally.withdrawn, tally.invalidated) == (2, 0, 1)
    [entry] = [one for one in agreeing.entries() if one.kind is Kind.INVALIDATED]
    assert entry.detail == 7
    letter = Letter.objects.for_page().get(pk=letter.pk)
    [step] = takenout.of_letter(letter)
    assert (step.reason, step.count) == (7, 1)
    assert "did not sign" in step.words
    kinds = set(Erasure.objects.values_list("kind", flat=True))
    assert kinds == {"erased", "suppressed"}


def test_what_was_not_counted_yet_is_deleted_whole() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    deny(page_of(signature))
    agreeing.settle()
    agreeing.check()
    assert not Signature.objects.exists()
    assert not Invalidation.objects.exists()
    assert Funnel.objects.get(letter=letter).denied == 1


def test_later_an_old_mail_may_only_send_for_a_fresh_link() -> None:
    letter = make.letter()
    signature = make.counted(letter, email=JOAN)
    supporter.new_mails()
    path = page_of(signature)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert "deny" not in supporter.browser().get(path).content.decode()
        assert deny(path).status_code == 403
        signature.refresh_from_db()
        assert signature.state == "confirmed"
        supporter.browser().post(path, {"press": "ask"})
        [mail] = supporter.new_mails()
        assert mail.to == [JOAN]
        fresh = supporter.link(mail)
        assert fresh.endswith("/not-me/")
    with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=16), tick=False):
        assert deny(fresh).status_code == 403
    with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=14), tick=False):
        assert deny(fresh).status_code == 200
        assert deny(fresh).status_code == 410  # nothing is left to deny
    signature.refresh_from_db()
    assert signature.state == "invalidated"


def test_one_rule_a_letter_holds_all_that_is_denied_and_staff_cannot_cancel_it() -> None:
    letter = make.letter(language="de")
    for _one in range(3):
        deny(page_of(make.counted(letter)))
    agreeing.settle()
    rule = Invalidation.objects.get()
    assert (rule.done, rule.state, rule.reason) == (3, "done", 7)
    with pytest.raises(invalidating.Refused):
        invalidating.cancel(invalidation=rule, now=timezone.now())
    assert Tally.objects.get(pk=letter.pk).invalidated == 3
    agreeing.check()


def test_what_staff_took_out_before_stays_out_when_their_rule_is_cancelled() -> None:
    letter = make.letter()
    mine, other = make.counted(letter), make.counted(letter)
    rule = Invalidation.objects.create(
        letter=letter, reason=4, public_reason="A program.", numbers=[1, 2]
    )
    invalidating.dry_run(invalidation=rule)
    invalidating.start(invalidation=rule, now=timezone.now())
    invalidating.run(invalidation=rule.pk, now=timezone.now())
    agreeing.settle()
    assert deny(page_of(mine, purpose=Purpose.MANAGE)).status_code == 200
    assert sum(rule.done for rule in Invalidation.objects.all()) == 2
    rule.refresh_from_db()
    assert invalidating.cancel(invalidation=rule, now=timezone.now()) == 1
    agreeing.settle()
    agreeing.check()
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == ("invalidated", "confirmed")


def test_of_what_was_withdrawn_the_rest_is_erased() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    agreeing.settle()
    signature.refresh_from_db()
    path = page_of(signature, purpose=Purpose.MANAGE)
    assert "doesn’t count any more" in supporter.browser().get(path).content.decode()
    assert deny(path).status_code == 200
    agreeing.settle()
    agreeing.check()
    signature.refresh_from_db()
    assert (signature.state, signature.email_sealed) == ("withdrawn", None)


def test_a_closed_letter_still_loses_whom_somebody_else_signed() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    publishing.close(letter=letter, now=timezone.now())
    assert deny(page_of(signature)).status_code == 200
    agreeing.settle()
    agreeing.check()
    assert Tally.objects.get(pk=letter.pk).invalidated == 1


def test_where_nothing_is_left_it_says_so() -> None:
    erased = make.counted(make.letter())
    path = page_of(erased)
    erasing.erase(uid=erased.uid, now=timezone.now())
    gone = make.pending(make.letter())
    other = page_of(gone)
    erasing.erase(uid=gone.uid, now=timezone.now())
    pages = [supporter.browser().get(one) for one in (path, other)]
    assert {page.status_code for page in pages} == {410}
    assert pages[0].content == pages[1].content
    assert deny(path).status_code == deny(other).status_code == 410


def test_t05_a_forged_link_gets_the_page_of_all_forged_links() -> None:
    signature = make.pending(make.letter())
    path = page_of(signature)
    other = page_of(signature, purpose=Purpose.MINE)
    cut = path.replace("/not-me/", "")[:-1] + "/not-me/"
    forged = path[:12] + ("A" if path[12] != "A" else "B") + path[13:]
    seen = {supporter.browser().get(one).content for one in (other, cut, forged)}
    assert len(seen) == 1
    for one in (other, cut, forged):
        assert deny(one).status_code == 404
    assert Signature.objects.exists()


def test_never_stops_every_letter() -> None:
    signature = make.pending(make.letter(), email=JOAN)
    page = deny(page_of(signature), never="on").content.decode()
    assert "No letter on" in page
    supporter.new_mails()
    supporter.sign(make.letter(), email=JOAN)
    assert supporter.new_mails() == []


@pytest.mark.parametrize("never", ["", "on"])
def test_a_denial_by_mistake_can_be_taken_back_for_an_hour(never: str) -> None:
    letter = make.letter()
    path = page_of(make.pending(letter, email=JOAN))
    supporter.new_mails()
    page = deny(path, never=never).content.decode()
    note = _NOTE.search(page)
    assert note
    late = timezone.now() + timedelta(minutes=61)
    with time_machine.travel(late, tick=False):
        answer = supporter.browser().post(path, {"press": "regret", "note": note[1]})
        assert answer.status_code == 410
    assert Suppressed.objects.exists()
    answer = supporter.browser().post(path, {"press": "regret", "note": note[1]})
    assert answer.status_code == 200
    assert not Suppressed.objects.exists()
    supporter.sign(letter, email=JOAN)
    assert len(supporter.new_mails()) == 1


@pytest.mark.parametrize("note", ["", "x", "é", "AAAA", "a" * 400])
def test_a_made_up_note_takes_nothing_back(note: str) -> None:
    signature = make.pending(make.letter())
    deny(page_of(signature))
    answer = supporter.browser().post(page_of(signature), {"press": "regret", "note": note})
    assert answer.status_code == 410
    assert Suppressed.objects.count() == 1


def test_the_seat_beside_it_stays() -> None:
    letter = make.letter(seats=2)
    joan = make.pending(letter, email=JOAN, name="Joan Baker")
    ann = make.pending(letter, email=JOAN, name="Ann Baker")
    deny(page_of(ann))
    assert Signature.objects.get() == joan


def test_a_mail_that_waited_for_the_seat_beside_it_is_not_sent_any_more() -> None:
    letter = make.letter(seats=2)
    joan = make.pending(letter, email=JOAN, name="Joan Baker")
    supporter.new_mails()
    make.pending(letter, email=JOAN, name="Ann Baker")
    deny(page_of(joan))
    assert supporter.new_mails() == []


@pytest.mark.django_db(transaction=True)
def test_t03_ten_presses_at_once_deny_once() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    path = page_of(signature)
    codes = at_once(10, lambda _n: deny(path).status_code)
    assert set(codes) <= {200, 410}
    assert codes.count(200) == 1
    assert Invalidation.objects.get().done == 1
    assert Funnel.objects.get(letter=letter).denied == 1
    sequencing.sequence(now=timezone.now())
    agreeing.check()


def test_t10_personal_pages_leak_nothing() -> None:
    for path in (page_of(make.pending(make.letter())), "/confirm/forged/not-me/"):
        page = supporter.browser().get(path)
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page["X-Robots-Tag"]
        assert "//" not in re.sub(r"http://www.w3.org\S*", "", page.content.decode())


def test_the_page_costs_few_statements() -> None:
    path = page_of(make.counted(make.letter()))
    with CaptureQueriesContext(connection) as seen:
        supporter.browser().get(path)
    assert len(seen) <= 6
