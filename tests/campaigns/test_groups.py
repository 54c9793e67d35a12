"""Groups: the names an organiser gives for signers to choose from."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from campaigns import groups, letterfile
from campaigns.frontmatter import BadLetterFile
from campaigns.groups import BadGroups
from campaigns.models import Letter
from campaigns.models.letter import FIELDS
from campaigns.services import drafting, publishing
from tests import make
from tests.campaigns import desk

NAMES = ["Members", "Scientists", "Freundinnen & Freunde"]


# --- The names --------------------------------------------------------------------------------
def test_names_are_cleaned_and_keep_their_order():
    assert groups.read(["  Zoologists ", "", "\u00a0", "Ärztinnen\tund Ärzte", "王小明"]) == [
        "Zoologists", "Ärztinnen und Ärzte", "王小明",
    ]  # fmt: skip
    assert groups.read([]) == groups.read(["", " "]) == []


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        (["Members", "x" * 61], 2),
        (["Members", "", "Fri\u202eends"], 3),
        (["Members", "Friends", "MEMBERS "], 3),
        (["STRASSE", "Straße"], 2),
        (["Ｍembers", "members"], 2),
        (["Members"], None),
        ([f"Group {number}" for number in range(13)], None),
    ],
)
def test_what_cannot_be_chosen_from_is_refused_and_says_where(typed, place):
    with pytest.raises(BadGroups) as caught:
        groups.read(typed)
    assert caught.value.place == place
    assert str(caught.value.reason)


def test_there_is_room_for_twelve_names_of_sixty_letters():
    twelve = [f"{number:02}" + "x" * 58 for number in range(12)]
    assert groups.read(twelve) == twelve


# --- The sheet --------------------------------------------------------------------------------
@pytest.fixture
def otto(db):
    return make.organiser("otto@example.org")


@pytest.fixture
def at_desk(otto):
    return desk.client(otto)


def edit(at_desk, letter, **typed):
    address = f"/organise/letters/{letter.slug}/edit/"
    return at_desk.post(address, desk.fields(at_desk.get(address).content) | typed)


def test_groups_typed_one_a_line_are_saved_and_shown_again(at_desk, otto):
    letter = make.letter(by=otto, published=False)
    answer = edit(at_desk, letter, groups="Members\r\n\r\n  Scientists\r\nFriends\r\n")
    assert answer.status_code == 302
    letter.refresh_from_db()
    assert letter.groups == ["Members", "Scientists", "Friends"]
    again = desk.fields(at_desk.get(f"/organise/letters/{letter.slug}/edit/").content)
    assert again["groups"] == "Members\nScientists\nFriends"
    said = desk.words(at_desk.get(f"/organise/letters/{letter.slug}/").content)
    assert "MembersScientistsFriends" in said


def test_a_wrong_name_is_named_by_its_line_and_everything_typed_stays(at_desk, otto):
    letter = make.letter(by=otto, published=False, groups=NAMES)
    answer = edit(at_desk, letter, groups="Members\nFriends\nmembers", title="Another title")
    assert answer.status_code == 422
    assert "Line 3: This name stands there twice." in desk.words(answer.content)
    typed = desk.fields(answer.content)
    assert (typed["groups"], typed["title"]) == ("Members\nFriends\nmembers", "Another title")
    letter.refresh_from_db()
    assert letter.groups == NAMES


def test_the_service_keeps_the_same_rules_as_the_sheet(otto):
    for wrong in (["Members"], ["A", "a"], ["A", "x" * 61]):
        with pytest.raises(ValidationError) as caught:
            drafting.create(organiser=otto, draft=make.draft(groups=wrong))
        assert list(caught.value.message_dict) == ["groups"]


def test_a_change_of_groups_is_no_new_text(at_desk, otto):
    letter = make.letter(by=otto, groups=NAMES)
    before = letter.revision
    assert edit(at_desk, letter, groups="Members\nEverybody else").status_code == 302
    letter = Letter.objects.for_page().get(pk=letter.pk)
    assert letter.groups == ["Members", "Everybody else"]
    assert letter.revision == before
    assert letter.revisions.count() == 1


def test_going_on_from_the_look_of_a_new_text_keeps_the_groups(at_desk, otto):
    letter = make.letter(by=otto)
    shown = edit(at_desk, letter, groups="Members\nFriends", summary="A new one.")
    assert b"revise" in shown.content
    typed = desk.fields(shown.content, form="revise/")
    answer = at_desk.post(f"/organise/letters/{letter.slug}/revise/", typed)
    assert answer.status_code == 302, desk.words(answer.content)
    letter.refresh_from_db()
    assert (letter.groups, letter.summary) == (["Members", "Friends"], "A new one.")


def test_who_signed_keeps_the_group_they_picked_whatever_the_organiser_renames(otto):
    letter = make.letter(by=otto, groups=["Supporters", "Members"])
    signature = make.counted(letter, group="Supporters")
    drafting.edit(
        letter=letter, by=otto, now=timezone.now(),
        draft=make.draft(slug=letter.slug, groups=["Scientists", "Members"]),
    )  # fmt: skip
    signature.refresh_from_db()
    assert signature.group == "Supporters"


def test_a_closed_letter_keeps_its_groups(at_desk, otto):
    letter = make.letter(by=otto, groups=NAMES)
    publishing.close(letter=letter, now=timezone.now())
    with pytest.raises(drafting.Refused):
        drafting.edit(letter=letter, by=otto, now=timezone.now(), draft=make.draft(groups=[]))
    letter.refresh_from_db()
    assert letter.groups == NAMES


# --- Letter files -----------------------------------------------------------------------------
def parse(groups_as_written: str) -> letterfile.LetterFile:
    text = f"---\ntitle: Water\ntarget: Marta\n{groups_as_written}\n---\nText.\n"
    return letterfile.parse(text.encode(), askable=FIELDS)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("groups: [Members, no, 2024]", ("Members", "no", "2024")),
        ("groups:\n  - Doctors, nurses\n  - Friends", ("Doctors, nurses", "Friends")),
        ("groups: Members, Friends", ("Members", "Friends")),
        ("groups:", ()),
        ("goal: 5", ()),
    ],
)
def test_a_letter_file_names_groups(written, read):
    assert parse(written).groups == read


@pytest.mark.parametrize("written", ["groups: [A, a]", "groups: A", "groups: {a: b}"])
def test_a_letter_file_with_bad_groups_says_in_which_line(written):
    with pytest.raises(BadLetterFile) as caught:
        parse(written)
    assert caught.value.line == 4
