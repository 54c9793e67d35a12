"""What an organiser may settle about signers' data, and every way of settling too little."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from campaigns import privacy
from campaigns.models import Letter
from campaigns.models.letter import FIELDS
from campaigns.privacy import House, Settled
from campaigns.services import drafting, publishing
from signatures import notices
from tests import make
from tests.campaigns import desk

HOUSE = House(contact="", retention_days=30)
GOOD = Settled(
    sender="Friends of the Aller", privacy_contact="data@aller.example", asks=("place", "comment")
)
NAMELESS = replace(GOOD, asks=(), anonymous_hours=24)

# Each of them alone keeps a letter from being published, with a sentence of its own.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"sender": ""}, "controller", "Say who is responsible"),
    ({"sender": "[name]"}, "sender", "This names nobody"),
    ({"sender": "***"}, "sender", "This names nobody"),
    ({"controller": "TODO"}, "controller", "This names nobody"),
    ({"controller": "xxx e.V."}, "controller", "This names nobody"),
    ({"controller": "Lorem ipsum"}, "controller", "This names nobody"),
    ({"controller": "Example"}, "controller", "This names nobody"),
    ({"controller": "Max Mustermann"}, "controller", "This names nobody"),
    ({"controller": "<organisation>"}, "controller", "This names nobody"),
    ({"controller_address": "[your address]"}, "controller_address", "no address yet"),
    ({"controller_address": "???"}, "controller_address", "no address yet"),
    ({"privacy_contact": ""}, "privacy_contact", "Say where signers can ask"),
    ({"privacy_contact": "call me"}, "privacy_contact", "begins with https://"),
    ({"privacy_contact": "http://aller.example/"}, "privacy_contact", "begins with https://"),
    ({"privacy_contact": "javascript:alert(1)"}, "privacy_contact", "begins with https://"),
    ({"privacy_contact": "name@aller.example"}, "privacy_contact", "Nobody reads this"),
    ({"privacy_contact": "todo@aller.example"}, "privacy_contact", "Nobody reads this"),
    ({"privacy_contact": "https://example.com/privacy"}, "privacy_contact", "Nobody reads this"),
    ({"retention_days": 31}, "retention_days", "30 days at most"),
    ({"retention_days": 0}, "retention_days", "one day at least"),
    ({"retention_days": -1}, "retention_days", "one day at least"),
    ({"asks": ("shoe size",)}, "asks", "knows no reason to ask for “shoe size”"),
    ({"privacy_note": "We keep [what] for TODO days."}, "privacy_note", "a gap in this"),
    ({"privacy_note": "Lorem ipsum dolor."}, "privacy_note", "a gap in this"),
]
NAMELESS_REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"anonymous_hours": 0}, "anonymous_hours", "1 to 720 hours"),
    ({"anonymous_hours": 721}, "anonymous_hours", "1 to 720 hours"),
    ({"asks": ("comment",)}, "asks", "no more than name and address"),
    ({"groups": ("Members", "Friends")}, "groups", "has no groups"),
    ({"seats": 2}, "seats", "this letter keeps none"),
]


def said(settled: Settled, **more: Any) -> list[tuple[str, str]]:
    found = privacy.complaints(settled, HOUSE, **more)
    return [(one.field, str(one.reason)) for one in found]


@pytest.mark.parametrize(
    ("base", "change", "field", "sentence"),
    [(GOOD, *one) for one in REFUSED] + [(NAMELESS, *one) for one in NAMELESS_REFUSED],
)
def test_what_is_missing_or_weakens_the_notice_is_refused_with_its_own_sentence(
    base: Settled, change: dict[str, Any], field: str, sentence: str
) -> None:
    assert said(base) == []
    ((where, reason),) = said(replace(base, **change))
    assert where == field
    assert sentence in reason


def test_the_sentences_differ() -> None:
    every = [(GOOD, one[0]) for one in REFUSED] + [(NAMELESS, one[0]) for one in NAMELESS_REFUSED]
    assert len({said(replace(base, **change))[0] for base, change in every}) >= 15


@pytest.mark.parametrize(
    "change",
    [
        {"controller": "Bürgerinitiative Aller e. V."},
        {"controller": "関係者の会", "controller_address": "Weir 4, 27321 Kesten"},
        {"privacy_contact": "https://aller.example/privacy?lang=de#contact"},
        {"privacy_note": "See [1] and our page.\n\nWe test the water; for example weekly."},
        {"retention_days": 1},
        {"retention_days": 30},
        {"asks": FIELDS},
    ],
)
def test_what_people_really_write_is_taken(change: dict[str, Any]) -> None:
    assert said(replace(GOOD, **change)) == []


def test_without_a_contact_of_its_own_a_letter_has_its_operators() -> None:
    settled = replace(GOOD, privacy_contact="")
    assert said(settled)
    assert not privacy.complaints(settled, House("ops@site.example", 30))


def test_every_field_a_letter_may_ask_has_a_purpose_and_a_label() -> None:
    assert set(privacy.PURPOSES) == set(notices.LABELS) == set(FIELDS)


def test_what_signers_were_promised_may_be_shortened_and_never_taken_back() -> None:
    ten = replace(GOOD, retention_days=10)
    assert said(replace(GOOD, retention_days=5), promised=ten) == []
    assert "promised 10 days" in said(GOOD, promised=ten)[0][1]
    assert said(replace(NAMELESS, anonymous_hours=2), promised=NAMELESS) == []
    for weaker in (48, None):
        ((field, reason),) = said(replace(NAMELESS, anonymous_hours=weaker), promised=NAMELESS)
        assert (field, "after 24 hours, or sooner" in reason) == ("anonymous_hours", True)
    ((field, reason),) = said(replace(GOOD, asks=(), anonymous_hours=24), promised=GOOD)
    assert (field, "before the letter is published" in reason) == ("anonymous_hours", True)


# --- At the desk ------------------------------------------------------------------------------
@pytest.fixture
def at_desk(db: None) -> Any:
    return desk.client(make.organiser("otto@aller.example", name="Otto Brandt"))


def test_the_contact_comes_filled_in_and_says_that_it_will_be_public(at_desk: Any) -> None:
    page = at_desk.get("/organise/letters/new/").content
    assert desk.fields(page)["privacy_contact"] == "otto@aller.example"
    assert "It is public: it stands in the privacy notice" in desk.words(page)


def test_a_draft_with_a_gap_is_saved_and_not_published(at_desk: Any) -> None:
    fields = desk.fields(at_desk.get("/organise/letters/new/").content) | {
        "title": "Water", "sender": "Friends", "body": "Dear Minister,", "slug": "water",
        "to-0-name": "Marta Velander", "controller": "TODO", "privacy_contact": "",
    }  # fmt: skip
    assert at_desk.post("/organise/letters/new/", fields).status_code == 302
    letter = Letter.objects.get(slug="water")
    words = desk.words(at_desk.get(reverse("letter_desk", args=["water"])).content)
    assert "This names nobody" in words
    assert "Say where signers can ask" in words
    with pytest.raises(publishing.Refused):
        publishing.publish(letter=letter, by=letter.organiser, now=timezone.now())


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"retention_days": "31"}, "30 days at most"),
        ({"retention_days": "many"}, "whole number"),
        ({"privacy_contact": "ring twice"}, "begins with https://"),
        ({"anonymous_hours": "24"}, "no more than name and address"),
        ({"anonymous_hours": "721", "asks": []}, "1 to 720 hours"),
        ({"privacy_note": "x" * 2001}, "Please shorten it"),
        ({"controller": "a\u202eb"}, "turn the text around"),
    ],
)
def test_what_would_weaken_the_notice_is_not_even_saved(
    at_desk: Any, typed: dict[str, Any], complaint: str
) -> None:
    fields = desk.fields(at_desk.get("/organise/letters/new/").content) | {"title": "Water"}
    answer = at_desk.post("/organise/letters/new/", fields | typed)
    assert answer.status_code == 422
    assert complaint in desk.words(answer.content)
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_a_published_letter_never_stops_keeping_its_promise() -> None:
    letter = make.letter(asks=[], anonymous_hours=24, retention_days=10)
    for weaker in ({"anonymous_hours": 25}, {"anonymous_hours": None}, {"retention_days": 11}):
        kept = {"slug": letter.slug, "asks": [], "anonymous_hours": 24, "retention_days": 10}
        with pytest.raises(ValidationError):
            drafting.edit(
                letter=letter,
                draft=make.draft(**(kept | weaker)),
                by=letter.organiser,
                now=timezone.now(),
            )
    shorter = kept | {"anonymous_hours": 12, "retention_days": 5}
    edited = drafting.edit(
        letter=letter, draft=make.draft(**shorter), by=letter.organiser, now=timezone.now()
    )
    assert edited.revision is not None
    assert (edited.revision.number, edited.anonymous_hours, edited.retention_days) == (2, 12, 5)
    assert "\nnames: withheld, erased after 12 h\n" in edited.revision.canonical
