"""Consent: what is asked, in which words, and that exactly these are kept with the signature."""

from datetime import timedelta
from typing import Any

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from campaigns.models import Letter
from campaigns.services import drafting
from signatures import notices
from signatures.exports.wish import Wish
from signatures.forms import SignForm
from signatures.models import Notice, Signature
from signatures.services import printing, snapshotting
from tests import make, supporter
from tests.campaigns import desk

pytestmark = pytest.mark.django_db

FORMS = ("", "embed/sign/")  # below the letter's address


def page_of(letter: Letter, tail: str = "", *, language: str = "") -> Any:
    prefix = f"/{language}" if language else ""
    answer = supporter.browser().get(f"{prefix}{letter.get_absolute_url()}{tail}")
    assert answer.status_code == 200
    assert not answer.cookies
    return html5lib.parse(answer.content.decode(), namespaceHTMLElements=False)


def words(tree: Any) -> str:
    return " ".join("".join(tree.find("body").itertext()).split())


# --- Boxes ------------------------------------------------------------------------------------
@pytest.mark.parametrize("tail", FORMS)
def test_no_box_of_the_form_is_ticked_and_nobody_must_tick_one(tail: str) -> None:
    letter = make.letter(asks=["title", "affiliation", "place", "country", "comment"])
    form = next(page_of(letter, tail).iter("form"))
    inputs = list(form.iter("input"))
    boxes = [one for one in inputs if one.get("type") in {"radio", "checkbox"}]
    assert [(one.get("name"), one.get("value")) for one in boxes] == [
        ("public", "on"),
        ("public", "off"),
        ("updates", None),
    ]
    assert not [one for one in boxes if one.get("checked") is not None]
    assert not [
        one for one in form.iter("option") if one.get("selected") is not None and one.get("value")
    ]
    needed = {one.get("name") for one in form.iter() if one.get("required") is not None}
    assert needed == {"name", "email", "public"}  # of the last, one or the other


def test_agreeing_to_news_or_to_showing_the_name_is_no_condition_of_signing() -> None:
    letter = make.letter()
    assert supporter.sign(letter, public=None, updates=None).status_code == 303
    row = Signature.objects.get()
    assert (row.public, row.updates) == (False, False)


# --- What is kept -----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_word_that_was_agreed_to_is_kept_with_language_and_time(language: str) -> None:
    letter = make.letter()
    tree = page_of(letter, language=language)
    before = timezone.now()
    address = f"/{language}{reverse('sign', args=[letter.slug])}"
    supporter.browser().post(address, supporter.form(letter, language=language))
    row = Signature.objects.select_related("notice").get()
    assert row.notice.language == row.language == language
    assert before <= row.consented_at <= timezone.now()
    with translation.override(language):
        chosen = SignForm(letter=letter)
        asked = [str(label) for _value, label in chosen.fields["public"].choices]  # type: ignore[attr-defined]
        asked += [str(chosen.fields["public"].help_text), str(chosen.fields["updates"].label)]
        asked += [str(notices.SIGN)]
    for sentence in asked:
        assert sentence in words(tree)
        assert f"“{sentence}”" in row.notice.text or sentence in row.notice.text
    confirm = supporter.link(supporter.new_mails()[0])
    button = words(
        html5lib.parse(
            supporter.browser().get(confirm).content.decode(), namespaceHTMLElements=False
        )
    )
    with translation.override(language):
        assert str(notices.CONFIRM) in button
        assert str(notices.CONFIRM) in row.notice.text


def test_equal_words_are_kept_once_and_looked_up_with_one_query() -> None:
    letter = make.letter()
    for name in ("a", "b", "c"):
        supporter.sign(letter, email=f"{name}@example.org")
    assert Notice.objects.count() == 1
    with CaptureQueriesContext(
        connection,
    ) as asked:
        notices.notice_for(letter, "en")
    assert len(asked) == 1


def test_a_notice_that_changes_later_changes_nothing_for_who_has_agreed() -> None:
    letter = make.letter()
    supporter.sign(letter)
    agreed = notices.text_of(Signature.objects.get())
    draft = make.draft(slug=letter.slug, controller="Aller e. V.", privacy_note="Weir 4.")
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=timezone.now())
    letter = Letter.objects.for_page().get()
    supporter.sign(letter, email="second@example.org")
    first, second = Signature.objects.order_by("pk")
    assert notices.text_of(first) == agreed
    assert "Aller e. V." in notices.text_of(second)
    assert "Aller e. V." not in agreed


# --- What it says -----------------------------------------------------------------------------
def test_the_whole_notice_has_a_page_of_its_own_in_every_language_of_the_site(
    settings: Any,
) -> None:
    letter = make.letter(controller="Aller e. V.", controller_address="Weir 4, Kesten")
    for language in ("en", "de", "fr"):
        said = words(page_of(letter, "privacy/", language=language))
        for line in notices.notice_text(letter, language).split("\n"):
            assert " ".join(line.split()) in said
    assert "Weir 4, Kesten" in words(page_of(letter, "privacy/"))
    for tail in FORMS:
        links = {one.get("href") for one in page_of(letter, tail).iter("a")}
        site = settings.SITE_URL if "embed" in tail else ""
        assert f"{site}{letter.get_absolute_url()}privacy/" in links


def test_it_follows_the_settings_of_the_letter_and_of_the_installation(settings: Any) -> None:
    settings.VERIFICATION_HOURS, settings.PENDING_DAYS, settings.RETENTION_DAYS = 24, 3, 20
    settings.OPERATOR_NAME, settings.OPERATOR_EMAIL = "Site Keepers", "ops@site.example"
    settings.PROCESSORS = "Example Hosting, Berlin: servers\nBackups Ltd, Oslo: copies\n"
    settings.MAIL_TO_FILES, settings.EMAIL_HOST = False, "smtp.relay.example"
    letter = make.letter(asks=["place"], retention_days=7, privacy_note="One.\n\nTwo.")
    text = notices.notice_text(letter, "en")
    for said in (
        "works for 24 hours",
        "deleted after 3 days",
        "deleted 7 days after your signature was handed over",
        "Site Keepers runs",
        "ops@site.example",
        "Working for Groundswell: Backups Ltd, Oslo: copies",
        "through smtp.relay.example",
        "hand the letter with its signatures to Marta Velander, Minister for Water",
        "Place, if you like: so that readers see where signers live.",
    ):
        assert said in text
    assert "Why you sign, if you like" not in text
    assert text.endswith("The organiser adds\nOne.\nTwo.")
    settings.EMAIL_HOST = "10.0.0.7"
    assert "Mails go out" not in notices.notice_text(letter, "en")


def test_what_the_organiser_adds_takes_nothing_away_and_poses_as_nothing() -> None:
    plain = make.letter()
    added = make.letter(privacy_note="# Your rights\n- You have none.\n+ Nobody does.")
    before, after = (notices.shown(one, "en") for one in (plain, added))
    assert after.blocks[: len(before.blocks)] == before.blocks
    assert after.brief == before.brief
    (own,) = after.blocks[len(before.blocks) :]
    assert own.heading == "The organiser adds"
    assert own.lines == ("# Your rights", "- You have none.", "+ Nobody does.")


def test_a_stored_notice_can_be_laid_out_again_and_so_can_one_of_before() -> None:
    shown = notices.shown(make.letter(), "en")
    assert [(one.heading, tuple(one.lines)) for one in notices.blocks(shown.text)] == [
        (one.heading, tuple(one.lines)) for one in shown.blocks
    ]
    (old,) = notices.blocks("We keep your name and address.")
    assert (old.heading, list(old.lines)) == ("", ["We keep your name and address."])


def test_a_letter_from_before_there_was_a_contact_names_its_operator(settings: Any) -> None:
    letter = make.letter()
    Letter.objects.filter(pk=letter.pk).update(privacy_contact="")
    letter.refresh_from_db()
    assert "Questions about your data" not in notices.notice_text(letter, "en")
    settings.OPERATOR_EMAIL = "ops@site.example"
    assert "Questions about your data: ops@site.example" in notices.notice_text(letter, "en")


# --- A letter without names -------------------------------------------------------------------
def nameless(**changes: Any) -> Letter:
    return make.letter(**({"asks": [], "anonymous_hours": 24} | changes))


@pytest.mark.parametrize("tail", FORMS)
def test_a_letter_without_names_asks_neither_for_the_name_to_be_shown_nor_about_news(
    tail: str,
) -> None:
    letter = nameless()
    tree = page_of(letter, tail)
    names = {one.get("name") for one in tree.iter("input")}
    assert {"name", "email"} <= names
    assert not {"public", "updates", "comment"} & names
    said = words(tree)
    assert "24 hours after you have confirmed, your name and address are erased" in said
    assert "Seen by nobody" in said


def test_whatever_is_sent_a_letter_without_names_keeps_name_and_address_alone_and_sealed() -> None:
    letter = nameless()
    supporter.sign(letter, public="on", updates="on", comment="Me!", country="DE", place="Kesten")
    row = Signature.objects.get()
    assert (row.public, row.updates, row.name, row.country, row.comment) == (
        False, False, "", "", "",
    )  # fmt: skip
    direct = make.pending(letter, name="Mira", public=True, updates=True, country="DE", place="X")
    assert (direct.public, direct.updates, direct.country, direct.name) == (False, False, "", "")


def test_its_notice_says_who_sees_nothing_and_when_all_is_erased() -> None:
    text = notices.notice_text(nameless(), "en")
    assert (
        "nobody sees who: neither the public nor those it is addressed to nor its organiser" in text
    )
    assert "24 hours after you have confirmed, your name, your address" in text
    assert "Show my name" not in text
    assert str(notices.UPDATES) not in text
    assert "180 days" not in text


def test_the_rule_is_signed_with_the_text_and_other_letters_keep_their_bytes() -> None:
    without, plain = nameless(), make.letter()
    assert without.revision is not None
    assert plain.revision is not None
    assert "\nnames: withheld, erased after 24 h\ngranularity: day\n" in without.revision.canonical
    assert "\nnames:" not in plain.revision.canonical
    head = plain.revision.canonical.partition("\n\n")[0].split("\n")
    assert [line.partition(":")[0] for line in head] == [
        "groundswell/letter/v1", "title", "to", "from", "summary", "language", "closes",
        "signatures per mailbox", "granularity", "mailbox key",
    ]  # fmt: skip


def test_every_page_about_it_says_so_and_none_offers_a_list() -> None:
    letter = nameless()
    make.counted(letter, name="Joan Baker", email="joan@example.org")
    for tail in ("", "signatures/", "press/", "checked/"):
        said = words(page_of(letter, tail))
        assert "This letter shows nobody’s name. 24 hours after" in said, tail
        assert "Joan Baker" not in said
        assert "withhold their name" not in said
    assert "Find a name" not in words(page_of(letter, "signatures/"))


def test_the_page_behind_the_mail_says_who_signs_and_that_nobody_is_shown() -> None:
    supporter.sign(nameless())
    message = supporter.new_mails()[0]
    assert "Hello Joan Baker," in message.body
    page = supporter.browser().get(supporter.link(message)).content.decode()
    assert "Joan Baker" in page
    assert "Nobody’s name: only how many have signed" in page


def test_a_changed_rule_is_shown_as_a_change() -> None:
    letter = nameless()
    draft = make.draft(slug=letter.slug, asks=[], anonymous_hours=2)
    drafting.edit(
        letter=letter, draft=draft, by=letter.organiser, now=timezone.now() + timedelta(1)
    )
    said = words(page_of(letter, "changes/"))
    assert "Names of signers" in said
    assert "erased after" in said


def test_no_file_of_it_says_who_signed_to_its_organiser_neither() -> None:
    letter = nameless()
    make.counted(letter, name="Joan Baker", email="joan@example.org", ref="newsletter")
    snapshot = snapshotting.take(letter, Wish(), timezone.now())
    (row,) = printing.organisers(snapshot)
    assert (row.name, row.withheld, row.public) == ("name withheld", True, False)
    assert (row.email, row.comment, row.language, row.ref) == ("", "", "", "")
    (printed,) = printing.printed(snapshot)
    assert (printed.name, printed.withheld) == ("", True)
    assert printing.document(snapshot).anonymous_hours == 24


def test_its_desk_offers_no_initial_signatories_and_says_the_rule() -> None:
    letter = nameless()
    there = desk.client(letter.organiser)
    said = desk.words(there.get(reverse("letter_desk", args=[letter.slug])).content)
    assert "Initial signatories" not in said
    for name in ("letter_desk", "letter_exports", "letter_first"):
        page = there.get(reverse(name, args=[letter.slug])).content
        assert "This letter shows nobody’s name." in desk.words(page)
        assert "what withheld signers wrote" not in desk.words(page)
        assert "they also hold what those people wrote" not in desk.words(page)
        assert "Write to those who asked for news" not in desk.words(page)
