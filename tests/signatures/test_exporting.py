"""Exports: asked for once, made once by whoever holds the lease, called off, tried again, ended."""

import hashlib
import os
import signal
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from campaigns.models import Letter, Organiser
from campaigns.services import publishing
from signatures import handlers, pace
from signatures.exports import comma, pdf
from signatures.exports.sandbox import Printed
from signatures.exports.wish import Unwanted
from signatures.models import Export, Signature
from signatures.services import (
    exporting,
    forgetting,
    making,
    pinning,
    sequencing,
    showing,
    sweeping,
    writing,
)
from tests import make
from tests.signatures.exporting import asked, crowd, elsewhere, made, names, rows, run
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


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF that is only the positions in it, for tests of what lies around a PDF."""

    def write(document: Any, given: Iterator[Any], out: Path, *, progress: Any) -> Printed:
        positions = [row.position for row in given]
        out.write_text(f"{document.part}/{document.parts} {document.part_label} {positions}")
        progress(len(positions))
        return Printed(pages=2, missing="")

    monkeypatch.setattr(pdf, "write", write)


def folder() -> list[str]:
    return sorted(path.name for path in Path(configured.EXPORT_DIR).glob("*"))


# --- One file -----------------------------------------------------------------------------------
def test_a_file_is_made_once_with_its_digest_and_for_its_owner_only(signed: Letter) -> None:
    export = made(signed)
    file = exporting.path_of(export)
    assert export.state == State.READY
    assert (export.done, export.total, export.count) == (3, 3, 3)
    assert export.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    run(export)
    assert Export.objects.get().attempts == 1
    assert OutboxMessage.objects.filter(topic="export.ready").count() == 1
    assert folder() == [file.name]


def test_the_csv_holds_positions_and_never_a_number_or_an_address_nobody_gave(
    signed: Letter,
) -> None:
    found = rows(made(signed))
    assert [row["position"] for row in found] == ["1", "2", "3"]
    assert {row["name"] for row in found} == {"Joan Baker", "王小明", "Sam Secret"}
    assert {row["email"] for row in found} == {"", "wang@example.org"}
    assert "number" not in found[0]


def test_names_only_leaves_out_those_who_withhold_them(signed: Letter) -> None:
    assert set(names(made(signed, public_only=True))) == {"Joan Baker", "王小明"}


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
    assert export.signed
    assert export.pages >= 3


@pytest.mark.once
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "paper", "pdf"])
def test_every_format_has_its_file(signed: Letter, kind: str) -> None:
    export = made(signed, kind)
    assert (export.state, export.reason) == (State.READY, "")
    assert exporting.path_of(export).suffix == {"paper": ".pdf"}.get(kind, f".{kind}")


def test_a_preset_holds_only_those_who_want_updates(signed: Letter) -> None:
    file = exporting.path_of(made(signed, preset="civicrm")).read_text("utf-8-sig")
    assert "wang@example.org" in file
    assert "Joan" not in file


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


def test_a_letter_edited_meanwhile_is_printed_as_it_was(
    signed: Letter, otto: Organiser, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    written = pdf.write

    def revised(document: Any, *rest: Any, **options: Any) -> Any:
        changed = Letter.objects.get(pk=signed.pk)
        changed.body = "Dear Minister,\n\nanother text.\n"
        changed.save()
        publishing.revise(letter=changed, by=otto, note="", now=timezone.now())
        told.append(document)
        return written(document, *rest, **options)

    monkeypatch.setattr(pdf, "write", revised)
    assert made(signed, "pdf", sign=False).state == State.READY
    assert [document.revision for document in told] == [1]
    assert "another text" not in told[0].body_html
    assert Letter.objects.get(pk=signed.pk).revision.number == 2  # type: ignore[union-attr]


# --- The same again -----------------------------------------------------------------------------
def test_the_same_wish_while_nothing_changed_gives_the_first_file(signed: Letter) -> None:
    waiting = asked(signed)
    assert asked(signed).pk == waiting.pk
    ready = run(waiting)
    assert asked(signed).pk == ready.pk
    assert asked(signed, sort="name").pk != ready.pk
    assert asked(signed, "xlsx").pk != ready.pk
    assert OutboxMessage.objects.filter(topic="export.asked").count() == 3


def test_options_that_mean_nothing_for_a_format_make_no_other_file(signed: Letter) -> None:
    ready = made(signed)
    assert asked(signed, layout="compact", volumes="500", sign=False).pk == ready.pk


@pytest.mark.parametrize("change", ["sign", "show", "hide", "pin", "revise", "expire", "lose"])
def test_a_change_makes_another_file(signed: Letter, otto: Organiser, change: str) -> None:
    ready = made(signed)
    shown = Signature.objects.shown().first()
    hidden = Signature.objects.get(public=False)
    assert shown is not None
    if change == "sign":
        make.counted(signed, name="Late Larry")
    elif change == "show":
        showing.show(uid=hidden.uid, public=True)
    elif change == "hide":
        showing.show(uid=shown.uid, public=False)
    elif change == "pin":
        pinning.put_first(letter=signed, uid=shown.uid)
    elif change == "revise":
        signed.title = "Another title"
        signed.save()
        publishing.revise(letter=signed, by=otto, note="", now=timezone.now())
    elif change == "expire":
        Export.objects.update(expires_at=timezone.now() + timedelta(minutes=5))
    else:
        exporting.path_of(ready).unlink()
    assert asked(signed).pk != ready.pk


def test_a_file_made_from_the_queue_is_known_by_what_it_was_made_of(signed: Letter) -> None:
    waiting = asked(signed)
    make.counted(signed, name="Late Larry")  # while it waits
    ready = run(waiting)
    assert len(rows(ready)) == 4
    assert asked(signed).pk == ready.pk


def test_a_wish_the_letter_cannot_give_is_refused_in_words(signed: Letter) -> None:
    for options, word in (
        ({"grouping": "group"}, "groups"),
        ({"volumes": "country"}, "country"),
        ({"volumes": "3"}, "100"),
        ({"columns": ("place",)}, "names"),
        ({"layout": "spiral"}, "layout"),
    ):
        with pytest.raises(Unwanted) as refused:
            asked(signed, "pdf", **options)
        assert word in str(refused.value)


# --- Volumes ------------------------------------------------------------------------------------
def test_volumes_lie_in_one_archive_and_hold_everybody_once(otto: Organiser, plain: None) -> None:
    letter = make.letter(by=otto)
    crowd(letter, 250)
    export = made(letter, "pdf", volumes="100", sign=False)
    assert (export.state, export.parts, export.pages) == (State.READY, 3, 6)
    assert (export.done, export.total) == (250, 250)
    path = exporting.path_of(export)
    assert path.suffix == ".zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"volume-{part}-of-3.pdf" for part in (1, 2, 3)]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert [text.split()[0] for text in texts] == ["1/3", "2/3", "3/3"]
    assert "200]" in texts[1]
    assert "[201" in texts[2]
    assert folder() == [path.name]


def test_one_volume_needs_no_archive(signed: Letter, plain: None) -> None:
    export = made(signed, "pdf", volumes="100", sign=False)
    assert (export.parts, exporting.path_of(export).suffix) == (1, ".pdf")


def test_more_rows_than_a_pdf_can_hold_come_in_volumes_unasked(
    signed: Letter, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_OBJECTS", 2 * 8)  # seven columns are asked for
    assert made(signed, "pdf", sign=False).parts == 2
    monkeypatch.setattr(writing, "MOST_VOLUMES", 1)
    again = made(signed, "pdf", sort="name", sign=False)
    assert (again.state, "2 volumes" in again.reason) == (State.FAILED, True)


# --- Leases, ends and failures ------------------------------------------------------------------
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
    export = run(export)
    assert export.state == State.RUNNING
    assert not export.sha256
    assert folder() == []


def test_what_dies_three_times_fails_with_a_reason_and_a_mail(signed: Letter) -> None:
    export = asked(signed)
    past = timezone.now() - timedelta(hours=1)
    Export.objects.filter(pk=export.pk).update(
        state=State.RUNNING, attempts=3, lease_by="x", lease_until=past
    )
    export = run(export)
    assert export.state == State.FAILED
    assert "3" in export.reason
    mail = handlers.export_failed(OutboxMessage.objects.get(topic="export.failed"))
    assert mail is not None
    assert export.reason in mail.body


def test_the_reason_is_in_the_language_of_the_letter(signed: Letter) -> None:
    Letter.objects.update(language="de")
    export = asked(signed)
    past = timezone.now() - timedelta(hours=1)
    Export.objects.filter(pk=export.pk).update(
        state=State.RUNNING, attempts=3, lease_by="x", lease_until=past
    )
    assert "nie" in run(export).reason


def test_a_failed_export_is_tried_again_from_the_beginning(signed: Letter) -> None:
    export = asked(signed)
    Export.objects.update(state=State.FAILED, attempts=3, reason="The disk was full.", done=2)
    exporting.again(export=export, by=signed.organiser)
    export = run(export)
    assert (export.state, export.attempts, export.reason) == (State.READY, 1, "")


def test_what_a_killed_worker_left_goes_when_another_takes_over(signed: Letter) -> None:
    export = asked(signed)
    left = Path(exporting.path_of(export)).parent / f".{export.uid.hex}.0badcafe.part"
    left.mkdir(parents=True)
    (left / "file.csv").write_text("half a file")
    (left.parent / f"{export.uid.hex}-0badcafe.csv").write_text("whole, and never offered")
    run(export)
    assert folder() == [exporting.path_of(Export.objects.get()).name]


@pytest.mark.once
def test_a_text_too_complex_to_print_fails_with_a_reason_and_leaves_no_file(
    signed: Letter, settings: Any
) -> None:
    settings.EXPORT_MEMORY_MB = 150
    # Starved of memory it may hang instead of ending: the clock ends it.
    settings.EXPORT_MINUTES = 1
    export = made(signed, "pdf")
    assert export.state == State.FAILED
    assert export.reason
    assert folder() == []


# --- Calling off --------------------------------------------------------------------------------
def test_what_waits_is_called_off_at_once_and_never_made(signed: Letter) -> None:
    export = asked(signed)
    assert exporting.cancel(export=export)
    export = run(export)
    assert (export.state, export.attempts) == (State.CANCELLED, 0)
    assert not exporting.cancel(export=export)
    assert exporting.again(export=export, by=signed.organiser).state == State.QUEUED


def test_what_is_being_made_is_called_off_and_leaves_nothing(
    signed: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer without end: only the keeper's word stops it."""
    export = asked(signed)

    def endless(given: Iterator[Any], *, progress: Any, **_: Any) -> Iterator[bytes]:
        elsewhere(lambda: exporting.cancel(export=export))
        while True:
            yield b"more\n"
            progress(1)

    monkeypatch.setattr(comma, "stream", endless)
    export = run(export)
    assert export.state == State.CANCELLED
    assert folder() == []


@pytest.mark.once
def test_a_press_at_work_is_stopped_even_while_it_says_nothing(
    signed: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is frozen in the middle, so nothing but our own looking can end it."""
    export = asked(signed, "pdf", sign=False)
    written = pdf.write
    frozen: list[int] = []

    def watched(document: Any, given: Iterator[Any], out: Path, *, progress: Any) -> Printed:
        def heard(done: int) -> None:
            if not frozen and (found := presses()):
                frozen.extend(found)
                for pid in found:
                    os.kill(pid, signal.SIGSTOP)
                elsewhere(lambda: exporting.cancel(export=export))
            progress(done)

        return written(document, given, out, progress=heard)

    monkeypatch.setattr(pdf, "write", watched)
    export = run(export)
    assert frozen
    assert export.state == State.CANCELLED
    assert presses() == []
    assert folder() == []


def presses() -> list[int]:
    """The processes of ours that set documents."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [
        pid for pid in map(int, children) if b"press" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


# --- Ends ---------------------------------------------------------------------------------------
def swept(now: datetime) -> int:
    return sweeping.run("exports", forgetting.exports(now))


def test_files_end_with_their_time(signed: Letter) -> None:
    export = made(signed)
    assert export.expires_at is not None
    assert swept(export.expires_at - timedelta(seconds=1)) == 0
    assert swept(export.expires_at) == 1
    export.refresh_from_db()
    assert export.state == State.EXPIRED
    assert export.sha256
    assert folder() == []
    assert exporting.again(export=export, by=signed.organiser).pk != export.pk


def test_files_that_no_export_names_go_after_a_day(signed: Letter) -> None:
    export = made(signed)
    home = exporting.path_of(export).parent
    left = home / f".{export.uid.hex}.0badcafe.part"
    left.mkdir()
    (left / "file.pdf").write_text("half a document")
    lost = home / "0badcafe.pdf"
    lost.write_text("of a letter that is gone")
    swept(timezone.now())
    assert left.exists()
    assert lost.exists()
    swept(timezone.now() + timedelta(hours=25))
    assert folder() == [exporting.path_of(export).name]


def test_the_clock_ends_exports_every_hour() -> None:
    assert "signatures.sweep_exports" in {job.name for job in schedule.jobs()}


# --- In words -----------------------------------------------------------------------------------
PACES = [
    ({"state": "queued"}, 1, "1st in the queue"),
    ({"state": "queued"}, 2, "2nd in the queue"),
    ({"state": "running"}, 0, "beginning"),
    ({"state": "running", "done": 600}, 0, "600 of 10,000, 60 a second, about 3 minutes left"),
    ({"state": "running", "done": 9990}, 0, "9,990 of 10,000, 999 a second, a few seconds left"),
    ({"state": "running", "done": 2000}, 0, "2,000 of 10,000, 200 a second, about 40 seconds left"),
    ({"state": "running", "done": 4}, 0, "4 of 10,000, 1 a second, about 7 hours left"),
    ({"state": "running", "done": 1}, 0, "1 of 10,000, 1 a second, more than a day left"),
    ({"state": "running", "done": 10_000}, 0, "10,000 of 10,000, finishing"),
    ({"state": "failed", "reason": "The disk is full."}, 0, "The disk is full."),
    ({"state": "ready"}, 0, "ready"),
]


@pytest.mark.parametrize(("fields", "place", "words"), PACES)
def test_how_far_a_file_is_in_words(fields: dict[str, Any], place: int, words: str) -> None:
    now = timezone.now()
    total = 10_000 if "done" in fields else 0
    began = now - timedelta(seconds=10)
    export = Export(format="csv", started_at=began, total=total, **fields)
    assert pace.in_words(export, place=place, now=now) == words


def test_a_place_in_the_queue_is_text_in_every_language() -> None:
    with translation.override("fr"):
        words = pace.in_words(Export(format="csv", state="queued"), place=1, now=timezone.now())
    assert words == "1er dans la file"


def test_the_queue_counts_everybodys_files(signed: Letter) -> None:
    first = asked(signed)
    other = make.letter()
    second = asked(other)
    assert exporting.places() == {first.pk: 1, second.pk: 2}
    run(first)
    assert exporting.places() == {second.pk: 1}


# --- The command --------------------------------------------------------------------------------
def test_the_command_writes_the_same_file_as_the_page(
    signed: Letter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "file.csv"
    call_command("export", signed.slug, "--format", "csv", "--out", str(out), "--sort", "name")
    assert out.read_bytes() == exporting.path_of(made(signed, sort="name")).read_bytes()
    assert "3 signatures" in capsys.readouterr().out
    assert [path.name for path in tmp_path.glob("*.csv")] == ["file.csv"]
    assert list(tmp_path.glob(".*")) == []


def test_the_command_takes_every_option_and_says_in_words_what_it_cannot_do(
    signed: Letter, tmp_path: Path, plain: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "volumes.zip")
    monkeyed = ["--layout", "compact", "--columns", "name,place", "--no-sign", "--public-only"]
    call_command("export", signed.slug, "--format", "pdf", "--out", out, *monkeyed)
    assert "2 signatures" in capsys.readouterr().out
    call_command("export", signed.slug, "--format", "csv", "--out", out, "--preset", "mailchimp")
    for wrong in (["--volumes", "7"], ["--group-by", "country"], ["--columns", "place"]):
        with pytest.raises(CommandError):
            call_command("export", signed.slug, "--format", "pdf", "--out", out, *wrong)
    with pytest.raises(CommandError):
        call_command("export", "nobodys", "--format", "pdf", "--out", out)


def test_no_file_is_made_of_a_letter_that_was_taken_down() -> None:
    letter = make.letter()
    off = asked(letter)
    exporting.cancel(export=off)
    letter.taken_down_at = timezone.now()
    letter.save(update_fields=["taken_down_at"])
    with pytest.raises(exporting.Refused, match="taken down"):
        asked(letter)
    with pytest.raises(exporting.Refused, match="taken down"):
        exporting.again(export=off, by=letter.organiser)
