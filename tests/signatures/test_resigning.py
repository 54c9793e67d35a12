"""The letter has a newer text: its signers see what changed, and sign it or step back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from campaigns.models import GrowthHour, Letter, LetterEvent
from campaigns.services import publishing
from signatures.log.leaf import Kind
from signatures.models import Breakdown, Consent, Invalidation, Signature
from signatures.proof import domainclass, openings, proving
from signatures.services import (
    auditing,
    checkpointing,
    erasing,
    invalidating,
    resigning,
    sequencing,
    withdrawing,
)
from signatures.views.presses import PRESSES
from tests import make, supporter
from tests.signatures import agreeing
from tests.signatures.ownpage import fresh, old, page_of, revised, text

pytestmark = pytest.mark.django_db


def press(signature: Signature, number: int = 2, **fields: Any) -> Any:
    return supporter.browser().post(
        f"{fresh(signature)}sign/", {"press": "sign", "revision": str(number)} | fields
    )


def kinds_after(letter: Letter, before: int) -> list[Kind]:
    return agreeing.kinds(letter)[before:]


def sequence() -> None:
    sequencing.sequence(now=timezone.now())


def test_t12_the_page_shows_what_changed_since_and_offers_both_ways() -> None:
    signature = old()
    revised(signature.letter)
    page = text(supporter.browser().get(fresh(signature)))
    assert "The letter has a newer text" in page
    assert "<ins>all " in page
    assert "Sign the new text" in page
    assert "Step back" in page
    forwarded = text(supporter.browser().get(page_of(signature)))
    assert "<ins>all " in forwarded
    assert "Sign the new text</button>" not in forwarded
    assert "ask for a fresh link" in forwarded


def test_signing_the_new_text_moves_no_count_and_gives_a_new_number() -> None:
    letter = make.letter()
    first = make.counted(letter, name="Joan Baker")
    make.counted(letter)
    letter = revised(letter)
    sequence()  # the log has the new text
    before, uid = len(agreeing.kinds(letter)), first.uid
    answer = press(first)
    assert answer.status_code == 303
    sequence()
    first.refresh_from_db()
    assert (first.uid, first.number, first.counted, first.renewed) == (uid, 3, True, 1)
    assert first.revision.number == 2
    assert kinds_after(letter, before) == [Kind.WITHDRAWN, Kind.SIGNED]
    letter.tally.refresh_from_db()
    assert (letter.tally.signed, letter.tally.withdrawn, letter.tally.count) == (3, 1, 2)
    assert first.log_index is not None
    entries = agreeing.entries()
    assert entries[first.log_index].ref == LetterEvent.objects.get(revision__number=2).index
    assert openings.opening_of(first).commitment == entries[first.log_index].commit
    agreeing.check()
    assert "You are no. 3" in text(supporter.browser().get(answer["Location"]))


def test_the_curve_and_the_kinds_of_mailboxes_stay_right() -> None:
    signature = old()
    hours = list(GrowthHour.objects.values("hour", "signed", "cancelled"))
    revised(signature.letter)
    first = signature.domain_class
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domainclass, "of", lambda _: 9)  # told apart otherwise by now
        press(signature)
    sequence()
    assert list(GrowthHour.objects.values("hour", "signed", "cancelled")) == hours
    by_kind: dict[int, int] = {}
    for row in Breakdown.objects.filter(kind__in=[Kind.SIGNED, Kind.WITHDRAWN]):
        sign = 1 if row.kind == Kind.SIGNED else -1
        by_kind[row.domain_class] = by_kind.get(row.domain_class, 0) + sign * row.people
    assert {kind: people for kind, people in by_kind.items() if people} == {first: 1}


def test_pressing_it_again_changes_nothing() -> None:
    signature = old()
    revised(signature.letter)
    for _ in range(3):
        assert press(signature).status_code == 303
    sequence()
    press(signature)
    sequence()
    signature.refresh_from_db()
    assert (signature.number, signature.renewed) == (2, 1)
    assert Consent.objects.count() == 1


def test_the_consent_keeps_the_words_the_language_and_the_time() -> None:
    signature = old(language="de")
    revised(signature.letter)
    now = timezone.now()
    supporter.browser().post(f"/de{fresh(signature)}sign/", {"press": "sign", "revision": "2"})
    consent = Consent.objects.get()
    assert (consent.about, consent.given, consent.door) == ("text", True, "page")
    assert (consent.language, consent.at >= now) == ("de", True)
    with translation.override("de"):
        assert consent.text == str(PRESSES["sign"])


def test_a_number_takes_a_moment_and_the_page_says_so() -> None:
    signature = old()
    revised(signature.letter)
    answer = press(signature)
    page = supporter.browser().get(answer["Location"])
    assert "You have signed the new text" in text(page)
    assert page["Refresh"].startswith("2; url=/mine/")
    signature.refresh_from_db()
    with pytest.raises(proving.NotYet):
        proving.receipt_of(signature)


def test_the_button_without_its_name_changes_nothing() -> None:
    signature = old()
    revised(signature.letter)
    supporter.browser().post(f"{fresh(signature)}sign/", {"revision": "2"})
    assert Signature.objects.get().revision.number == 1


def test_t12_a_text_that_is_newer_than_the_page_is_shown_first() -> None:
    signature = old()
    revised(signature.letter)
    revised(signature.letter, "Give the Aller half its water back")
    answer = press(signature, 2)
    assert answer.status_code == 409
    assert "newer text than the one on your page" in text(answer)
    assert "<ins>half " in text(answer)
    assert Signature.objects.get().revision.number == 1


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "0", "3", "１"])
def test_a_text_that_is_not_there_is_not_signed(number: str) -> None:
    signature = old()
    revised(signature.letter)
    assert press(signature, revision=number).status_code == 409
    assert Signature.objects.get().revision.number == 1


def test_after_closing_nobody_signs_a_newer_text() -> None:
    signature = old()
    letter = revised(signature.letter)
    publishing.close(letter=letter, now=timezone.now())
    page = text(supporter.browser().get(fresh(signature)))
    assert "yours stays under the text you signed" in page
    assert "Sign the new text</button>" not in page
    answer = press(signature)
    assert answer.status_code == 409
    assert "takes no signatures now" in text(answer)
    agreeing.settle()
    agreeing.check()
    assert Signature.objects.get().revision.number == 1


def test_closing_waits_for_who_has_signed_the_new_text() -> None:
    signature = old()
    letter = revised(signature.letter)
    press(signature)
    publishing.close(letter=letter, now=timezone.now())
    agreeing.settle()
    agreeing.check()
    signature.refresh_from_db()
    assert signature.number == 2
    assert agreeing.kinds(letter)[-1] == Kind.CLOSED


@pytest.mark.parametrize("verb", ["withdraw", "withdraw and erase", "erase", "strike"])
def test_what_happens_before_the_sequencer_comes_is_counted_right(verb: str) -> None:
    signature = old()
    letter = revised(signature.letter)
    press(signature)
    now = timezone.now()
    if verb == "strike":
        rule = _rule(letter)
        invalidating.dry_run(invalidation=rule)
        invalidating.start(invalidation=rule, now=now)
        invalidating.run(invalidation=rule.pk, now=now)
    elif verb == "erase":
        erasing.erase(uid=signature.uid, now=now)
    else:
        withdrawing.withdraw(uid=signature.uid, now=now, erase=verb != "withdraw")
    agreeing.settle()
    agreeing.check()
    letter.tally.refresh_from_db()
    assert letter.tally.count == int(verb == "erase")


def _rule(letter: Letter) -> Invalidation:
    return Invalidation.objects.create(letter=letter, reason=4, public_reason="x", numbers=[1])


def test_who_waits_for_their_first_number_just_signs_the_newer_text() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    letter = revised(letter)
    resigning.resign(uid=signature.uid, revision=2, now=timezone.now())
    agreeing.settle()
    agreeing.check()
    signature.refresh_from_db()
    assert (signature.number, signature.renewed) == (1, None)
    assert Kind.WITHDRAWN not in agreeing.kinds(letter)


@pytest.mark.parametrize("state", ["pending", "withdrawn", "invalidated", "erased"])
def test_only_who_counts_may_sign_a_newer_text(state: str) -> None:
    signature = make.pending(make.letter()) if state == "pending" else old()
    if state == "withdrawn":
        withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    elif state == "invalidated":
        Signature.objects.update(state="invalidated", invalidation=_rule(signature.letter))
    elif state == "erased":
        erasing.erase(uid=signature.uid, now=timezone.now())
    revised(signature.letter)
    with pytest.raises(resigning.Refused):
        resigning.resign(uid=signature.uid, revision=2, now=timezone.now())


def test_of_a_sensitive_letter_it_waits_for_the_minute() -> None:
    now = timezone.now().replace(second=20)
    letter = make.letter(sensitive=True, now=now - timedelta(hours=3))
    signature = make.confirmed(letter, now=now - timedelta(hours=2))
    sequencing.sequence(now=now - timedelta(hours=1))
    revised(letter)
    resigning.resign(uid=signature.uid, revision=2, now=now)
    sequencing.sequence(now=now + timedelta(seconds=30))
    signature.refresh_from_db()
    assert signature.number == 1
    sequencing.sequence(now=now + timedelta(seconds=50))
    signature.refresh_from_db()
    assert signature.number == 2


def test_the_audit_of_the_log_is_clean() -> None:
    signature = old()
    revised(signature.letter)
    sequence()
    press(signature)
    list(auditing.audit())  # while it waits
    sequence()
    checkpointing.publish(now=timezone.now())
    list(auditing.audit())
