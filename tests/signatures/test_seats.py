"""T23: two people who share a mailbox, where their letter allows it."""

import pytest
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import drafting
from signatures import tokens
from signatures.models import Signature
from signatures.services import confirming, withdrawing
from tests import make, supporter
from tests.flows.together import at_once

pytestmark = pytest.mark.django_db
HOME = "home@example.org"


def names(letter: Letter) -> list[tuple[str, int, str]]:
    rows = Signature.objects.filter(letter=letter).order_by("seat")
    return list(rows.values_list("name", "seat", "state"))


def lowered(letter: Letter) -> Letter:
    """The organiser changes their mind: one mailbox, one signature."""
    draft = make.draft(slug=letter.slug, seats=1)
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=timezone.now())
    return Letter.objects.for_page().get(pk=letter.pk)


def test_t23_each_of_two_gets_a_mail_of_their_own_and_a_page_of_their_own() -> None:
    letter = make.letter(seats=2)
    for name in ("Joan Baker", "Otto Baker"):
        supporter.sign(letter, name=name, email=HOME)
    mails = supporter.new_mails()
    assert [mail.to for mail in mails] == [[HOME], [HOME]]
    assert "Hello Joan Baker," in mails[0].body
    assert "Hello Otto Baker," in mails[1].body
    joan, otto = (supporter.press(supporter.link(mail))["Location"] for mail in mails)
    assert joan != otto
    assert names(letter) == [("Joan Baker", 1, "confirmed"), ("Otto Baker", 2, "confirmed")]
    browser = supporter.browser()
    assert "Joan Baker" in browser.get(joan).content.decode()
    assert "Otto Baker" in browser.get(otto).content.decode()
    assert "Joan Baker" not in browser.get(otto).content.decode()


def test_t23_one_who_withdraws_leaves_the_other() -> None:
    letter = make.letter(seats=2)
    joan = make.counted(letter, name="Joan Baker", email=HOME)
    make.counted(letter, name="Otto Baker", email=HOME)
    withdrawing.withdraw(uid=joan.uid, now=timezone.now(), erase=True)
    left = Signature.objects.get(letter=letter, state="confirmed")
    assert (left.name, left.seat) == ("Otto Baker", 2)


def test_t23_the_rule_stands_at_the_form_in_the_text_that_is_signed_and_where_it_is_counted() -> (
    None
):
    one, two = make.letter(), make.letter(seats=2)
    assert two.revision is not None
    assert "\nsignatures per mailbox: 2\n" in two.revision.canonical
    browser = supporter.browser()
    for tail, rule in (
        ("", "Two people may share this address"),
        ("privacy/", "each mailbox signs for two people at most"),
        ("checked/", "One mailbox can sign for two people at most"),
        ("press/", "One mailbox can sign for two people at most"),
    ):
        assert rule in browser.get(f"{two.get_absolute_url()}{tail}").content.decode()
        assert rule not in browser.get(f"{one.get_absolute_url()}{tail}").content.decode()


def test_t23_changing_the_rule_makes_a_revision_and_drops_nobody() -> None:
    letter = make.letter(seats=2)
    otto = make.pending(letter, name="Otto Baker", email=HOME)
    joan = make.pending(letter, name="Joan Baker", email=HOME)
    letter = lowered(letter)
    assert letter.revision is not None
    assert letter.revision.number == 2
    assert "\nsignatures per mailbox: 1\n" in letter.revision.canonical
    for row in (joan, otto):
        confirming.confirm(token=make.token(row), revision=2, now=timezone.now())
    assert {name for name, _seat, _state in names(letter)} == {"Joan Baker", "Otto Baker"}
    # Who signs again is known by name; who comes third finds the mailbox taken.
    assert make.pending(letter, name="Otto Baker", email=HOME) is not None
    make.pending(letter, name="Mira Baker", email=HOME)
    assert names(letter) == [("Otto Baker", 1, "confirmed"), ("Joan Baker", 2, "confirmed")]


def test_t23_after_the_rule_became_one_the_seat_of_who_left_stays_empty() -> None:
    letter = make.letter(seats=2)
    joan = make.counted(letter, name="Joan Baker", email=HOME)
    make.counted(letter, name="Otto Baker", email=HOME)
    withdrawing.withdraw(uid=joan.uid, now=timezone.now(), erase=True)
    letter = lowered(letter)
    make.pending(letter, name="Mira Baker", email=HOME)
    assert names(letter)[-1] == ("Otto Baker", 2, "confirmed")
    assert not Signature.objects.filter(letter=letter, state="pending").exists()


def test_t23_a_mistyped_name_gives_way_and_the_other_person_stays() -> None:
    letter = make.letter(seats=2)
    make.pending(letter, name="Jon Baker", email=HOME)
    otto = make.pending(letter, name="Otto Baker", email=HOME)
    make.pending(letter, name="Joan Baker", email=HOME)
    assert names(letter) == [("Joan Baker", 1, "pending"), ("Otto Baker", 2, "pending")]
    otto.refresh_from_db()
    confirming.confirm(token=make.token(otto), revision=1, now=timezone.now())
    make.pending(letter, name="Mira Baker", email=HOME)
    assert names(letter)[1] == ("Otto Baker", 2, "confirmed")


def test_t23_a_code_or_link_of_one_never_confirms_the_other() -> None:
    letter = make.letter(seats=2)
    joan = make.pending(letter, name="Joan Baker", email=HOME)
    otto = make.pending(letter, name="Otto Baker", email=HOME)
    confirming.confirm(token=make.token(joan), revision=1, now=timezone.now())
    otto.refresh_from_db()
    assert otto.state == "pending"
    with pytest.raises(tokens.BadToken):
        confirming.confirm(token=make.forged(make.token(joan)), revision=1, now=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "people", [("Joan", "Otto"), ("Joan", "Otto", "Mira", "Sam")], ids=["two", "four"]
)
def test_t23_at_the_same_moment_two_sign_and_no_third(people: tuple[str, ...]) -> None:
    letter = make.letter(seats=2)
    make.notice()
    results = at_once(
        len(people), lambda place: make.pending(letter, name=people[place], email=HOME)
    )
    assert not [one for one in results if isinstance(one, Exception)]
    rows = names(letter)
    assert [seat for _name, seat, _state in rows] == [1, 2]
    assert len({name for name, _seat, _state in rows}) == 2
    assert {name for name, _seat, _state in rows} <= set(people)
