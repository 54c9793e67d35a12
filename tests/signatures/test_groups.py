"""Groups: who signs says as what, in their own word, and it is shown as just that."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import personal
from signatures.forms import RADIOS, SignForm
from signatures.models import Signature
from signatures.services import confirming, erasing, seeding, showing
from tests import make, supporter
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db
FEW = ["Members", "Scientists", "Freundinnen & Freunde"]
MANY = [f"Section {number}" for number in range(RADIOS + 1)]
SELF_DECLARED = "self-declared"


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller", groups=FEW)


def only() -> Signature:
    return Signature.objects.get()


# --- The form ---------------------------------------------------------------------------------
def test_a_few_groups_are_radios_with_a_legend_and_none_is_chosen(letter):
    page = supporter.browser().get("/letters/aller/").content.decode()
    legend = page.index("<legend>I sign as</legend>")
    block = page[legend : page.index("</fieldset>", legend)]
    assert block.count('type="radio" name="group"') == len(FEW)
    assert not re.search(r"<input[^>]* checked", page)
    assert "Freundinnen &amp; Freunde" in block


def test_many_groups_are_a_list_to_fold_out_and_none_is_chosen():
    make.letter(slug="many", groups=MANY)
    page = supporter.browser().get("/letters/many/").content.decode()
    start = page.index('<select name="group"')
    block = page[start : page.index("</select>", start)]
    assert block.count("<option") == len(MANY) + 1
    assert "selected" not in block.replace('<option value="" selected>', "")
    assert '<label for="sign_group">I sign as</label>' in page


def test_a_letter_without_groups_asks_nothing_and_ignores_the_field():
    plain = make.letter()
    assert b'name="group"' not in supporter.browser().get(plain.get_absolute_url()).content
    assert supporter.sign(plain, group="Scientists").status_code == 303
    assert only().group == ""


def test_the_chosen_group_is_stored(letter):
    assert supporter.sign(letter, group="Freundinnen & Freunde").status_code == 303
    assert only().group == "Freundinnen & Freunde"


@pytest.mark.parametrize("typed", [None, "", "Ministers", "scientists", "Members\0", "Members "])
def test_without_a_group_of_the_letter_everything_typed_is_kept(letter, typed):
    answer = supporter.sign(letter, group=typed, place="Ghent")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose what you sign as" in page
    assert 'href="#sign_group_0"' in page
    assert 'id="sign_group_0"' in page
    assert "Ghent" in page
    assert not Signature.objects.exists()


def test_what_was_chosen_stays_chosen_when_something_else_is_wrong(letter):
    page = Page(supporter.sign(letter, group="Scientists", name=""))
    chosen = [one.get("value") for one in page.all("input", name="group", checked="")]
    assert chosen == ["Scientists"]


def test_a_group_renamed_while_the_form_was_open_is_asked_again(letter):
    Letter.objects.filter(pk=letter.pk).update(groups=["Members", "Researchers"])
    answer = supporter.sign(letter, group="Scientists")
    assert answer.status_code == 422
    assert b"Researchers" in answer.content


def test_programs_are_told_by_field_what_was_wrong_with_the_group(letter):
    def send(**given):
        body = supporter.form(letter, **given)
        return Client().post(
            reverse("sign", args=["aller"]), json.dumps(body), content_type="application/json"
        )

    wrong = send(group="Ministers")
    assert wrong.status_code == 422
    assert list(wrong.json()["errors"]) == ["group"]
    assert list(send().json()["errors"]) == ["group"]
    assert send(group="Members").status_code == 202
    assert only().group == "Members"


def test_the_form_of_one_letter_does_not_change_that_of_another(letter):
    other = make.letter(groups=MANY)
    assert len(SignForm(letter=letter)["group"].subwidgets) == len(FEW)
    assert SignForm(letter=other)["group"].field.widget.__class__.__name__ == "Select"
    assert "group" not in SignForm(letter=make.letter()).fields


# --- Plain when shown, sealed when not --------------------------------------------------------
def test_a_withheld_group_is_sealed_and_opened_for_its_owner(letter):
    supporter.sign(letter, group="Scientists", public="off")
    assert only().group == ""
    assert personal.person_of(only()).group == "Scientists"
    confirming.confirm(token=make.token(only()), revision=1, now=timezone.now())
    showing.show(uid=only().uid, public=True)
    assert only().group == "Scientists"
    erasing.erase(uid=only().uid, now=timezone.now())
    assert personal.person_of(only()).group == ""


def test_signing_again_while_waiting_takes_the_newer_group(letter):
    supporter.sign(letter, group="Scientists")
    supporter.sign(letter, group="Members")
    assert only().group == "Members"


# --- Where it is shown ------------------------------------------------------------------------
def test_the_signer_sees_it_before_the_button_and_on_their_own_page(letter):
    supporter.sign(letter, group="Freundinnen & Freunde")
    path = supporter.link(supporter.new_mails()[0])
    assert "You sign as Freundinnen & Freunde" in Page(supporter.browser().get(path)).words()
    mine = supporter.press(path)["Location"]
    assert "You sign as Freundinnen & Freunde" in Page(supporter.browser().get(mine)).words()


def test_lists_show_it_and_say_that_it_is_self_declared(letter):
    make.counted(letter, name="Al", group="Scientists")
    make.counted(letter, name="Bo", group="Members", public=False)
    for address in ("/letters/aller/", "/letters/aller/signatures/"):
        page = Page(supporter.browser().get(address))
        assert [text_of(one) for one in page.with_class("group")] == ["Scientists"]
        assert SELF_DECLARED in page.words()


def test_the_note_stays_while_a_name_with_a_group_is_there(letter):
    make.counted(letter, name="Al", group="Scientists")
    Letter.objects.filter(pk=letter.pk).update(groups=[])
    for address in ("/letters/aller/", "/letters/aller/signatures/"):
        assert SELF_DECLARED in Page(supporter.browser().get(address)).words()


def test_lists_without_groups_say_nothing_of_them():
    plain = make.letter(slug="plain")
    make.counted(plain, name="Al")
    for address in ("/letters/plain/", "/letters/plain/signatures/"):
        assert SELF_DECLARED not in Page(supporter.browser().get(address)).words()


# --- Seeding ----------------------------------------------------------------------------------
def test_seeded_signers_choose_a_group_and_the_same_seed_the_same(letter):
    other = make.letter(groups=FEW)
    Letter.objects.filter(pk=letter.pk).update(slug="twin")
    letter.slug = other.slug
    for one in (letter, other):
        seeding.seed(letter=one, signatures=40, seed=5, now=timezone.now())
    chosen = [
        [personal.person_of(row).group for row in one.signatures.order_by("pk")]
        for one in (letter, other)
    ]
    assert chosen[0] == chosen[1]
    assert set(chosen[0]) == set(FEW)
