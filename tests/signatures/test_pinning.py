"""Initial signatories: whom the organiser puts first, in which order, and who never stays there."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Letter
from signatures import listing
from signatures.exports.wish import Wish
from signatures.models import Signature
from signatures.services import (
    erasing,
    pinning,
    sequencing,
    showing,
    snapshotting,
    withdrawing,
)
from tests import make
from tests.campaigns import desk
from tests.parsing import Page

pytestmark = pytest.mark.django_db
PAGE = "/organise/letters/aller/first/"


@pytest.fixture
def otto():
    return make.organiser("otto@example.org")


@pytest.fixture
def at_desk(otto) -> Client:
    return desk.client(otto)


@pytest.fixture
def letter(otto) -> Letter:
    return make.letter(by=otto, slug="aller")


def signed(letter: Letter, *names: str, **more) -> list[Signature]:
    return [make.counted(letter, name=name, **more) for name in names]


def pinned(letter: Letter, *names: str) -> list[Signature]:
    found = signed(letter, *names)
    for one in found:
        pinning.put_first(letter=letter, uid=one.uid)
    return found


def first(letter: Letter) -> list[str]:
    return [one.name for one in listing.initial(letter, 100)]


# --- The verbs --------------------------------------------------------------------------------
def test_people_stand_first_in_the_order_they_were_put_there(letter):
    signed(letter, "Zoe")
    pinned(letter, "Cy", "Al", "Bo")
    assert first(letter) == ["Cy", "Al", "Bo"]
    page = listing.page(letter, listing.Wanted())
    assert [one.name for one in page.rows] == ["Zoe"]


def test_putting_somebody_first_twice_changes_nothing(letter):
    cy, _al = pinned(letter, "Cy", "Al")
    pinning.put_first(letter=letter, uid=cy.uid)
    assert first(letter) == ["Cy", "Al"]


def test_moving_up_changes_places_with_the_one_before(letter):
    cy, _al, bo = pinned(letter, "Cy", "Al", "Bo")
    pinning.move_up(letter=letter, uid=bo.uid)
    assert first(letter) == ["Cy", "Bo", "Al"]
    pinning.move_up(letter=letter, uid=cy.uid)  # is at the top
    pinning.move_up(letter=letter, uid=uuid.uuid4())  # is nobody
    assert first(letter) == ["Cy", "Bo", "Al"]


def test_who_is_taken_off_goes_back_to_the_list(letter):
    _cy, al, _bo = pinned(letter, "Cy", "Al", "Bo")
    for _twice in range(2):
        pinning.take_off(letter=letter, uid=al.uid)
    assert first(letter) == ["Cy", "Bo"]
    assert [one.name for one in listing.page(letter, listing.Wanted()).rows] == ["Al"]


def test_only_who_counts_and_shows_the_name_can_stand_first(letter):
    elsewhere = signed(make.letter(), "Di")[0]
    refused = [
        elsewhere,
        make.counted(letter, name="Wim", public=False),
        make.pending(letter, name="Pen"),
        make.confirmed(letter, name="Connie"),
    ]
    for one in refused:
        with pytest.raises(pinning.Refused):
            pinning.put_first(letter=letter, uid=one.uid)
    assert not Signature.objects.filter(pinned__isnull=False).exists()


def test_there_is_room_for_fifty(letter):
    rows = signed(letter, *(f"Name {number}" for number in range(pinning.MOST + 1)))
    for place, row in enumerate(rows[:-1], start=1):
        Signature.objects.filter(pk=row.pk).update(pinned=place)
    with pytest.raises(pinning.Refused):
        pinning.put_first(letter=letter, uid=rows[-1].uid)
    pinning.take_off(letter=letter, uid=rows[0].uid)
    pinning.put_first(letter=letter, uid=rows[-1].uid)
    assert first(letter)[-1] == "Name 50"


def test_of_another_letter_nobody_is_moved_or_taken_off(letter):
    other = make.letter()
    _cy, al = pinned(other, "Cy", "Al")
    pinning.move_up(letter=letter, uid=al.uid)
    pinning.take_off(letter=letter, uid=al.uid)
    assert first(other) == ["Cy", "Al"]


# --- Nobody stands first without being there --------------------------------------------------
def withhold(row: Signature) -> None:
    showing.show(uid=row.uid, public=False)


def withdraw(row: Signature) -> None:
    withdrawing.withdraw(uid=row.uid, now=timezone.now())


def erase(row: Signature) -> None:
    erasing.erase(uid=row.uid, now=timezone.now())


@pytest.mark.parametrize("leave", [withhold, withdraw, erase])
def test_who_withholds_withdraws_or_is_erased_no_longer_stands_first(letter, leave):
    cy, _al = pinned(letter, "Cy", "Al")
    leave(cy)
    sequencing.sequence(now=timezone.now())
    cy.refresh_from_db()
    assert cy.pinned is None
    assert first(letter) == ["Al"]
    rows = snapshotting.take(letter, Wish(), timezone.now()).rows()
    assert [stands_first for _, stands_first, row in rows if row.pk == cy.pk] in ([False], [])


def test_showing_the_name_again_does_not_lead_back_to_the_first(letter):
    cy = pinned(letter, "Cy")[0]
    withhold(cy)
    showing.show(uid=cy.uid, public=True)
    assert first(letter) == []


def test_signing_again_after_withdrawing_does_not_lead_back_to_the_first(letter):
    cy = make.counted(letter, name="Cy", email="cy@example.org")
    pinning.put_first(letter=letter, uid=cy.uid)
    withdraw(cy)
    make.counted(letter, name="Cy", email="cy@example.org")
    assert first(letter) == []


def test_who_withholds_while_the_order_is_being_changed_is_not_put_back(letter):
    cy, al = pinned(letter, "Cy", "Al")
    with transaction.atomic():
        before = pinning._lock(letter)
        withhold(al)
        pinning._write(reversed(before))
    al.refresh_from_db()
    assert (al.public, al.pinned) == (False, None)
    assert [one.uid for one in before] == [cy.uid, al.uid]  # the control: it was to be moved
    assert first(letter) == ["Cy"]


def test_a_place_left_empty_closes_with_the_next_change(letter):
    _cy, al, bo = pinned(letter, "Cy", "Al", "Bo")
    withhold(al)
    pinning.move_up(letter=letter, uid=bo.uid)
    assert first(letter) == ["Bo", "Cy"]
    assert list(
        Signature.objects.filter(pinned__isnull=False).order_by("pinned").values_list("pinned")
    ) == [(1,), (2,)]


# --- The page ---------------------------------------------------------------------------------
def press(at_desk: Client, row: Signature, verb: str, **here: str):
    return at_desk.post(f"{PAGE}{row.uid}/{verb}/", here)


def shown(at_desk: Client, address: str = PAGE) -> tuple[list[str], list[str]]:
    """Who stands first on the page, and who is offered."""
    page = Page(at_desk.get(address))

    def names(tag: str) -> list[str]:
        found = (one for one in page.all(tag) if "people" in str(one.get("class")).split())
        return ["".join(name.itertext()) for one in found for name in one.iter("b")]

    return names("ol"), names("ul")


def test_the_page_puts_people_first_moves_them_and_takes_them_off(at_desk, letter):
    al, bo = signed(letter, "Al", "Bo")
    signed(letter, "Wim", public=False)
    assert shown(at_desk) == ([], ["Al", "Bo"])
    assert press(at_desk, al, "put").status_code == 302
    press(at_desk, bo, "put")
    assert shown(at_desk) == (["Al", "Bo"], [])
    press(at_desk, bo, "up")
    assert shown(at_desk) == (["Bo", "Al"], [])
    press(at_desk, bo, "off")
    assert shown(at_desk) == (["Al"], ["Bo"])


def test_a_button_leads_back_to_where_one_was_in_the_list(at_desk, letter):
    al = signed(letter, "Al Müller", "Bo")[0]
    assert shown(at_desk, f"{PAGE}?q=muller") == ([], ["Al Müller"])
    answer = press(at_desk, al, "put", q="muller", after="x&y", next="//elsewhere.example")
    assert answer["Location"] == f"{PAGE}?q=muller&after=x%26y#list-title"
    page = Page(at_desk.get(f"{PAGE}?q=muller"))
    assert "Stands first" in page.words()
    assert {one.get("value") for one in page.all("input", name="q", type="hidden")} == {"muller"}


def test_who_has_left_meanwhile_is_explained(at_desk, letter):
    al = signed(letter, "Al")[0]
    withhold(al)
    answer = press(at_desk, al, "put")
    assert answer.status_code == 409
    assert "isn’t on the public list any more" in desk.words(answer.content)


def test_the_list_goes_on_page_by_page(at_desk, letter, monkeypatch):
    monkeypatch.setattr("signatures.views.first.PAGE", 2)
    for ago, name in enumerate(["Al", "Bo", "Cy"]):
        make.counted(letter, name=name, now=timezone.now() - timedelta(days=ago))
    page = Page(at_desk.get(PAGE))
    onward = page.one("a", rel="next").get("href")
    assert shown(at_desk, PAGE + onward) == ([], ["Cy"])


def test_a_draft_has_nobody_to_put_first(at_desk, otto):
    draft = make.letter(by=otto, published=False)
    answer = at_desk.get(f"/organise/letters/{draft.slug}/first/")
    assert "Nobody shows their name yet" in desk.words(answer.content)


def test_the_desk_leads_there(at_desk, letter):
    assert f'href="{PAGE}"' in at_desk.get("/organise/letters/aller/").content.decode()


def test_the_page_costs_the_same_with_one_and_with_many(at_desk, letter):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            at_desk.get(PAGE)
        return len(captured)

    pinned(letter, "Al")
    signed(letter, "Bo")
    queries()  # what only the first page of a visit asks
    few = queries()
    pinned(letter, *"CDEFG")
    signed(letter, *"HIJKL")
    assert queries() == few


def test_a_change_locks_no_signer_out(letter):
    """The letter's row is locked without its key, so that new rows may still name it."""
    al = signed(letter, "Al")[0]
    with CaptureQueriesContext(connection) as captured:
        pinning.put_first(letter=letter, uid=al.uid)
    if connection.vendor == "postgresql":
        locked = [one["sql"] for one in captured if "FOR " in one["sql"]]
        assert any("FOR NO KEY UPDATE" in sql and "campaigns_letter" in sql for sql in locked)
