"""A signer corrects what they wrote, through the form's own fields."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Letter
from signatures import personal
from signatures.models import Export, Signature
from signatures.personal import Person
from signatures.services import correcting, erasing, sequencing, withdrawing
from tests import make, supporter
from tests.signatures import agreeing, handing
from tests.signatures.ownpage import fresh, old, page_of, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


def press(signature: Signature, **fields: str) -> Any:
    given = {"press": "correct", "name": "Joan Baker"} | fields
    return supporter.browser().post(f"{fresh(signature)}correct/", given)


def test_the_form_holds_what_was_written_and_keeps_what_is_written_now() -> None:
    letter = make.letter(asks=["title", "affiliation", "place", "country", "comment"])
    signature = make.counted(
        letter, name="Jaon Baker", affiliation="Weir Trust", country="DE", comment="Two\n\nlines"
    )
    page = text(supporter.browser().get(f"{fresh(signature)}correct/"))
    for written in ('value="Jaon Baker"', 'value="Weir Trust"', "Two\n\nlines", '"DE" selected'):
        assert written in page
    for absent in ('name="email"', 'name="public"', 'name="updates"', 'name="token"'):
        assert absent not in page
    answer = press(signature, affiliation="Weir Trust", place="Kesten", country="FR")
    assert answer.status_code == 303
    signature.refresh_from_db()
    assert (signature.name, signature.place, signature.country) == ("Joan Baker", "Kesten", "FR")
    assert signature.comment == ""
    assert "Joan Baker" in text(supporter.browser().get(answer["Location"]))
    assert "Joan Baker" in text(
        supporter.browser().get(f"{letter.get_absolute_url()}signatures/?q=joan")
    )


def test_a_withheld_name_stays_sealed() -> None:
    signature = old(name="Jaon Baker", public=False)
    press(signature, comment="Because of the river")
    signature.refresh_from_db()
    assert (signature.name, signature.comment, signature.words) == ("", "", "")
    assert personal.person_of(signature).name == "Joan Baker"
    assert personal.person_of(signature).comment == "Because of the river"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Write your name."),
        ({"name": "x" * 101}, "100"),
        ({"comment": "x" * 1001}, "1000"),
        ({"country": "XX"}, "Choose a country from the list."),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    fields: dict[str, str], said: str
) -> None:
    letter = make.letter(asks=["place", "country", "comment"])
    signature = make.counted(letter, name="Jaon Baker")
    answer = press(signature, place="Kesten on the Aller", **fields)
    assert answer.status_code == 422
    assert said in text(answer).replace(",", "")
    assert "Kesten on the Aller" in text(answer)
    signature.refresh_from_db()
    assert signature.name == "Jaon Baker"


def test_only_what_the_letter_asks_for_or_was_told_is_asked() -> None:
    letter = make.letter(asks=["place", "comment"])
    signature = make.counted(letter, name="Jaon Baker", comment="Once asked for")
    Letter.objects.filter(pk=letter.pk).update(asks=["place"])
    page = text(supporter.browser().get(f"{fresh(signature)}correct/"))
    assert 'name="comment"' in page  # so that they can take it back
    assert 'name="affiliation"' not in page
    press(signature, affiliation="Slipped in", comment="")
    signature.refresh_from_db()
    assert (signature.affiliation, signature.comment) == ("", "")


def test_a_group_is_one_of_the_letters() -> None:
    letter = make.letter(groups=["Teacher", "Parent"])
    signature = make.counted(letter, group="Teacher")
    assert press(signature, group="Minister").status_code == 422
    assert press(signature, group="Parent").status_code == 303
    signature.refresh_from_db()
    assert signature.group == "Parent"


def test_the_log_is_not_told_again_and_the_count_stays() -> None:
    signature = old(name="Jaon Baker")
    before = agreeing.entries()
    press(signature)
    assert sequencing.sequence(now=timezone.now()) == 0
    assert agreeing.entries() == before
    agreeing.settle()
    agreeing.check()


def test_correcting_nothing_writes_nothing() -> None:
    signature = old(name="Joan Baker")
    changed = signature.changed_at
    assert press(signature).status_code == 303
    signature.refresh_from_db()
    assert signature.changed_at == changed


def test_the_button_without_its_name_corrects_nothing() -> None:
    signature = old(name="Jaon Baker")
    answer = press(signature, press="")
    assert answer.status_code == 400
    assert 'value="Joan Baker"' in text(answer)
    assert Signature.objects.get().name == "Jaon Baker"


def test_an_old_mail_corrects_nothing() -> None:
    signature = old(name="Jaon Baker")
    page = f"{page_of(signature)}correct/"
    assert supporter.browser().get(page).status_code == 403
    asked = supporter.browser().post(page, {"press": "correct", "name": "Sam"})
    assert asked.status_code == 403
    assert Signature.objects.get().name == "Jaon Baker"


def test_who_waits_for_confirmation_corrects_before_they_press() -> None:
    signature = make.pending(make.letter(), name="Jaon Baker")
    assert press(signature).status_code == 303
    assert "Joan Baker" in text(supporter.browser().get(f"/confirm/{make.token(signature)}/"))


def test_t23_two_of_one_mailbox_keep_different_names() -> None:
    letter = make.letter(seats=2)
    make.counted(letter, name="Joan Baker", email="home@example.org")
    second = make.counted(letter, name="Sam Baker", email="home@example.org")
    assert second.seat == 2
    answer = press(second, name="JOAN  Baker")
    assert answer.status_code == 422
    assert "The other person of your mailbox" in text(answer)
    assert press(second, name="Samuel Baker").status_code == 303


@pytest.mark.parametrize("how", ["withdrawn", "erased", "identity"])
def test_nobody_is_corrected_who_is_gone(how: str) -> None:
    signature = old(name="Jaon Baker")
    if how == "withdrawn":
        withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    elif how == "erased":
        erasing.erase(uid=signature.uid, now=timezone.now())
    else:
        Signature.objects.update(identity_erased_at=timezone.now())
    signature.refresh_from_db()
    assert press(signature).status_code == 303
    with pytest.raises(correcting.Refused):
        correcting.correct(uid=signature.uid, person=Person("Sam"), country="")


# --- Files --------------------------------------------------------------------------------------
def test_files_with_the_old_name_are_taken_back_and_delivered_ones_stay() -> None:
    letter = make.letter()
    signature = make.counted(letter, name="Jaon Baker")
    delivered, waiting = handing.export(letter), handing.export(letter, format="csv")
    handing.delivery(letter, exports=[delivered])
    press(signature)
    delivered.refresh_from_db()
    waiting.refresh_from_db()
    assert delivered.state == Export.State.READY
    assert (waiting.state, "corrected" in waiting.reason) == (Export.State.EXPIRED, True)


def test_a_file_that_is_being_made_is_made_anew() -> None:
    letter = make.letter()
    signature = make.counted(letter, name="Jaon Baker")
    running = handing.export(letter, state=Export.State.RUNNING)
    press(signature)
    running.refresh_from_db()
    assert running.snapshot_at is None


def test_erasing_takes_back_what_held_the_name_before_it_was_corrected() -> None:
    letter = make.letter()
    signature = make.counted(letter, name="Jaon Baker")
    delivered = handing.export(letter)
    handing.delivery(letter, exports=[delivered])
    press(signature)
    erasing.erase(uid=signature.uid, now=timezone.now())
    delivered.refresh_from_db()
    assert delivered.state == Export.State.EXPIRED
