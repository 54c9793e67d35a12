"""The page of exports: choose, watch, leave, fetch; for the letter's organiser alone."""

import hashlib
import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter, Organiser
from signatures import handlers, tokens
from signatures.models import Export
from signatures.services import exporting, sequencing
from tests import make
from tests.signatures.exporting import asked, made, run
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)
State = Export.State
CHOSEN = {
    "format": "csv",
    "sort": "date",
    "layout": "table",
    "columns": ["position", "name"],
    "grouping": "one",
    "volumes": "one",
    "size": "250000",
    "preset": "",
    "sign": "on",
}


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def otto() -> Organiser:
    return make.organiser("otto@example.org")


@pytest.fixture
def signed(otto: Organiser) -> Letter:
    letter = make.letter(by=otto)
    make.confirmed(letter, name="Joan Baker", email="joan@example.org", place="Leeds")
    make.confirmed(letter, name="Sam Secret", email="sam@example.org", public=False)
    sequencing.sequence(now=timezone.now())
    return letter


@pytest.fixture
def desk(client: Client, otto: Organiser) -> Client:
    client.force_login(otto)
    return client


def address(letter: Letter, name: str = "letter_exports", *more: object) -> str:
    return reverse(name, args=[letter.slug, *more])


def link(export: Export, *, age: timedelta = timedelta()) -> str:
    token = tokens.make(
        tokens.Purpose.EXPORT, export.uid, generation=export.generation, at=timezone.now() - age
    )
    return address(export.letter, "export_download", token)


def test_an_organiser_asks_watches_and_fetches(desk: Client, signed: Letter) -> None:
    answer = desk.post(address(signed, "export_ask"), CHOSEN)
    assert (answer.status_code, answer["Location"]) == (302, address(signed))
    export = Export.objects.get()
    watched = desk.get(address(signed, "export_state")).json()["exports"]
    assert [(one["state"], one["words"]) for one in watched] == [("queued", "1st in the queue")]
    run(export)
    shown = desk.get(address(signed))
    assert "no-store" in shown["Cache-Control"]
    assert Export.objects.get().sha256 in shown.text
    fetched = desk.get(re.findall(r'href="([^"]+/download/[^"]+)"', shown.text)[0])
    assert fetched.status_code == 200
    assert fetched["Content-Disposition"].startswith(f'attachment; filename="{signed.slug}-')
    assert "no-store" in fetched["Cache-Control"]
    body = b"".join(fetched.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(body).hexdigest() == Export.objects.get().sha256


def test_every_choice_arrives_at_the_export(desk: Client, otto: Organiser) -> None:
    letter = make.letter(by=otto, groups=["Members", "Friends"], asks=["country"])
    chosen = CHOSEN | {
        "format": "pdf",
        "sort": "name",
        "layout": "compact",
        "columns": ["name", "country"],
        "grouping": "group",
        "volumes": "size",
        "size": "5000",
        "public_only": "on",
    }
    del chosen["sign"]
    assert desk.post(address(letter, "export_ask"), chosen).status_code == 302
    wish = Export.objects.get().wish
    assert (wish.format, wish.sort, wish.layout) == ("pdf", "name", "compact")
    assert (wish.columns, wish.grouping, wish.volumes) == (("name", "country"), "group", "5000")
    assert (wish.public_only, wish.sign) == (True, False)
    assert "volumes of 5,000" in desk.get(address(letter)).text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"format": "exe"}, "exe"),
        ({"format": "pdf", "columns": ["place"]}, "needs their names"),
        ({"format": "pdf", "volumes": "size", "size": "3"}, "100"),
        ({"format": "pdf", "volumes": "size", "size": ""}, "Say how many"),
        ({"format": "csv", "preset": "fax"}, "fax"),
        ({"format": "pdf", "volumes": "group"}, "group"),
    ],
)
def test_a_wish_nobody_offers_is_refused_and_everything_else_stays_chosen(
    desk: Client, signed: Letter, wrong: dict[str, Any], words: str
) -> None:
    given = CHOSEN | {"sort": "name", "public_only": "on"} | wrong
    answer = desk.post(address(signed, "export_ask"), given)
    assert answer.status_code == 422
    assert words in answer.text
    assert re.search(r'value="name"[^>]* checked', answer.text)
    assert re.search(r'name="public_only"[^>]* checked', answer.text)
    folded_away = wrong["format"] != "exe"
    assert ('class="more" open' in answer.text) == folded_away
    assert not Export.objects.exists()


def test_only_what_the_letter_has_can_be_grouped_by(desk: Client, signed: Letter) -> None:
    page = desk.get(address(signed)).text
    assert "By group" not in page
    assert "One for each country" not in page
    Letter.objects.filter(pk=signed.pk).update(groups=["Members", "Friends"], asks=["country"])
    page = desk.get(address(signed)).text
    assert "By group" in page
    assert "One for each country" in page


def test_the_same_wish_again_shows_the_file_that_is_there(desk: Client, signed: Letter) -> None:
    export = made(signed)
    answer = desk.post(address(signed, "export_ask"), CHOSEN, follow=True)
    assert "Nothing has changed since" in answer.text
    assert Export.objects.get() == export


def test_one_organiser_cannot_keep_everybody_elses_files_waiting(
    desk: Client, signed: Letter
) -> None:
    url = address(signed, "export_ask")
    for number in range(exporting.WAITING):
        wanted = {"format": "pdf", "volumes": "size", "size": 1000 + number}
        assert desk.post(url, CHOSEN | wanted).status_code == 302
    refused = desk.post(url, CHOSEN)
    assert refused.status_code == 429
    assert "already" in refused.text
    assert Export.objects.count() == exporting.WAITING


def test_what_was_called_off_passes_no_queue_when_it_is_asked_for_again(
    desk: Client, signed: Letter
) -> None:
    for number in range(2 * exporting.WAITING):
        columns = ["name", "place", "title"][: 1 + number // 4]
        wanted = {"format": "pdf", "columns": columns, "volumes": "size", "size": 100 + number}
        desk.post(address(signed, "export_ask"), CHOSEN | wanted)
        if number < exporting.WAITING:
            exporting.cancel(export=signed.exports.get(state=State.QUEUED))
    for export in signed.exports.filter(state=State.CANCELLED):
        answer = desk.post(address(signed, "export_again", export.uid), follow=True)
        assert "Files are being made for you already" in answer.content.decode()
    assert signed.exports.filter(state=State.QUEUED).count() == exporting.WAITING


def test_a_page_without_scripts_looks_again_only_when_asked_to_and_while_there_is_reason(
    desk: Client, signed: Letter
) -> None:
    export = asked(signed)
    usual = desk.get(address(signed))
    assert "Refresh" not in usual
    assert "?watch" in usual.text
    watching = desk.get(address(signed) + "?watch")
    assert watching["Refresh"] == "5"
    assert "Stop looking" in watching.text
    assert 'class="making"' not in watching.text  # nothing typed can be lost
    run(export)
    assert "Refresh" not in desk.get(address(signed) + "?watch")


def test_buttons_call_off_and_try_again(desk: Client, signed: Letter) -> None:
    export = asked(signed)
    answer = desk.post(address(signed, "export_cancel", export.uid), follow=True)
    assert "Called off" in answer.text
    assert "Try again" in answer.text
    desk.post(address(signed, "export_again", export.uid))
    assert Export.objects.get().state == State.QUEUED
    Export.objects.update(state=State.FAILED, reason="There is no room left.")
    assert "There is no room left." in desk.get(address(signed)).text


def test_the_mail_brings_a_link_the_checksum_and_the_size(desk: Client, signed: Letter) -> None:
    export = made(signed)
    mail = handlers.export_ready(OutboxMessage.objects.get(topic="export.ready"))
    assert mail is not None
    assert mail.to == ["otto@example.org"]
    assert export.sha256 in mail.body
    found = re.search(r"https?://[^/]+(/\S+/download/\S+)", mail.body)
    assert found is not None
    fetched = desk.get(found[1])
    assert fetched.status_code == 200
    fetched.close()
    assert Client().get(found[1]).status_code == 302  # to the log-in


def test_a_file_taken_back_says_so_and_offers_another(desk: Client, signed: Letter) -> None:
    export = made(signed)
    there = link(export)
    Export.objects.update(state=State.EXPIRED, reason="Somebody in it is erased.", generation=1)
    answer = desk.get(there, follow=True)
    assert answer.status_code == 200
    assert "isn’t there any more" in answer.text
    assert "Somebody in it is erased." in answer.text
    assert "Make it again" in answer.text


def test_a_lost_file_says_so_and_is_made_anew(desk: Client, signed: Letter) -> None:
    export = made(signed)
    exporting.path_of(export).unlink()
    answer = desk.get(link(export), follow=True)
    assert "You can make it anew" in answer.content.decode()
    assert asked(signed).pk != export.pk


def test_the_page_takes_the_same_few_queries_however_many_files_there_are(
    desk: Client, signed: Letter, django_assert_num_queries: Any
) -> None:
    asked(signed)
    desk.get(address(signed))
    with django_assert_num_queries(5):  # session, organiser, letter, files, queue
        desk.get(address(signed))
    for number in range(20):
        asked(make.letter(), "csv", sort=("date", "name")[number % 2])
        Export.objects.create(letter=signed, asked_by=signed.organiser, format="pdf")
    with django_assert_num_queries(5):
        desk.get(address(signed))
    with django_assert_num_queries(5):
        desk.get(address(signed, "export_state"))


def test_t48_nobody_else_sees_fetches_or_touches_an_export(client: Client, signed: Letter) -> None:
    export = made(signed)
    urls = [address(signed), address(signed, "export_state"), link(export)]
    doors = [
        address(signed, "export_ask"),
        address(signed, "export_cancel", export.uid),
        address(signed, "export_again", export.uid),
    ]
    for url in urls:
        assert client.get(url).status_code == 302
    client.force_login(make.organiser("sam@example.org"))
    for url in urls:
        assert client.get(url).status_code == 404
    for url in doors:
        assert client.post(url).status_code == 404
    assert Export.objects.get().state == State.READY


def test_t48_an_export_of_another_letter_is_not_reached_through_ones_own(
    desk: Client, signed: Letter
) -> None:
    foreign = asked(make.letter())
    for name in ("export_cancel", "export_again"):
        assert desk.post(address(signed, name, foreign.uid)).status_code == 404
    token = link(foreign).rstrip("/").rpartition("/")[2]
    assert desk.get(address(signed, "export_download", token)).status_code == 404


def test_a_link_ends_after_three_days_and_a_forged_one_never_began(
    desk: Client, signed: Letter
) -> None:
    export = made(signed)
    in_time = desk.get(link(export, age=timedelta(hours=71)))
    assert in_time.status_code == 200
    in_time.close()
    ended = desk.get(link(export, age=timedelta(hours=73)))
    assert (ended.status_code, ended["Location"]) == (302, address(signed))
    other = Export(uid=uuid.uuid4(), letter=signed)
    assert desk.get(link(other)).status_code == 404
    assert desk.get(address(signed, "export_download", "A" * 60)).status_code == 404
