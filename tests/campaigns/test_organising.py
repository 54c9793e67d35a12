"""Writing letters: the list, the sheet, its preview, and everything somebody may type."""

from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from campaigns import cleaning, moments
from campaigns.models import GrowthHour, Letter, Organiser, Tally, Target
from campaigns.services import drafting
from campaigns.services.drafting import Draft
from tests import make
from tests.campaigns import desk
from tests.markdown_payloads import VECTORS

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto() -> Organiser:
    return make.organiser("otto@example.org", name="Otto Brandt")


@pytest.fixture
def at_desk(otto):
    return desk.client(otto)


ARRIVED: dict[str, str] = {}


def blank(there, **typed):
    """A new sheet as it arrives, with some of it filled in; it is the same for all."""
    if not ARRIVED:
        ARRIVED.update(desk.fields(there.get("/organise/letters/new/").content))
    return ARRIVED | typed


FULL = {
    "title": "Give the Aller its water back",
    "sender": "Friends of the Aller",
    "to-0-name": "Marta Velander",
    "to-0-role": "Minister for Water",
    "to-0-email": "minister@example.org",
    "to-2-name": "The Council of Kesten",
    "body": "Dear Minister,\r\n\r\nthe river is **dry**.\r\n",
    "summary": "Eleven centimetres deep.",
    "slug": "aller",
    "language": "de",
    "colour": "plum",
    "goal": "1,000",
    "opens_at": "2031-05-01T08:00",
    "closes_at": "2031-07-01T20:30",
    "zone": "Europe/Berlin",
    "asks": ["affiliation", "comment"],
    "seats": "2",
    "sensitive": "on",
}


# --- My letters -------------------------------------------------------------------------------
def test_somebody_without_a_letter_is_told_how_it_goes(at_desk):
    said = desk.words(at_desk.get("/organise/").content)
    assert "You have no letter yet" in said
    assert "Write a letter" in said


def test_each_letter_says_its_count_its_growth_and_what_comes_next(at_desk, otto):
    now = timezone.now()
    letter = make.letter(by=otto, goal=2000, now=now - timedelta(days=3))
    Tally.objects.filter(letter=letter).update(signed=1234)
    hour = int(now.timestamp()) // 3600
    for ago, signed in ((1, 40), (30, 1194)):
        GrowthHour.objects.create(letter=letter, hour=hour - ago, signed=signed)
    make.letter(by=otto, published=False, body="", title="Half a thought")
    answer = at_desk.get("/organise/")
    said = desk.words(answer.content)
    assert "1,234of 2,000" in said
    assert "40 in 24 hours" in said
    assert "766 more reach the goal" in said
    assert "The letter has no text yet" in said
    assert answer.content.count(b'class="wave"') == 1


def test_the_list_asks_the_database_the_same_however_long_it_is(
    at_desk, otto, django_assert_num_queries
):
    for _ in range(2):
        make.letter(by=otto)
    at_desk.get("/organise/")  # the first visit also writes down where somebody is logged in
    with django_assert_num_queries(7):  # session, organiser, count, letters, targets, growth twice
        at_desk.get("/organise/")
    for _ in range(10):
        make.letter(by=otto)
    with django_assert_num_queries(7):
        assert at_desk.get("/organise/").content.count(b"<h2>") == 12


def test_a_desk_takes_few_queries(at_desk, otto, django_assert_max_num_queries):
    letter = make.letter(by=otto)
    at_desk.get("/organise/")
    with django_assert_max_num_queries(12):  # four of them ask how far people come
        at_desk.get(reverse("letter_desk", args=[letter.slug]))


def test_a_long_list_has_pages(at_desk, otto):
    for _ in range(31):
        make.letter(by=otto, published=False)
    assert "Older" in desk.words(at_desk.get("/organise/").content)
    assert at_desk.get("/organise/?page=2").content.count(b"<h2>") == 1
    assert at_desk.get("/organise/?page=x").status_code == 200


# --- Saving -----------------------------------------------------------------------------------
def test_everything_typed_is_saved(at_desk, otto):
    answer = at_desk.post("/organise/letters/new/", blank(at_desk) | FULL)
    assert answer.status_code == 302, desk.words(answer.content)
    assert answer["Location"] == "/organise/letters/aller/"
    letter = Letter.objects.get()
    assert letter.organiser == otto
    assert letter.state == "draft"
    assert letter.body == "Dear Minister,\n\nthe river is **dry**."
    assert letter.language == "de"
    assert letter.accent == "#752b69"
    assert letter.goal == 1000
    assert letter.opens_at == datetime(2031, 5, 1, 6, 0, tzinfo=UTC)
    assert letter.closes_at == datetime(2031, 7, 1, 18, 30, tzinfo=UTC)
    assert letter.zone == "Europe/Berlin"
    assert letter.asks == ["affiliation", "comment"]
    assert letter.seats == 2
    assert letter.sensitive
    assert [(one.name, one.role, one.email) for one in letter.targets.all()] == [
        ("Marta Velander", "Minister for Water", "minister@example.org"),
        ("The Council of Kesten", "", ""),
    ]


def test_saving_a_sheet_again_unchanged_changes_nothing(at_desk):
    at_desk.post("/organise/letters/new/", blank(at_desk) | FULL)
    before = Letter.objects.values().get()
    page = at_desk.get("/organise/letters/aller/edit/").content
    assert at_desk.post("/organise/letters/aller/edit/", desk.fields(page)).status_code == 302
    after = Letter.objects.values().get()
    assert {**after, "changed_at": None} == {**before, "changed_at": None}
    assert Target.objects.count() == 2


def test_a_title_is_enough_for_a_draft_and_makes_its_address(at_desk):
    answer = at_desk.post("/organise/letters/new/", blank(at_desk, title="Water for Kesten"))
    assert answer["Location"] == "/organise/letters/water-for-kesten/"
    said = desk.words(at_desk.get(answer["Location"]).content)
    assert "Before you can publish it" in said
    assert "Name at least one person" in said


def test_a_letter_called_new_does_not_hide_the_page_for_new_letters(at_desk):
    answer = at_desk.post("/organise/letters/new/", blank(at_desk, title="New"))
    assert answer.status_code == 302
    assert Letter.objects.get().slug.startswith("new-")
    answer = at_desk.post("/organise/letters/new/", blank(at_desk, title="Other", slug="new"))
    assert answer.status_code == 422
    with pytest.raises(ValidationError):
        drafting.create(organiser=make.organiser(), draft=make.draft(slug="new"))


BAD = [
    ({"title": ""}, "Give it a title"),
    ({"title": " \t "}, "Give it a title"),
    ({"title": "x" * 151}, "Please shorten it"),
    ({"title": "Wa\u202eter"}, "turn the text around"),
    ({"title": "Wa\u0000ter"}, "can't be seen"),
    ({"body": "x" * 60_001}, "Please shorten it"),
    ({"body": "a\u2066b"}, "turn the text around"),
    ({"sender": "\u202eme"}, "turn the text around"),
    ({"summary": "x" * 301}, "Please shorten it"),
    ({"slug": "Große Flüsse"}, "small letters"),
    ({"slug": "../etc"}, "small letters"),
    ({"goal": "0"}, "greater than or equal to 1"),
    ({"goal": "many"}, "whole number"),
    ({"goal": "9" * 30}, "less than or equal"),
    ({"language": "other", "other_language": "german!"}, "Write a language as its tag"),
    ({"language": "other", "other_language": ""}, "Write a language as its tag"),
    ({"language": "klingon"}, "Select a valid choice"),
    ({"colour": "other", "own_colour": "red"}, "Write a colour as #"),
    ({"colour": "other", "own_colour": "#ff0"}, "too pale"),
    ({"colour": "other", "own_colour": "#000;}*{x"}, "Write a colour as #"),
    ({"colour": "gold"}, "Select a valid choice"),
    ({"opens_at": "tomorrow"}, "Give a day and a time"),
    ({"closes_at": "2031-02-30T10:00"}, "Give a day and a time"),
    ({"closes_at": "9999-12-31T23:59"}, "between 2000 and 2100"),
    ({"closes_at": "2020-01-01T10:00"}, "in the past"),
    ({"opens_at": "2031-07-02T10:00"}, "close later than it opens"),
    ({"zone": "Middle/Earth"}, "time zone from the list"),
    ({"zone": "../../etc/passwd"}, "time zone from the list"),
    ({"zone": ""}, "This field is required"),
    ({"seats": "3"}, "Select a valid choice"),
    ({"asks": ["email"]}, "Select a valid choice"),
    ({"to-1-role": "Mayor"}, "give a name"),
    ({"to-0-email": "minister"}, "valid email address"),
    ({"to-0-name": "x" * 151}, "Please shorten it"),
    ({"to-0-role": "a\u202eb"}, "turn the text around"),
    ({"to-TOTAL_FORMS": "11"}, "ten people"),
    ({"to-TOTAL_FORMS": "x"}, "did not arrive"),
]


def test_what_postgresql_can_not_keep_does_not_come_to_it(at_desk):
    sent = (
        blank(at_desk) | FULL | {"title": "Wa\u0000ter", "sender": "\u0000", "to-0-name": "\u0000"}
    )
    assert at_desk.post("/organise/letters/new/", sent).status_code == 422
    assert not Letter.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(("typed", "complaint"), BAD)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(at_desk, typed, complaint):
    sent = blank(at_desk) | FULL | typed
    answer = at_desk.post("/organise/letters/new/", sent)
    assert answer.status_code == 422
    said = desk.words(answer.content)
    assert "Please look at this again" in said
    assert complaint in said
    assert not Letter.objects.exists()
    kept = desk.fields(answer.content)
    for name, value in sent.items():
        if name.startswith("to-TOTAL") or name in {"csrfmiddlewaretoken", *typed}:
            continue
        if "to-TOTAL_FORMS" in typed and name.startswith("to-"):
            continue
        assert _same(kept.get(name, ""), value), name
    for name, value in typed.items():
        if isinstance(value, str) and name in kept and not name.startswith("to-TOTAL"):
            known = name in {"language", "colour", "zone", "seats"}  # chosen from a list
            assert known or "\0" in value or _same(kept[name], value)


def _same(kept, sent) -> bool:
    if isinstance(sent, str) and isinstance(kept, str):
        return kept.replace("\r\n", "\n") == sent.replace("\r\n", "\n").strip("\0")
    return kept == (sent[0] if isinstance(sent, list) and len(sent) == 1 else sent)


def test_each_complaint_in_the_summary_leads_to_its_field(at_desk):
    wrong = {"title": "", "to-1-role": "Mayor", "asks": ["x"], "closes_at": "x", "colour": "other"}
    page = at_desk.post("/organise/letters/new/", blank(at_desk) | FULL | wrong).content
    tree = html5lib.parse(page.decode(), namespaceHTMLElements=False)
    links = [one.get("href") for one in tree.findall(".//div[@id='errors']//a")]
    ids = {one.get("id") for one in tree.iter()}
    assert len(links) == 5
    assert {link.removeprefix("#") for link in links} <= ids


# --- T50 --------------------------------------------------------------------------------------
def test_t50_what_is_not_a_field_changes_nothing(at_desk, otto):
    make.letter(by=otto, slug="mine")
    uid = Letter.objects.get().uid
    extra = {
        "state": "closed",
        "organiser": "1",
        "organiser_id": "1",
        "uid": "0" * 32,
        "revision": "",
        "published_at": "2020-01-01",
        "taken_down_at": "2020-01-01",
        "id": "77",
        "signed": "1000000",
        "tally": "9",
        "is_staff": "on",
        "slug": "elsewhere",
    }
    page = at_desk.get("/organise/letters/mine/edit/").content
    assert (
        at_desk.post("/organise/letters/mine/edit/", desk.fields(page) | extra).status_code == 302
    )
    letter = Letter.objects.select_related("tally").get()
    assert (letter.state, letter.organiser, letter.uid) == ("open", otto, uid)
    assert letter.tally.signed == 0
    assert letter.slug == "mine"
    assert letter.taken_down_at is None
    otto.refresh_from_db()
    assert not otto.is_staff

    at_desk.post(
        "/organise/letters/new/", blank(at_desk, title="A draft") | extra | {"state": "open"}
    )
    draft = Letter.objects.exclude(pk=letter.pk).get()
    assert (draft.state, draft.revision, draft.published_at) == ("draft", None, None)


# --- Preview and rows -------------------------------------------------------------------------
def test_a_preview_shows_the_letter_keeps_what_was_typed_and_saves_nothing(at_desk):
    sent = blank(at_desk) | FULL
    page = at_desk.post("/organise/letters/new/look/", sent)
    assert page.status_code == 200
    said = desk.words(page.content)
    assert "An open letter to Marta Velander, Minister for Water; The Council of Kesten" in said
    assert b"<strong>dry</strong>" in page.content
    kept = desk.fields(page.content)
    for name, value in FULL.items():
        assert _same(kept[name], value), name
    assert not Letter.objects.exists()


def test_a_preview_suggests_an_address(at_desk):
    sent = blank(at_desk, title="Water for Kesten")
    page = at_desk.post("/organise/letters/new/look/", sent).content
    assert desk.fields(page)["slug"] == "water-for-kesten"


def test_a_preview_of_something_half_typed_shows_what_there_is(at_desk):
    sent = blank(at_desk, body="Dear *Minister*", **{"to-0-role": "Mayor", "to-0-name": "\u202e"})
    page = at_desk.post("/organise/letters/new/look/", sent)
    assert page.status_code == 200
    assert b"<em>Minister</em>" in page.content
    assert "Give it a title" in desk.words(page.content)


def test_another_row_keeps_everything_and_complains_about_nothing(at_desk):
    sent = blank(at_desk) | FULL | {"title": "", "goal": "many"}
    page = at_desk.post("/organise/letters/new/row/", sent).content
    kept = desk.fields(page)
    assert kept["to-TOTAL_FORMS"] == "4"
    assert kept["to-3-name"] == ""
    assert "look at this again" not in desk.words(page)
    for name, value in sent.items():
        if not name.startswith("to-TOTAL") and not name.startswith("to-INI"):
            assert name == "csrfmiddlewaretoken" or _same(kept[name], value), name
    saved = at_desk.post("/organise/letters/new/", kept | {"title": "T", "goal": "5"})
    assert saved.status_code == 302
    assert Target.objects.count() == 2


@pytest.mark.once
def test_ten_addressees_are_enough(at_desk):
    sent = blank(at_desk) | FULL
    for _ in range(12):
        page = at_desk.post("/organise/letters/new/row/", sent).content
        sent = desk.fields(page)
    assert sent["to-TOTAL_FORMS"] == "10"
    assert "Add another" not in desk.words(page)
    assert sent["to-2-name"] == "The Council of Kesten"


def test_emptying_a_row_drops_its_addressee(at_desk, otto):
    make.letter(by=otto, slug="mine", published=False)
    page = at_desk.get("/organise/letters/mine/edit/").content
    sent = desk.fields(page) | {"to-0-name": "", "to-0-role": "", "to-0-email": ""}
    assert at_desk.post("/organise/letters/mine/edit/", sent).status_code == 302
    assert not Target.objects.exists()


@pytest.mark.parametrize("path", ["/organise/letters/new/look/", "preview"])
def test_t32_what_is_typed_never_becomes_a_script(at_desk, otto, path):
    body = "\n\n".join(one for one in VECTORS if cleanable(one))
    assert len(body) > 2000
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    if path == "preview":
        letter = make.letter(by=otto, body=body, title=nasty, sender=nasty, published=False)
        page = at_desk.get(reverse("letter_preview", args=[letter.slug]))
    else:
        sent = blank(at_desk, title=nasty, sender=nasty, summary=nasty, body=body)
        page = at_desk.post(path, sent | {"to-0-name": nasty, "to-0-role": nasty})
    assert page.status_code == 200
    assert "alert(1)</script>" in desk.words(page.content)
    assert page.content.count(b"look at this again") == 0
    _harmless(page.content)


def cleanable(text: str) -> bool:
    """Whether a letter may hold it at all; the rest is refused before it is shown."""
    try:
        cleaning.paragraphs(text, limit=60_000, markdown=True)
    except cleaning.BadText:
        return False
    return True


def _harmless(page: bytes) -> None:
    tree = html5lib.parse(page.decode(), namespaceHTMLElements=False)
    for one in tree.iter():
        if not isinstance(one.tag, str):
            continue
        assert one.tag not in {"img", "iframe", "object", "embed", "style", "math", "base"}
        assert one.tag != "script" or one.get("src", "").startswith("/static/")
        for name, value in one.attrib.items():
            assert not str(name).lower().startswith("on"), (one.tag, name)
            assert name != "style"
            address = name in {"href", "src", "action", "formaction"}
            assert not (address and value.strip().lower().startswith(("javascript:", "data:")))


def test_a_draft_s_preview_is_the_letter_s_page_and_takes_nothing(at_desk, otto):
    letter = make.letter(by=otto, title="Night trains", published=False)
    page = at_desk.get(reverse("letter_preview", args=[letter.slug]))
    said = desk.words(page.content)
    assert "Only you see this" in said
    assert "Sign this letter" in said
    assert b"<fieldset disabled>" in page.content
    assert "noindex" in page.content.decode()
    assert at_desk.get(letter.get_absolute_url()).status_code == 404
    letter.refresh_from_db()
    assert letter.revision is None


def test_an_unfinished_draft_can_be_previewed(at_desk, otto):
    letter = drafting.create(
        organiser=otto, draft=Draft(title="Half", body="", sender="", targets=[])
    )
    assert at_desk.get(reverse("letter_preview", args=[letter.slug])).status_code == 200


def test_a_published_letter_s_preview_is_its_page(at_desk, otto):
    letter = make.letter(by=otto)
    answer = at_desk.get(reverse("letter_preview", args=[letter.slug]))
    assert answer["Location"] == letter.get_absolute_url()


# --- T89 --------------------------------------------------------------------------------------
SKIPPED = [  # zone, a time its clocks never show, and the first one they show after it
    ("Europe/Berlin", "2031-03-30T02:30", "2031-03-30T03:00"),
    ("Europe/London", "2031-03-30T01:00", "2031-03-30T02:00"),
    ("America/New_York", "2031-03-09T02:59", "2031-03-09T03:00"),
    ("Australia/Lord_Howe", "2031-10-05T02:15", "2031-10-05T02:30"),
    ("America/Havana", "2031-03-09T00:30", "2031-03-09T01:00"),
]
TWICE = [  # zone, a time its clocks show twice, the first and the second moment
    ("Europe/Berlin", "2031-10-26T02:30", "2031-10-26T00:30", "2031-10-26T01:30"),
    ("America/New_York", "2031-11-02T01:30", "2031-11-02T05:30", "2031-11-02T06:30"),
    ("Australia/Lord_Howe", "2031-04-06T01:45", "2031-04-05T14:45", "2031-04-05T15:15"),
]


@pytest.mark.once
@pytest.mark.parametrize("field", ["opens_at", "closes_at"])
@pytest.mark.parametrize(("zone", "missing", "after"), SKIPPED)
def test_t89_a_time_clocks_skip_is_refused(at_desk, field, zone, missing, after):
    sent = blank(at_desk) | FULL | {"opens_at": "", "closes_at": "", "zone": zone}
    answer = at_desk.post("/organise/letters/new/", sent | {field: missing})
    assert answer.status_code == 422
    assert "Clocks skip that time" in desk.words(answer.content)
    assert desk.fields(answer.content)[field] == missing
    assert at_desk.post("/organise/letters/new/", sent | {field: after}).status_code == 302


@pytest.mark.once
@pytest.mark.parametrize(("zone", "twice", "first", "second"), TWICE)
def test_t89_of_an_hour_shown_twice_a_letter_has_all(at_desk, zone, twice, first, second):
    sent = blank(at_desk) | FULL | {"zone": zone}
    at_desk.post("/organise/letters/new/", sent | {"opens_at": twice, "closes_at": ""})
    opened = Letter.objects.get()
    assert opened.opens_at == datetime.fromisoformat(first).replace(tzinfo=UTC)
    opened.delete()
    at_desk.post("/organise/letters/new/", sent | {"opens_at": "", "closes_at": twice})
    closing = Letter.objects.get()
    assert closing.closes_at == datetime.fromisoformat(second).replace(tzinfo=UTC)
    # What is shown is what was typed, and saving it again moves nothing.
    page = at_desk.get("/organise/letters/aller/edit/").content
    assert desk.fields(page)["closes_at"] == twice
    at_desk.post("/organise/letters/aller/edit/", desk.fields(page))
    assert Letter.objects.get().closes_at == closing.closes_at


def test_t89_every_zone_offered_keeps_the_time_it_was_given(at_desk):
    page = at_desk.get("/organise/letters/new/").content.decode()
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    offered = [one.get("value") for one in tree.findall(".//select[@name='zone']//option")]
    assert len(offered) > 300
    for zone in offered:
        for local in (datetime(2031, 1, 15, 12), datetime(2031, 7, 15, 12)):  # noqa: DTZ001
            assert moments.on_the_wall(moments.moment(local, zone), zone) == local


def test_other_languages_and_colours_are_kept(at_desk):
    sent = blank(at_desk) | FULL
    sent |= {"language": "other", "other_language": "SR-latn", "colour": "other"}
    at_desk.post("/organise/letters/new/", sent | {"own_colour": "#7A1F1F"})
    letter = Letter.objects.get()
    assert (letter.language, letter.accent) == ("sr-Latn", "#7a1f1f")
    kept = desk.fields(at_desk.get("/organise/letters/aller/edit/").content)
    assert kept["other_language"] == "sr-Latn"
    assert (kept["colour"], kept["own_colour"]) == ("other", "#7a1f1f")
