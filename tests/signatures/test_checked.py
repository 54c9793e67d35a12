"""When a number was checked, and how it is counted: the line, the page, the data."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from campaigns.models import Letter, Tally
from campaigns.services import drafting, publishing
from signatures import timeline
from signatures.counting import breakdowns, checked
from signatures.log.folder import Folder
from signatures.log.leaf import Kind, Method, Reason
from signatures.models import Breakdown, Chain, Head, Invalidation, Published
from signatures.proof import stopped
from signatures.proof.domainclass import DomainClass
from tests import logbook, make
from tests.parsing import Page, text_of
from tests.polyglots import POLYGLOTS

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 9, 12, 0, tzinfo=UTC)
TODAY = (NOON.date() - breakdowns.EPOCH).days
LARGE, OTHER = DomainClass.LARGE_PROVIDER, DomainClass.OTHER


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> Folder:
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_DIR.mkdir()
    return Folder(settings.LOG_DIR)


@pytest.fixture
def letter() -> Letter:
    make.letter(slug="aller", now=NOON - timedelta(days=20), zone="Europe/Berlin")
    return counted(signed=312)


def counted(*, signed: int, withdrawn: int = 0, invalidated: int = 0, paper: int = 0) -> Letter:
    """The letter with these totals, its own and the log's."""
    letter = Letter.objects.get(slug="aller")
    totals = {"signed": signed, "withdrawn": withdrawn, "invalidated": invalidated}
    Tally.objects.filter(pk=letter.pk).update(**totals, paper=paper)
    Chain.objects.update_or_create(letter=letter, defaults={**totals, "last": 599})
    return Letter.objects.for_page().get(pk=letter.pk)


def logged(folder: Folder, *, ago: float = 12, size: int = 600, frozen: str = "") -> None:
    folder.publish(logbook.checkpoint(size, b"r" * 32))
    at = NOON - timedelta(seconds=ago)
    row = {"origin": logbook.ORIGIN, "size": size, "root": b"r" * 32, "checked_at": at}
    Published.objects.update_or_create(pk=1, defaults={**row, "signed_at": at})
    Head.objects.update_or_create(pk=1, defaults={"frozen_because": frozen})


def day(letter: Letter, ago: int, people: dict[DomainClass, int], **more: Any) -> None:
    for domain_class, number in people.items():
        given = {"kind": Kind.SIGNED, "detail": Method.LINK} | more
        Breakdown.objects.create(
            letter=letter, day=TODAY - ago, domain_class=domain_class, people=number, **given
        )


def page(path: str = "checked/", **headers: str) -> Page:
    answer = Client().get(f"/letters/aller/{path}", headers=headers)
    assert answer.status_code == 200
    return Page(answer)


def data(path: str = "checked.json") -> Any:
    return json.loads(Client().get(f"/letters/aller/{path}").content)


def line(path: str = "") -> str:
    [shown] = page(path).with_class("checked")
    return text_of(next(one for one in shown.iter() if one.tag in {"time", "span"}))


# --- The line -------------------------------------------------------------------------------------
def test_the_letter_says_when_its_number_was_checked_and_leads_to_how(letter, folder) -> None:
    logged(folder)
    shown = page("")
    assert line() == "Checked 12 s ago"
    assert line("checked/") == "Checked 12 s ago"
    [link] = shown.all("a", href="/letters/aller/checked/")
    time, _how = link
    assert time.get("datetime") == "2026-11-09T11:59:48+00:00"
    assert (
        shown.one("p", **{"data-checked": "/letters/aller/checked.json"}).get("aria-live") is None
    )


def test_t106_a_number_newer_than_the_checkpoint_says_so(letter, folder) -> None:
    logged(folder, size=599)
    assert line() == "Checked 12 s ago, the newest to follow"
    assert data()["state"] == "waiting"
    logged(folder, size=600)
    assert data()["state"] == "checked"


def test_t106_a_number_the_log_does_not_bear_out_is_not_called_checked(letter, folder) -> None:
    logged(folder)
    Chain.objects.update(signed=300)
    assert line() == "Checked 12 s ago; 12 still being entered"
    assert "12 signatures were counted before this log began" in page().words()
    Chain.objects.all().delete()
    assert data()["state"] == "behind"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (61, "Not checked since 12:58: nothing has looked since"),
        (26 * 3600, "Not checked since 8 November 2026, 11:00: nothing has looked since"),
    ],
)
def test_t106_a_look_of_long_ago_is_told_by_the_letter_s_clock(letter, folder, ago, said) -> None:
    logged(folder, ago=60)
    assert line() == "Checked 60 s ago"
    logged(folder, ago=ago)
    assert line() == said
    assert data()["state"] == "late"


def test_where_checkpoints_are_rarer_one_waits_longer(letter, folder, settings) -> None:
    settings.LOG_INTERVAL = 60
    logged(folder, ago=170)
    assert line() == "Checked 170 s ago"


@pytest.mark.parametrize("reason", stopped.Reason)
def test_t106_a_log_that_stands_still_is_told_with_its_reason(letter, folder, reason) -> None:
    logged(folder, ago=5, frozen=reason)
    said = line()
    assert said.startswith("Not checked since 12:59: the log stands still because ")
    assert said.endswith(str(stopped.briefly(reason)))
    assert "somebody has to look" not in said, "this reason has no words"
    assert data()["frozen_because"] == reason
    assert "The log stands still" in page().words()


def test_before_the_first_look_nothing_is_claimed(letter) -> None:
    assert line() == "Not checked yet"
    assert data()["checked_at"] is None
    assert "No checkpoint has been signed yet" in page().words()


def test_a_batch_between_two_queries_makes_nothing_missing(letter, folder) -> None:
    logged(folder)
    before = Letter.objects.for_page().get(pk=letter.pk)
    counted(signed=315)
    assert checked.look(before, now=NOON).state == checked.State.WAITING


def test_the_line_speaks_the_language_of_the_page(letter, folder) -> None:
    logged(folder)
    [shown] = Page(Client().get("/de/letters/aller/")).all("p", **{"class": "checked checked"})
    assert shown.get("data-checked") == "/de/letters/aller/checked.json"


# --- As data --------------------------------------------------------------------------------------
def test_the_data_say_the_sum_the_checkpoint_and_who_saw_it(letter, folder, settings) -> None:
    settings.WITNESSES = "\n".join(
        f"witness w{number} {key.verifier} https://w{number}.example"
        for number, key in enumerate(logbook.WITNESSES)
    )
    logged(folder)
    counted(signed=312, withdrawn=4, invalidated=8, paper=40)
    answer = Client().get("/letters/aller/checked.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=2, stale-while-revalidate=10"
    told = json.loads(answer.content)
    assert told["count"] == told["signed"] - told["withdrawn"] - told["invalidated"] == 300
    assert (told["paper"], told["entry"]) == (40, 599)
    assert told["id"] == letter.uid.hex, "by which others' programs tell letters apart"
    assert letter.uid.hex in page().words()
    assert told["said"] == "Checked {seconds} s ago"
    assert told["checked_at"] == "2026-11-09T11:59:48Z"
    assert told["log"]["size"] == 600
    assert told["witnesses"]["wanted"] == 2
    assert [one["name"] for one in told["witnesses"]["seen"]] == ["w0", "w1"]
    assert "2 of 2 have seen it" in page().words()


def test_what_is_asked_for_all_the_time_changes_only_with_the_log(letter, folder) -> None:
    logged(folder)
    first = Client().get("/letters/aller/checked.json")
    with time_machine.travel(NOON + timedelta(seconds=9), tick=False):
        again = Client().get("/letters/aller/checked.json")
    assert again["ETag"] == first["ETag"]


# --- The page -------------------------------------------------------------------------------------
def test_the_page_adds_up_with_paper_apart(letter, folder) -> None:
    logged(folder)
    counted(signed=312, withdrawn=4, invalidated=8, paper=40)
    [table] = page().with_class("sum")
    rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
    assert [row[1] for row in rows] == ["312", "− 4", "− 8", "300", "40"]
    assert "apart, and not in the number" in rows[4][0]


def test_kinds_of_mailbox_are_told_once_their_days_are_over(letter, folder) -> None:
    logged(folder)
    day(letter, 0, {LARGE: 900})
    assert "Where their mailbox is" not in page().words()
    day(letter, 1, {LARGE: 220, OTHER: 60, DomainClass.EDUCATION: 3, DomainClass.DISPOSABLE: 29})
    [table] = page().with_class("kinds")
    told = {text_of(row[0].find("b")): text_of(row[1]) for row in table.iter("tr")}
    assert told == {
        "Large mail providers": "196 to 223",
        "Other domains": "60",
        "Schools and universities": "fewer than 10",
        "Public bodies": "fewer than 10",
        "Throwaway mailboxes": "29",
        "Not known": "fewer than 10",
    }
    assert (
        "900 more signatures are not in this table: they are told with the next part"
        in page().words()
    )


def test_days_and_methods_are_told_exactly_as_the_log_has_them(letter, folder) -> None:
    logged(folder)
    day(letter, 2, {LARGE: 2})
    day(letter, 2, {LARGE: 5}, detail=Method.IMPORTED)
    day(letter, 1, {LARGE: 1}, kind=Kind.WITHDRAWN, detail=0)
    day(letter, 1, {OTHER: 3}, kind=Kind.INVALIDATED, detail=Reason.AUTOMATED)
    told = data("statistics.json")
    assert told["methods"] == {"link": 2, "imported": 5}
    assert told["days"] == [
        {"day": "2026-11-07", "signed": 7, "withdrawn": 0, "invalidated": 0},
        {"day": "2026-11-08", "signed": 0, "withdrawn": 1, "invalidated": 3},
    ]
    words = page().words()
    assert "Imported, not confirmed 5" in words
    assert "8 November 2026 0 1 3" in words


def test_t105_statistics_say_no_more_than_the_page(letter, folder) -> None:
    logged(folder)
    day(letter, 1, {LARGE: 220, OTHER: 60, DomainClass.EDUCATION: 3})
    day(letter, 1, {DomainClass.EDUCATION: 2}, kind=Kind.WITHDRAWN, detail=0)
    before = data("statistics.json")
    assert before["mailboxes"]["education"] == [0, 9]
    assert before["parts"][0]["mailboxes"] == before["mailboxes"]
    day(letter, 0, {DomainClass.EDUCATION: 1})
    after = data("statistics.json")
    assert (after["mailboxes"], after["parts"]) == (before["mailboxes"], before["parts"])
    assert after["untold"] == before["untold"] + 1


def removed(letter: Letter, words: str = "Made by a program, like 40 others.") -> Invalidation:
    return Invalidation.objects.create(
        letter=letter, reason=4, public_reason=words, state="done", done=8,
        started_at=NOON - timedelta(days=3), ended_at=NOON - timedelta(days=3),
        name_contains="Sam", numbers=[17],
    )  # fmt: skip


def test_a_rule_stands_there_with_day_reason_and_people_also_when_cancelled(letter, folder) -> None:
    logged(folder)
    assert "No rule has removed anybody." in page().words()
    counted(signed=312, withdrawn=4, invalidated=8)
    day(letter, 2, {LARGE: 4}, kind=Kind.WITHDRAWN, detail=0)
    rule = removed(letter)
    words = page().words()
    assert "6 November 2026 8 signatures removed: automated" in words
    assert "Made by a program, like 40 others." in words
    Invalidation.objects.filter(pk=rule.pk).update(
        state="cancelled", ended_at=NOON - timedelta(days=1)
    )
    assert "8 November 2026 A rule was cancelled" in page().words()
    assert "8 signatures removed: automated" in page().words()
    told = data("statistics.json")["taken_out"]
    assert [one["what"] for one in told] == ["invalidated", "reinstated"]
    assert "Sam" not in str(told)


def test_the_letter_s_story_tells_what_was_taken_out(letter, folder) -> None:
    logged(folder)
    counted(signed=312, withdrawn=4, invalidated=8)
    day(letter, 2, {LARGE: 4}, kind=Kind.WITHDRAWN, detail=0)
    removed(letter)
    [shown] = page("").with_class("timeline")
    words = text_of(shown)
    assert "8 signatures removed by a rule: automated" in words
    assert "Made by a program, like 40 others." in words
    assert "4 signatures withdrawn so far by those who gave them" in words
    for kind in timeline.Kind:
        assert kind in timeline.ORDER


def test_a_rule_that_only_was_looked_at_is_nobody_s_business(letter, folder) -> None:
    logged(folder)
    counted(signed=312, invalidated=8)
    Invalidation.objects.create(letter=letter, reason=4, public_reason="Not started", matched=9)
    assert "Not started" not in page().words()
    assert "Not started" not in page("").words()


def test_every_text_stands_there_with_its_fingerprint(letter, folder) -> None:
    logged(folder)
    draft = make.draft(title="Give all rivers their water back")
    drafting.edit(letter=letter, draft=draft, by=letter.organiser, now=NOON)
    shown = page()
    for text in letter.revisions.all():
        assert text.sha256 in shown.words()
        assert shown.all("a", href=f"/letters/aller/revisions/{text.number}.txt")
    assert shown.all("a", href="/letters/aller/totals.tlog-proof")


def test_the_page_takes_few_queries_however_many_signed(
    letter, folder, django_assert_num_queries
) -> None:
    logged(folder)
    counted(signed=312, withdrawn=4, invalidated=8)
    for ago in range(40):
        day(letter, ago, {LARGE: 20, OTHER: 20, DomainClass.EDUCATION: 9})
    removed(letter)
    with django_assert_num_queries(6):
        Client().get("/letters/aller/checked/")
    with django_assert_num_queries(8):  # one for the line, one for what was taken out
        Client().get("/letters/aller/")
    with django_assert_num_queries(3):
        Client().get("/letters/aller/checked.json")


def test_a_letter_taken_down_and_a_draft_say_nothing_of_their_numbers(letter, folder) -> None:
    make.letter(slug="draft", published=False)
    publishing.take_down(letter=letter, because="It was forged.", now=NOON)
    for path, status in (("checked/", 410), ("checked.json", 410), ("statistics.json", 410)):
        answer = Client().get(f"/letters/aller/{path}")
        assert answer.status_code == status
        assert "312" not in answer.content.decode()
        assert Client().get(f"/letters/draft/{path}").status_code == 404


def test_t29_a_public_reason_is_text_wherever_it_stands(letter, folder) -> None:
    logged(folder)
    counted(signed=312, invalidated=8)
    rule = removed(letter)
    before = page().tags()
    for payload in POLYGLOTS:
        words = payload.replace("\0", "")[:300]
        Invalidation.objects.filter(pk=rule.pk).update(public_reason=words)
        shown = page()
        assert shown.inline_code() == []
        assert shown.tags() == before
    assert data("statistics.json")["taken_out"][0]["words"] == words
    assert page("").inline_code() == []


def test_t46_page_and_data_carry_no_cookie_and_are_the_same_for_all(letter, folder) -> None:
    logged(folder)
    for path in ("checked/", "checked.json", "statistics.json"):
        answer = Client().get(f"/letters/aller/{path}")
        assert not answer.cookies
        assert answer["Cache-Control"].startswith("public")
        joan = Client()
        joan.force_login(letter.organiser)
        assert joan.get(f"/letters/aller/{path}").content == answer.content
        assert Client().head(f"/letters/aller/{path}").status_code == 200
        assert Client().post(f"/letters/aller/{path}").status_code == 405
