"""Exports: made once, from one look at the rows, by whoever holds the lease, for one organiser."""

import csv
import hashlib
import io
import stat
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter, Organiser
from signatures import tokens
from signatures.exports import comma
from signatures.exports.wish import Wish
from signatures.models import Export, Signature
from signatures.services import exporting, making, sequencing
from tests import make
from worker import schedule
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)
State = Export.State


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
    make.confirmed(letter, name="王小明", email="wang@example.org", updates=True)
    make.confirmed(letter, name="Sam Secret", email="sam@example.org", public=False)
    sequencing.sequence(now=timezone.now())
    return letter


def asked(letter: Letter, kind: str = "csv", **options: Any) -> Export:
    wish = Wish(format=kind, **options)
    return exporting.ask(letter=letter, by=letter.organiser, wish=wish)


def made(letter: Letter, kind: str = "csv", **options: Any) -> Export:
    export = asked(letter, kind, **options)
    making.run(export=export.pk, now=timezone.now())
    export.refresh_from_db()
    return export


def rows(export: Export) -> list[dict[str, str]]:
    text = exporting.path_of(export).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_is_made_once_with_its_digest_and_for_its_owner_only(signed: Letter) -> None:
    export = made(signed)
    file = exporting.path_of(export)
    assert export.state == State.READY
    assert (export.done, export.total) == (3, 3)
    assert export.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    making.run(export=export.pk, now=timezone.now())
    export.refresh_from_db()
    assert export.attempts == 1
    assert OutboxMessage.objects.filter(topic="export.ready").count() == 1


def test_the_csv_holds_positions_and_never_a_number_or_an_address_nobody_gave(
    signed: Letter,
) -> None:
    found = rows(made(signed))
    assert [row["position"] for row in found] == ["1", "2", "3"]
    assert {row["name"] for row in found} == {"Joan Baker", "王小明", "Sam Secret"}
    assert {row["email"] for row in found} == {"", "wang@example.org"}
    assert "number" not in found[0]


def test_names_only_leaves_out_those_who_withhold_them(signed: Letter) -> None:
    assert {row["name"] for row in rows(made(signed, public_only=True))} == {"Joan Baker", "王小明"}


def test_the_pdf_says_name_withheld_and_nothing_else_of_them(signed: Letter) -> None:
    export = made(signed, "pdf")
    file = exporting.path_of(export)
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Joan Baker" in text
    assert "name withheld" in text
    assert "王小明" in text
    assert "Secret" not in text
    assert "@example.org" not in text


def test_signatures_that_come_while_a_file_is_made_are_not_half_in_it(
    signed: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real writer, slowed: another connection counts a signature after the look began."""
    stream = comma.stream

    def slow(given: Iterator[Any], **options: Any) -> Iterator[bytes]:
        elsewhere(lambda: make.counted(signed, name="Late Larry", email="larry@example.org"))
        return stream(given, **options)

    monkeypatch.setattr(comma, "stream", slow)
    export = made(signed)
    assert Signature.objects.counted().count() == 4
    assert len(rows(export)) == export.total == 3


def elsewhere(work: Callable[[], object]) -> None:
    """Over another connection, as another process would."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_another_workers_lease_is_left_alone_and_taken_over_when_it_ends(signed: Letter) -> None:
    export = asked(signed)
    now = timezone.now()
    Export.objects.filter(pk=export.pk).update(
        state=State.RUNNING, lease_by="somebody", lease_until=now + timedelta(seconds=50)
    )
    with pytest.raises(making.Busy):
        making.run(export=export.pk, now=now)
    making.run(export=export.pk, now=now + timedelta(seconds=51))
    export.refresh_from_db()
    assert export.state == State.READY


def test_a_worker_that_lost_its_lease_changes_nothing_any_more(
    signed: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(signed)

    def overtaken(given: Iterator[Any], **options: Any) -> Iterator[bytes]:
        elsewhere(lambda: Export.objects.filter(pk=export.pk).update(lease_by="somebody else"))
        yield b"late"

    monkeypatch.setattr(comma, "stream", overtaken)
    making.run(export=export.pk, now=timezone.now())
    export.refresh_from_db()
    assert export.state == State.RUNNING
    assert not export.sha256


def test_what_dies_three_times_fails_with_a_reason(signed: Letter) -> None:
    export = asked(signed)
    past = timezone.now() - timedelta(hours=1)
    Export.objects.filter(pk=export.pk).update(
        state=State.RUNNING, attempts=3, lease_by="x", lease_until=past
    )
    making.run(export=export.pk, now=timezone.now())
    export.refresh_from_db()
    assert export.state == State.FAILED
    assert "3" in export.reason


def test_a_text_too_complex_to_print_fails_with_a_reason_and_leaves_no_file(
    signed: Letter, settings: Any
) -> None:
    settings.EXPORT_MEMORY_MB = 150
    settings.EXPORT_MINUTES = (
        1  # starved of memory it may hang instead of ending: the clock ends it
    )
    export = made(signed, "pdf")
    assert export.state == State.FAILED
    assert export.reason
    assert list(Path(settings.EXPORT_DIR).glob("*")) == []


def test_files_end_with_their_time(signed: Letter, settings: Any) -> None:
    export = made(signed)
    assert export.expires_at is not None
    assert exporting.expire(now=export.expires_at - timedelta(seconds=1)) == 0
    assert exporting.expire(now=export.expires_at) == 1
    export.refresh_from_db()
    assert export.state == State.EXPIRED
    assert not exporting.path_of(export).exists()


def test_files_that_no_export_names_go_after_a_day(signed: Letter, settings: Any) -> None:
    export = made(signed)
    left = Path(settings.EXPORT_DIR) / f".{export.uid.hex}.pdf.0badcafe.part"
    left.write_text("half a document")
    exporting.expire(now=timezone.now())
    assert left.exists()
    exporting.expire(now=timezone.now() + timedelta(hours=25))
    assert not left.exists()
    assert exporting.path_of(export).exists()


def test_the_clock_ends_exports_every_hour() -> None:
    assert "signatures.sweep_exports" in {job.name for job in schedule.jobs()}


# --- Pages --------------------------------------------------------------------------------------
@pytest.fixture
def desk(client: Client, otto: Organiser) -> Client:
    client.force_login(otto)
    return client


def link(export: Export, *, age: timedelta = timedelta()) -> str:
    token = tokens.make(
        tokens.Purpose.EXPORT, export.uid, generation=export.generation, at=timezone.now() - age
    )
    return reverse("export_download", args=[export.letter.slug, token])


def test_an_organiser_asks_watches_and_fetches(desk: Client, signed: Letter) -> None:
    page = reverse("letter_exports", args=[signed.slug])
    answer = desk.post(reverse("export_ask", args=[signed.slug]), {"format": "csv", "sort": "name"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    export = Export.objects.get()
    watched = desk.get(reverse("export_state", args=[signed.slug])).json()["exports"]
    assert [one["state"] for one in watched] == ["queued"]
    making.run(export=export.pk, now=timezone.now())
    shown = desk.get(page)
    assert "no-store" in shown["Cache-Control"]
    fetched = desk.get(link(export))
    assert fetched.status_code == 200
    assert fetched["Content-Disposition"].startswith("attachment")
    assert "no-store" in fetched["Cache-Control"]
    body = b"".join(fetched.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(body).hexdigest() == Export.objects.get().sha256


def test_a_wish_nobody_offers_is_refused_at_the_form(desk: Client, signed: Letter) -> None:
    answer = desk.post(reverse("export_ask", args=[signed.slug]), {"format": "exe", "sort": "name"})
    assert answer.status_code == 422
    assert not Export.objects.exists()


def test_one_organiser_cannot_keep_everybody_elses_files_waiting(
    desk: Client, signed: Letter
) -> None:
    url = reverse("export_ask", args=[signed.slug])
    for _ in range(exporting.WAITING):
        assert desk.post(url, {"format": "csv", "sort": "date"}).status_code == 302
    refused = desk.post(url, {"format": "csv", "sort": "date"})
    assert refused.status_code == 429
    assert "already" in refused.text
    assert Export.objects.count() == exporting.WAITING


def test_t48_nobody_else_sees_or_fetches_an_export(client: Client, signed: Letter) -> None:
    export = made(signed)
    urls = [
        reverse("letter_exports", args=[signed.slug]),
        reverse("export_state", args=[signed.slug]),
        link(export),
    ]
    for url in urls:
        assert client.get(url).status_code == 302
    client.force_login(make.organiser("sam@example.org"))
    for url in urls:
        assert client.get(url).status_code == 404
    assert client.post(reverse("export_ask", args=[signed.slug])).status_code == 404


def test_a_link_ends_after_an_hour_and_a_forged_one_never_began(
    desk: Client, signed: Letter
) -> None:
    export = made(signed)
    in_time = desk.get(link(export, age=timedelta(minutes=59)))
    assert in_time.status_code == 200
    in_time.close()
    ended = desk.get(link(export, age=timedelta(minutes=61)))
    assert (ended.status_code, ended["Location"]) == (
        302,
        reverse("letter_exports", args=[signed.slug]),
    )
    other = Export(uid=uuid.uuid4(), letter=signed)
    assert desk.get(link(other)).status_code == 404
    forged = reverse("export_download", args=[signed.slug, "A" * 60])
    assert desk.get(forged).status_code == 404
