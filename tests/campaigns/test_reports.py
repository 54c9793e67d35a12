"""Reporting a letter, and what staff make of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Report
from campaigns.services import publishing, reporting
from tests import make
from tests.campaigns.test_accounts import mails

pytestmark = pytest.mark.django_db

WRONG = {"reason": "private", "text": "The third line names a child."}


@pytest.fixture
def letter():
    return make.letter(slug="aller")


def test_anybody_reports_a_letter_without_a_cookie(client, letter):
    assert client.get("/letters/aller/report/").status_code == 200
    answer = client.post("/letters/aller/report/", WRONG)
    assert (answer.status_code, answer.url) == (303, "/letters/aller/report/sent/")
    assert client.get(answer.url).status_code == 200
    assert not client.cookies
    found = Report.objects.get()
    assert (found.letter, found.reason, found.text) == (letter, "private", WRONG["text"])


def test_staff_hear_of_a_report_and_nobody_else(client, letter):
    make.organiser("mira@example.org", is_staff=True)
    make.organiser("gone@example.org", is_staff=True, is_active=False)
    client.post("/letters/aller/report/", WRONG)
    told = mails("letter.reported")
    assert [mail.to for mail in told] == [["mira@example.org"]]
    assert letter.title in told[0].body
    assert WRONG["text"] not in told[0].body


def test_what_was_typed_stays_when_something_is_missing(client, letter):
    answer = client.post("/letters/aller/report/", {"text": "Look at line three", "email": "no"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Look at line three" in page
    assert "Choose what is wrong" in page
    assert not Report.objects.exists()


def test_a_reporters_address_is_sealed_and_forgotten_after_the_decision(client, letter):
    mira = make.organiser(is_staff=True)
    client.post("/letters/aller/report/", WRONG | {"email": "joan@example.org"})
    found = Report.objects.get()
    assert found.email_sealed
    assert b"joan" not in bytes(found.email_sealed)
    assert reporting.answer_address(found) == "joan@example.org"
    now = timezone.now()
    assert reporting.sweep_addresses(now=now + timedelta(days=400)) == 0
    reporting.decide(report=found, by=mira, take_down=False, note="fine", now=now)
    assert reporting.sweep_addresses(now=now + timedelta(days=89)) == 0
    assert reporting.sweep_addresses(now=now + timedelta(days=91)) == 1


def test_a_program_that_fills_every_field_is_thanked_and_ignored(client, letter):
    answer = client.post("/letters/aller/report/", WRONG | {"topic": "buy"})
    assert answer.status_code == 303
    assert not Report.objects.exists()


def test_a_page_of_somebody_else_cannot_report(client, letter):
    answer = client.post("/letters/aller/report/", WRONG, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert WRONG["text"] in answer.content.decode()
    assert not Report.objects.exists()


def test_ten_reports_an_hour_from_one_place_are_enough(client, letter):
    for _ in range(10):
        assert client.post("/letters/aller/report/", WRONG).status_code == 303
    answer = client.post("/letters/aller/report/", WRONG)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert WRONG["text"] in answer.content.decode()
    assert Report.objects.count() == 10


def test_hidden_and_turning_characters_are_refused_in_a_report(client, letter):
    answer = client.post("/letters/aller/report/", WRONG | {"text": "see \u202egnp.exe"})
    assert answer.status_code == 422


def test_a_draft_cannot_be_reported_because_it_is_not_there(client):
    make.letter(slug="draft", published=False)
    assert client.get("/letters/draft/report/").status_code == 404


def test_a_letter_taken_down_says_why_and_its_organiser_is_told(client, letter):
    mira = make.organiser(is_staff=True)
    client.post("/letters/aller/report/", WRONG)
    reporting.decide(
        report=Report.objects.get(), by=mira, take_down=True, note="It names a child.",
        now=timezone.now(),
    )  # fmt: skip
    page = client.get("/letters/aller/")
    assert page.status_code == 410
    assert "It names a child." in page.content.decode()
    told = mails("letter.taken_down")
    assert told[0].to == [letter.organiser.email]
    assert "It names a child." in told[0].body
    assert client.get("/letters/aller/report/").status_code == 302
    thanks = client.get("/letters/aller/report/sent/")
    assert thanks.status_code == 410
    assert letter.title not in thanks.content.decode()


def test_a_report_is_decided_once(client, letter):
    mira = make.organiser(is_staff=True)
    client.post("/letters/aller/report/", WRONG)
    found, now = Report.objects.get(), timezone.now()
    reporting.decide(report=found, by=mira, take_down=False, note="fine", now=now)
    with pytest.raises(reporting.Refused):
        reporting.decide(report=found, by=mira, take_down=True, note="no", now=now)


# --- What organisers and staff are told about a letter's life ---------------------------------
def test_a_letter_in_review_is_told_to_staff_and_its_fate_to_its_organiser(settings):
    settings.REGISTRATION = "review"
    otto = make.organiser("otto@example.org")
    mira = make.organiser("mira@example.org", is_staff=True)
    letter = make.letter(by=otto, published=False)
    now = timezone.now()
    waiting = publishing.publish(letter=letter, by=otto, now=now)
    assert waiting.state == "review"
    assert [mail.to for mail in mails("letter.review_asked")] == [["mira@example.org"]]
    publishing.send_back(letter=waiting, by=mira)
    assert mails("letter.review_asked") == []
    assert mails("letter.sent_back")[0].to == ["otto@example.org"]
    publishing.publish(letter=letter, by=otto, now=now)
    opened = publishing.publish(letter=letter, by=mira, now=now)
    assert opened.state == "open"
    assert mails("letter.published")[0].to == ["otto@example.org"]


def test_nobody_is_told_what_they_did_themselves():
    make.letter()
    assert mails("letter.published") == []


def test_closing_a_letter_tells_its_organiser_how_many_signed():
    letter = make.letter(title="Water {for} all")
    make.counted(letter)
    publishing.close(letter=letter, now=timezone.now())
    told = mails("letter.closed")[0]
    assert told.to == [letter.organiser.email]
    assert "Water {for} all" in told.body
    assert "It has 1 of them" in told.body
