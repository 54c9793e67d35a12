"""Passing the letter on by one's own link, and hearing how many signed by it, but not who."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns import refs
from campaigns.models import Letter
from signatures import marks, places, tokens
from signatures.models import Signature
from signatures.services import confirming, erasing, sequencing, withdrawing
from signatures.tokens import Purpose
from tests import make, supporter

KEYS = {1: bytes(range(32)), 2: bytes(range(32, 64))}


# --- The mark ---------------------------------------------------------------------------------
@given(st.uuids())
def test_a_mark_reads_back_and_passes_through_a_link(uid: uuid.UUID) -> None:
    mark = marks.of(uid)
    assert len(mark) == 29
    assert refs.first([mark]) == refs.first([mark.upper()]) == mark
    assert marks.is_mark(mark)
    assert uid in marks.read(mark)
    assert uid.hex not in mark


def test_a_mark_outlives_the_key_that_made_it_until_that_is_dropped(settings: Any) -> None:
    uid = uuid.uuid4()
    settings.TOKEN_KEYS = {1: KEYS[1]}
    old = marks.of(uid)
    settings.TOKEN_KEYS = {2: KEYS[2], 1: KEYS[1]}
    assert marks.of(uid) != old
    assert uid in marks.read(old)
    assert uid in marks.read(marks.of(uid))
    settings.TOKEN_KEYS = {2: KEYS[2]}
    assert uid not in marks.read(old)


@pytest.mark.parametrize(
    "ref",
    ["", "me-", "me-abc", "zeit", "me-" + "a" * 25 + "b", "me-" + "1" * 26, "ME-" + "a" * 26,
     "me-" + "a" * 27, "x-me-" + "a" * 26, "+invited"],
)  # fmt: skip
def test_what_only_looks_like_a_mark_is_nobody_s(ref: str) -> None:
    assert not marks.is_mark(ref)
    assert marks.read(ref) == []


# --- Counting ---------------------------------------------------------------------------------
def brought(signature: Signature) -> int | None:
    signature.refresh_from_db()
    return signature.brought


def came(letter: Letter, mark: str, *, count: int = 1) -> list[Signature]:
    """People who confirmed after they had followed a link with that mark."""
    people = [make.confirmed(letter) for _ in range(count)]
    Signature.objects.filter(pk__in=[one.pk for one in people]).update(ref=mark)
    return people


def refs_of(people: list[Signature]) -> list[str]:
    rows = Signature.objects.filter(pk__in=[one.pk for one in people])
    return list(rows.values_list("ref", flat=True))


@pytest.mark.django_db
def test_who_signs_by_somebodys_link_is_added_to_their_number_and_the_mark_is_gone() -> None:
    letter = make.letter()
    joan, ann = make.counted(letter), make.counted(letter)
    people = [*came(letter, marks.of(joan.uid), count=3), *came(letter, marks.of(ann.uid))]
    placed = came(letter, "zeit")
    sequencing.sequence(now=timezone.now())
    assert (brought(joan), brought(ann)) == (3, 1)
    assert refs_of(people) == [""] * 4
    assert refs_of(placed) == ["zeit"]
    came(letter, marks.of(joan.uid), count=2)
    sequencing.sequence(now=timezone.now())
    assert brought(joan) == 5


@pytest.mark.django_db
def test_over_http_the_mark_waits_in_the_pending_row_alone() -> None:
    letter = make.letter(slug="aller")
    joan = make.counted(letter)
    mark = marks.of(joan.uid)
    page = f"http://testserver/letters/aller/?ref={mark.upper()}"
    supporter.sign(letter, headers={"Referer": page}, email="ann@example.org")
    ann = Signature.objects.latest("pk")
    assert ann.ref == mark
    confirming.confirm(
        token=make.token(ann), revision=make.revision(letter).number, now=timezone.now()
    )
    assert brought(joan) is None
    sequencing.sequence(now=timezone.now())
    assert brought(joan) == 1
    assert refs_of([ann]) == [""]


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["oneself", "another letter", "erased", "nobody", "withdrew"])
def test_nobody_is_thanked_for(why: str) -> None:
    letter = make.letter()
    joan = make.counted(make.letter() if why == "another letter" else letter)
    mark = marks.of(uuid.uuid4() if why == "nobody" else joan.uid)
    if why == "erased":
        erasing.erase(uid=joan.uid, now=timezone.now())
    [one] = came(letter, mark)
    if why == "oneself":
        Signature.objects.filter(pk=one.pk).update(ref=marks.of(one.uid))
        joan = one
    if why == "withdrew":
        withdrawing.withdraw(uid=one.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    assert brought(joan) is None
    assert refs_of([one]) == [""]


@pytest.mark.django_db
@pytest.mark.parametrize("left", [slice(28), slice(27)], ids=["a letter less", "two less"])
@pytest.mark.parametrize("more", ["", "b", "bb", "-via-mail"])
def test_a_mark_that_was_cut_or_written_on_is_kept_nowhere_either(left: slice, more: str) -> None:
    letter = make.letter()
    joan = make.counted(letter)
    mark = marks.of(joan.uid)[left] + more
    [one] = came(letter, mark)
    assert refs_of([one]) == [mark]
    sequencing.sequence(now=timezone.now())
    assert refs_of([one]) == [""]


@pytest.mark.django_db
@pytest.mark.parametrize("private", [{"sensitive": True}, {"anonymous_hours": 24}])
def test_of_private_letters_nothing_is_counted_and_no_link_is_offered(private: Any) -> None:
    letter = make.letter()
    joan = make.counted(letter)
    Letter.objects.filter(pk=letter.pk).update(**private)
    [one] = came(letter, marks.of(joan.uid))
    later = timezone.now() + timedelta(minutes=2)
    sequencing.sequence(now=later)
    assert brought(joan) is None
    assert refs_of([one]) == [""]
    shown = page(joan)
    assert "ref=me-" not in shown
    assert "code.svg" not in shown
    assert supporter.browser().get(f"{page_of(joan)}code.svg").status_code == 404


@pytest.mark.django_db
def test_a_batch_without_marks_asks_nothing_more_and_one_with_asks_the_same_for_many() -> None:
    letter = make.letter()
    joan = make.counted(letter)
    asked = []
    for mark, count in (("", 3), (marks.of(joan.uid), 1), (marks.of(joan.uid), 30)):
        came(letter, mark, count=count)
        with CaptureQueriesContext(connection) as queries:
            sequencing.sequence(now=timezone.now())
        asked.append(
            sum("brought" in one["sql"] or "`ref`" in one["sql"] for one in queries),
        )
    assert asked[1] == asked[2]
    assert asked[1] - asked[0] <= 2


@pytest.mark.django_db
def test_t73_a_personal_mark_is_in_no_statistics_file_or_page_of_others() -> None:
    letter = make.letter()
    joan = make.counted(letter)
    mark = marks.of(joan.uid)
    came(letter, mark, count=12)
    sequencing.sequence(now=timezone.now())
    assert places.of(Letter.objects.for_page().get(pk=letter.pk)).largest == []
    assert not Signature.objects.filter(ref__contains="me-").exists()


# --- What is told -----------------------------------------------------------------------------
def page_of(signature: Signature) -> str:
    signature.refresh_from_db()
    token = tokens.make(
        Purpose.MINE, signature.uid, generation=signature.generation, at=timezone.now()
    )
    return reverse("mine", args=[token])


def page(signature: Signature) -> str:
    return str(supporter.browser().get(page_of(signature)).content.decode())


@pytest.mark.django_db
def test_below_five_the_page_says_the_same_whoever_signed() -> None:
    joan = make.counted(make.letter())
    shown = set()
    for people in (None, 1, 4):
        Signature.objects.filter(pk=joan.pk).update(brought=people)
        shown.add(page(joan).partition('id="spread"')[2].partition("<div")[0])
    assert len(shown) == 1
    assert "Once 5 have signed through your link" in shown.pop()
    for people in (5, 1_234):
        Signature.objects.filter(pk=joan.pk).update(brought=people)
        assert f"{people:,} people have signed through you." in page(joan)


@pytest.mark.django_db
def test_nor_does_what_a_signer_downloads_say_more() -> None:
    joan = make.counted(make.letter())
    files = set()
    for people in (None, 1, 4):
        Signature.objects.filter(pk=joan.pk).update(brought=people)
        told = supporter.browser().get(f"{page_of(joan)}data.json").json()
        files.add(str(find(told, "brought")))
    assert len(files) == 1


def find(told: Any, name: str) -> Any:
    if isinstance(told, dict):
        if name in told:
            return told[name]
        told = list(told.values())
    found = [find(one, name) for one in told] if isinstance(told, list) else []
    return next((one for one in found if one is not None), None)


@pytest.mark.django_db
def test_every_way_to_share_carries_the_signers_own_link_and_the_code_does_too() -> None:
    joan = make.counted(make.letter())
    shown, mark = page(joan), marks.of(joan.uid)
    assert shown.count(mark) == 6 + 2  # the networks, the field and the button
    assert joan.uid.hex not in shown.partition('id="spread"')[2].partition("</section>")[0]
    picture = supporter.browser().get(f"{page_of(joan)}code.svg")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml")
    assert picture["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_who_withdrew_has_no_link_to_pass_on() -> None:
    joan = make.counted(make.letter())
    withdrawing.withdraw(uid=joan.uid, now=timezone.now())
    assert "ref=me-" not in page(joan)
    assert supporter.browser().get(f"{page_of(joan)}code.svg").status_code == 404
