"""The journal of erasures: outside the database, and done again when the database went back."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from signatures.journal import Act, Journal
from signatures.models import Erasure, Signature, Suppressed
from signatures.services import (
    erasing,
    journalling,
    repeating,
    showing,
    subscribing,
    suppressing,
)
from tests import make
from worker.models import Heartbeat

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = UUID(int=7)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURES_DIR = tmp_path / "erasures"
    return tmp_path / "erasures"


def text(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.glob("*.txt")))


def put_back(at: datetime | None, **rows: Signature) -> None:
    """The database as a backup has it, of which the journal knows more."""
    Heartbeat.objects.filter(name=journalling.MARK).delete()
    if at:
        journalling.reach(at)
    for row in rows.values():
        row.save()


# --- Writing --------------------------------------------------------------------------------------
def test_what_is_noted_is_written_down_by_day_and_leaves_the_database(folder: Path) -> None:
    letter = make.letter()
    journalling.note(Erasure.Kind.ERASED, signature=WHO, now=NOW)
    journalling.note(Erasure.Kind.SUPPRESSED, letter=letter.uid, digest=b"d" * 32, now=NOW)
    assert repeating.keep_up(now=NOW) == 2
    repeating.keep_up(now=NOW + DAY)
    journalling.note(Erasure.Kind.HIDDEN, signature=WHO, now=NOW)
    repeating.keep_up(now=NOW + DAY)
    assert not Erasure.objects.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["2026-09-01.txt", "2026-09-02.txt"]
    assert text(folder) == (
        f"2026-09-01T12:00:00.000000Z erased {WHO.hex} - -\n"
        f"2026-09-01T12:00:00.000000Z suppressed - {letter.uid.hex} {(b'd' * 32).hex()}\n"
        f"2026-09-02T12:00:00.000000Z hidden {WHO.hex} - -\n"
    )
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nothing_in_it_tells_who_it_is(folder: Path) -> None:
    signature = make.counted(make.letter(), name="Canary Bird", email="canary@example.org")
    erasing.erase(uid=signature.uid, now=NOW)
    repeating.keep_up(now=NOW)
    assert "anary" not in text(folder)
    assert signature.uid.hex in text(folder)


def test_times_go_up_whatever_the_clock_of_the_machine_says(folder: Path) -> None:
    for now in (NOW, NOW - DAY, NOW):
        journalling.note(Erasure.Kind.ERASED, signature=WHO, now=NOW)
        repeating.keep_up(now=now)
    acts = [act for act in Journal(folder).read() if act]
    assert [act.at for act in acts] == sorted({act.at for act in acts})
    assert len(acts) == 3


def test_a_kill_between_file_and_database_writes_twice_and_harms_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = make.counted(make.letter())
    erasing.erase(uid=signature.uid, now=NOW)

    def die(at: datetime) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(journalling, "reach", die)
        with pytest.raises(SystemExit):
            repeating.keep_up(now=NOW)
    assert Erasure.objects.count() == 1
    repeating.keep_up(now=NOW)
    assert text(folder).count("erased") == 2
    assert not Erasure.objects.exists()


def test_a_full_disk_loses_nothing_and_the_health_page_says_so(
    settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.ERASURES_DIR = tmp_path / "file"
    signature = make.counted(make.letter())
    erasing.erase(uid=signature.uid, now=timezone.now() - timedelta(minutes=3))
    with pytest.raises(OSError, match="exists"):
        repeating.keep_up(now=timezone.now())
    assert Erasure.objects.count() == 1
    assert Client().get("/healthz").json()["erasures"] == "are not written down"


def test_a_torn_line_is_left_alone_and_said(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    signature = make.counted(make.letter())
    journal = Journal(folder)
    with journal.locked():
        journal.append([Act(NOW, "erased", signature.uid)])
    file = next(folder.iterdir())
    with file.open("ab") as end:
        end.write(b"2026-09-01T12:00:01.0000")  # the power went
    with journal.locked():
        journal.append([Act(NOW + timedelta(seconds=2), "erased", WHO)])
    assert [act and act.signature for act in journal.read()] == [signature.uid, None, WHO]
    assert journal.newest() == NOW + timedelta(seconds=2)
    with caplog.at_level(logging.ERROR):
        assert repeating.repeat(now=NOW + DAY) == {"erased": 1}
    assert "lines of the journal cannot be read" in caplog.text


def test_days_that_no_backup_is_as_old_as_are_dropped(folder: Path) -> None:
    journal = Journal(folder)
    for days in (61, 60, 1):
        with journal.locked():
            journal.append([Act(NOW - days * DAY, "erased", WHO)])
    repeating.repeat(now=NOW)
    assert len(list(folder.iterdir())) == 2


# --- Repeating ------------------------------------------------------------------------------------
def test_everything_since_the_backup_is_done_again() -> None:
    letter = make.letter()
    erased, hidden, stopped = (make.counted(letter, updates=True) for _ in range(3))
    before = timezone.now()
    journalling.reach(before)
    for row in (erased, hidden, stopped):
        row.refresh_from_db()
    erasing.erase(uid=erased.uid, now=before)
    showing.show(uid=hidden.uid, public=False)
    subscribing.subscribe(uid=stopped.uid, wanted=False, now=before)
    for about in (letter, None):
        suppressing.suppress(letter=about, digest=b"d" * 32, now=before)
    repeating.keep_up(now=before + timedelta(seconds=1))

    Suppressed.objects.all().delete()
    put_back(before, erased=erased, hidden=hidden, stopped=stopped)
    assert Signature.objects.filter(public=True, updates=True, erased_at=None).count() == 3
    repeating.keep_up(now=before + timedelta(seconds=2))
    erased.refresh_from_db()
    hidden.refresh_from_db()
    stopped.refresh_from_db()
    assert (erased.erased_at is None, erased.name) == (False, "")
    assert (hidden.public, hidden.name) == (False, "")
    assert not stopped.updates
    assert suppressing.is_suppressed(letter.pk, b"d" * 32)
    assert Suppressed.objects.count() == 2
    assert repeating.repeat(now=before + timedelta(seconds=3)).total() == 0


def test_an_old_backup_from_before_the_journal_hears_all_of_it() -> None:
    signature = make.counted(make.letter())
    journal = journalling.journal()
    with journal.locked():
        journal.append([Act(NOW, "erased", signature.uid), Act(NOW, "hidden", signature.uid)])
    repeating.keep_up(now=NOW)
    assert Signature.objects.get().erased_at is not None


def test_who_changed_their_mind_is_left_alone_unless_the_database_went_back() -> None:
    signature = make.counted(make.letter())
    showing.show(uid=signature.uid, public=False)
    repeating.keep_up(now=NOW)
    showing.show(uid=signature.uid, public=True)
    signature.refresh_from_db()
    assert repeating.repeat(now=NOW + DAY).total() == 0
    assert Signature.objects.get().public
    put_back(None, row=signature)  # from before both: the safer of the two
    repeating.keep_up(now=NOW + DAY)
    assert not Signature.objects.get().public


def test_erasures_are_held_against_the_database_every_night() -> None:
    signature = make.counted(make.letter())
    as_it_was = Signature.objects.get()
    erasing.erase(uid=signature.uid, now=NOW)
    repeating.keep_up(now=NOW)
    as_it_was.save()  # brought back by hand, and the database says it knows the journal
    assert repeating.repeat(now=NOW + DAY) == {"erased": 1}
    assert Signature.objects.get().erased_at is not None


def test_a_lost_journal_is_said_aloud_and_stops_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journalling.note(Erasure.Kind.ERASED, signature=WHO, now=NOW)
    repeating.keep_up(now=NOW)
    next(folder.iterdir()).unlink()
    journalling.note(Erasure.Kind.HIDDEN, signature=WHO, now=NOW)
    with caplog.at_level(logging.ERROR):
        assert repeating.keep_up(now=NOW + DAY) == 1
    assert "erasures are missing from their folder" in caplog.text
    caplog.clear()
    repeating.keep_up(now=NOW + DAY)
    assert not caplog.records
    assert [act and act.kind for act in Journal(folder).read()] == ["begun", "hidden"]


def test_a_letter_that_is_gone_suppresses_nothing() -> None:
    journal = journalling.journal()
    with journal.locked():
        journal.append([Act(NOW, "suppressed", None, WHO, b"d" * 32)])
    assert repeating.repeat(now=NOW).total() == 0
    assert not Suppressed.objects.exists()
