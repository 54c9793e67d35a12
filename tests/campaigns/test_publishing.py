"""A letter's life: published, changed in the open, paused, resumed, closed for good."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter, Organiser, Revision
from campaigns.services import canonical, drafting, publishing, rehearsing
from tests import make
from tests.campaigns import desk
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto() -> Organiser:
    return make.organiser("otto@example.org", name="Otto Brandt")


@pytest.fixture
def at_desk(otto):
    return desk.client(otto)


@pytest.fixture
def letter(otto) -> Letter:
    return make.letter(by=otto, slug="aller", title="Give the Aller its water back")


def press(there, name: str, letter: Letter, **data):
    return there.post(reverse(name, args=[letter.slug]), data)


def sheet(there, letter: Letter, **typed):
    page = there.get(reverse("letter_edit", args=[letter.slug])).content
    return desk.fields(page) | typed


def save(there, letter: Letter, **typed):
    return there.post(reverse("letter_edit", args=[letter.slug]), sheet(there, letter, **typed))


# --- Buttons ----------------------------------------------------------------------------------
def test_publishing_makes_the_first_revision(at_desk, otto):
    draft = make.letter(by=otto, published=False)
    answer = press(at_desk, "letter_publish", draft)
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.state == "open"
    revision = draft.revisions.get()
    assert draft.revision == revision
    assert revision.number == 1
    assert revision.sha256 == canonical.sha256(revision.canonical)
    assert revision.created_by == otto
    assert "published" in desk.words(at_desk.get(answer["Location"]).content)


def test_publishing_twice_changes_nothing(at_desk, letter):
    answer = press(at_desk, "letter_publish", letter)
    assert answer.status_code == 409
    assert "This letter is published already" in desk.words(answer.content)
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"body": ""}, "The letter has no text yet"),
        ({"sender": ""}, "Say who the letter is from"),
        ({"targets": []}, "Name at least one person"),
    ],
)
def test_what_a_draft_lacks_is_said_and_it_is_not_published(at_desk, otto, lacking, said):
    draft = make.letter(by=otto, published=False, **lacking)
    page = at_desk.get(reverse("letter_desk", args=[draft.slug])).content
    assert said in desk.words(page)
    assert reverse("letter_publish", args=[draft.slug]).encode() not in page
    answer = press(at_desk, "letter_publish", draft)
    assert answer.status_code == 409
    assert said in desk.words(answer.content)
    draft.refresh_from_db()
    assert (draft.state, draft.revision) == ("draft", None)


def test_a_letter_whose_time_is_over_is_not_published(at_desk, otto):
    draft = make.letter(by=otto, published=False, closes_at=timezone.now() - timedelta(minutes=1))
    answer = press(at_desk, "letter_publish", draft)
    assert answer.status_code == 409
    assert "in the past" in desk.words(answer.content)


def test_where_staff_review_publishing_hands_it_to_them(at_desk, otto, settings):
    settings.REGISTRATION = "review"
    draft = make.letter(by=otto, published=False)
    answer = press(at_desk, "letter_publish", draft)
    draft.refresh_from_db()
    assert (draft.state, draft.revision) == ("review", None)
    assert "It waits for review" in desk.words(at_desk.get(answer["Location"]).content)


def test_pausing_and_resuming(at_desk, letter):
    assert press(at_desk, "letter_pause", letter).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "paused"
    assert press(at_desk, "letter_pause", letter).status_code == 409
    assert press(at_desk, "letter_resume", letter).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "open"
    assert press(at_desk, "letter_resume", letter).status_code == 409
    assert letter.revisions.count() == 1


def test_closing_shows_what_it_means_and_is_final(at_desk, letter):
    address = reverse("letter_close", args=[letter.slug])
    assert "There is no way back" in desk.words(at_desk.get(address).content)
    letter.refresh_from_db()
    assert letter.state == "open"
    assert at_desk.post(address).status_code == 302
    letter.refresh_from_db()
    assert letter.state == "closed"
    for name in ("letter_pause", "letter_resume", "letter_publish", "letter_close"):
        answer = press(at_desk, name, letter)
        assert answer.status_code == 409
        assert "This can’t be done" in desk.words(answer.content)
    letter.refresh_from_db()
    assert letter.state == "closed"


def test_a_closed_letter_keeps_its_text(at_desk, letter):
    typed = sheet(at_desk, letter, body="Another text.")
    publishing.close(letter=letter, now=timezone.now())
    answer = at_desk.post(reverse("letter_edit", args=[letter.slug]), typed)
    assert answer.status_code == 409
    assert "its text can’t change any more" in desk.words(answer.content)
    assert desk.fields(answer.content)["body"] == "Another text."


def test_a_taken_down_letter_says_why_and_can_not_be_changed(at_desk, letter):
    typed = sheet(at_desk, letter, body="Another text.")
    publishing.take_down(letter=letter, because="A private address.", now=timezone.now())
    said = desk.words(at_desk.get(reverse("letter_desk", args=[letter.slug])).content)
    assert "A private address." in said
    assert at_desk.post(reverse("letter_edit", args=[letter.slug]), typed).status_code == 409


# --- Revisions --------------------------------------------------------------------------------
SIGNED = [  # what people sign: each change is a revision
    ({"title": "Give the Aller all of its water back"}, "Title"),
    ({"body": "Dear Minister,\n\nsomething else."}, "Text"),
    ({"summary": "Ten centimetres."}, "Summary"),
    ({"sender": "Friends of the Weir"}, "From"),
    ({"to-0-name": "Omar Haddad"}, "To"),
    ({"to-0-role": "Minister for Rivers"}, "To"),
    ({"to-1-name": "The Council"}, "To"),
    ({"language": "de"}, "Language"),
    ({"closes_at": "2031-07-01T20:30"}, "Closes"),
    ({"seats": "2"}, "People per mailbox"),
]
UNSIGNED = [  # the rest is no part of the text
    {"goal": "5000"},
    {"colour": "plum"},
    {"asks": ["comment"]},
    {"sensitive": "on"},
    {"to-0-email": "office@example.org"},
    {"opens_at": "2031-05-01T08:00"},
    {"body": make.draft().body.replace("\n", "\r\n") + "\r\n \r\n"},
    {"title": "  Give the Aller  its water back "},
    {},
]


@pytest.mark.once
@pytest.mark.parametrize(("typed", "label"), SIGNED)
def test_a_change_of_what_is_signed_is_shown_before_it_is_made(at_desk, letter, typed, label):
    before = Letter.objects.values().get(pk=letter.pk)
    answer = save(at_desk, letter, **typed)
    assert answer.status_code == 200
    said = desk.words(answer.content)
    assert "This becomes revision 2" in said
    assert "signers keep the text they signed" in said
    assert f"<h3>{label}</h3>" in answer.content.decode()
    assert Letter.objects.values().get(pk=letter.pk) == before
    assert letter.revisions.count() == 1

    sent = desk.fields(answer.content, form="revise/") | {"note": "We were told better."}
    assert press(at_desk, "letter_revise", letter, **sent).status_code == 302
    first, second = letter.revisions.all()
    assert (second.number, second.note) == (2, "We were told better.")
    assert second.sha256 == canonical.sha256(second.canonical) != first.sha256
    letter.refresh_from_db()
    assert letter.revision == second


@pytest.mark.once
@pytest.mark.parametrize("typed", UNSIGNED)
def test_a_change_of_anything_else_is_saved_at_once(at_desk, letter, typed):
    answer = save(at_desk, letter, **typed)
    assert answer.status_code == 302, desk.words(answer.content)
    assert letter.revisions.count() == 1


@pytest.mark.once
def test_readers_see_every_kind_of_change(at_desk, letter):
    at_desk.get(reverse("organise"))
    for typed, _label in SIGNED:
        sent = desk.fields(save(at_desk, letter, **typed).content, form="revise/")
        press(at_desk, "letter_revise", letter, **sent)
    page = at_desk.get("/en" + reverse("changes", args=[letter.slug])).content.decode()
    assert letter.revisions.count() == len(SIGNED) + 1
    for _typed, label in SIGNED:
        assert f"<h3>{label}</h3>" in page
    assert "Only a rule of the letter changed" not in page


def test_the_change_shows_words_taken_out_and_put_in(at_desk, letter):
    body = letter.body.replace("Forty", "Fifty")
    page = save(at_desk, letter, body=body).content.decode()
    assert "Forty</del>" in " ".join(page.split()).replace(" </del>", "</del>")
    assert "Fifty</ins>" in " ".join(page.split()).replace(" </ins>", "</ins>")


def test_markup_in_a_change_stays_text(at_desk, letter):
    nasty = "<script>alert(1)</script>"
    page = save(at_desk, letter, title=nasty, body=f"Dear Minister, {nasty}").content.decode()
    assert nasty not in page
    assert "&lt;script&gt;" in page


def test_going_back_from_the_change_keeps_what_was_typed(at_desk, letter):
    typed = {"title": "Another title", "body": "Dear Minister,\n\n  **new**", "goal": "77"}
    page = save(at_desk, letter, **typed).content
    sent = desk.fields(page, form="revise/")
    kept = desk.fields(press(at_desk, "letter_edit_again", letter, **sent).content)
    for name, value in typed.items():
        assert kept[name].replace("\r\n", "\n") == value
    assert letter.revisions.count() == 1


def test_a_change_made_meanwhile_is_shown_again(at_desk, otto, letter):
    page = save(at_desk, letter, title="From the first window").content
    sent = desk.fields(page, form="revise/")
    drafting.edit(
        letter=letter, draft=make.draft(title="From the second"), by=otto, now=timezone.now()
    )
    answer = press(at_desk, "letter_revise", letter, **sent)
    assert answer.status_code == 422
    said = desk.words(answer.content)
    assert "changed in the meantime" in said
    assert "This becomes revision 3" in said
    letter.refresh_from_db()
    assert letter.title == "From the second"
    again = desk.fields(answer.content, form="revise/")
    assert press(at_desk, "letter_revise", letter, **again).status_code == 302
    letter.refresh_from_db()
    assert (letter.title, letter.revision.number) == ("From the first window", 3)


@pytest.mark.once
@pytest.mark.parametrize("note", ["x" * 301, "a\u202eb"])
def test_a_note_that_can_not_be_kept_is_complained_about(at_desk, letter, note):
    sent = desk.fields(save(at_desk, letter, title="Other").content, form="revise/")
    answer = press(at_desk, "letter_revise", letter, **(sent | {"note": note}))
    assert answer.status_code == 422
    assert "id_note_error" in answer.content.decode()
    assert letter.revisions.count() == 1


def test_the_address_of_a_published_letter_stays(at_desk, letter):
    assert "slug" not in sheet(at_desk, letter)
    save(at_desk, letter, slug="elsewhere", goal="9")
    letter.refresh_from_db()
    assert (letter.slug, letter.goal) == ("aller", 9)


def test_a_published_letter_is_not_emptied(at_desk, letter):
    answer = save(at_desk, letter, body="", sender="", **{"to-0-name": "", "to-0-role": ""})
    assert answer.status_code == 422
    said = desk.words(answer.content)
    assert "Write the letter’s text" in said
    assert "Say who the letter is from" in said


def test_a_published_letter_keeps_somebody_it_goes_to(at_desk, letter):
    nobody = {"to-0-name": "", "to-0-role": "", "to-0-email": ""}
    answer = save(at_desk, letter, **nobody)
    assert answer.status_code == 422
    assert "Name at least one person" in desk.words(answer.content)


def test_after_its_time_a_letter_can_be_edited_without_choosing_another(at_desk, otto):
    now = timezone.now()
    over = make.letter(by=otto, now=now - timedelta(days=9), closes_at=now - timedelta(hours=2))
    assert save(at_desk, over, goal="9").status_code == 302


def test_signatures_keep_the_text_they_signed(at_desk, letter):
    signature = make.counted(letter)
    sent = desk.fields(save(at_desk, letter, title="Other").content, form="revise/")
    press(at_desk, "letter_revise", letter, **sent)
    signature.refresh_from_db()
    assert signature.revision.number == 1
    assert signature.revision.title == "Give the Aller its water back"


def test_the_desk_lists_revisions_and_numbers(at_desk, letter):
    make.counted(letter)
    make.pending(letter)
    make.pending(letter)
    said = desk.words(at_desk.get(reverse("letter_desk", args=[letter.slug])).content)
    assert "1of 1,000 signatures" in said
    assert "Waiting for the button in their mail2" in said


# --- Rehearsing -------------------------------------------------------------------------------
def test_a_rehearsal_leaves_nothing_behind(letter, otto):
    before = Letter.objects.values().get(pk=letter.pk)
    promised = OutboxMessage.objects.count()
    outcome = rehearsing.rehearse(
        letter=letter, draft=make.draft(title="Other"), by=otto, now=timezone.now()
    )
    assert outcome.is_new
    assert outcome.after is not None
    assert outcome.after.title == "Other"
    assert Letter.objects.values().get(pk=letter.pk) == before
    assert (letter.revisions.count(), OutboxMessage.objects.count()) == (1, promised)


def test_a_canonical_text_can_be_read_back(letter):
    said = canonical.parts(letter.revision.canonical)
    assert said["title"] == letter.title
    assert said["to"] == ["Marta Velander, Minister for Water"]
    assert said["text"] == letter.body + "\n"
    assert said["closes"] == "open end"
