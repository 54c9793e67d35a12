"""`verify_log`: an honest log is proved in words; what was tampered with is named, and ends it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from campaigns.models import Letter, LetterEvent, Revision, Tally
from campaigns.services import publishing
from signatures import tasks
from signatures.log import leaf, store
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder
from signatures.log.tiles import ENTRIES, Tile
from signatures.models import Chain, Head, LogEntry, Published, Signature
from signatures.services import auditing, checkpointing, erasing, sequencing, withdrawing
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings) -> Folder:
    settings.LOG_DIR = tmp_path / "log"
    settings.LETTER_KEYS_DIR = tmp_path / "letterkeys"
    return Folder(settings.LOG_DIR)


@pytest.fixture
def letter(folder: Folder) -> Letter:
    """Five signatures, one of them withdrawn, one erased; all but the last entry published."""
    now = timezone.now()
    found = make.letter(slug="aller")
    rows = [make.confirmed(found) for _ in range(4)]
    sequencing.sequence(now=now)
    withdrawing.withdraw(uid=rows[0].uid, now=now)
    erasing.erase(uid=rows[1].uid, now=now)
    sequencing.sequence(now=now)
    checkpointing.publish(now)
    make.counted(found)
    return found


def said() -> str:
    return "\n".join(auditing.audit())


def wrong() -> str:
    with pytest.raises(auditing.DoesNotHold) as caught:
        said()
    assert "\n" not in caught.value.reason
    return caught.value.reason


def test_what_holds_is_said_in_words(letter: Letter, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_log")
    told = capsys.readouterr().out
    assert "The checkpoint is signed by" in told
    assert "entries: 6.\n" in told
    assert "by every entry; entries: 7.\n" in told
    assert "say the same; letters: 1, signatures that count: 4.\n" in told
    assert "rows: 4.\n" in told
    assert told.endswith("The log holds.\n")


def test_an_installation_that_has_published_nothing_holds(folder: Folder) -> None:
    make.letter()
    assert "Nothing is published yet." in said()


def test_the_command_ends_with_the_first_thing_that_does_not_hold(letter: Letter) -> None:
    Tally.objects.update(signed=9)
    with pytest.raises(CommandError) as caught:
        call_command("verify_log")
    assert str(caught.value).startswith("aller counts (9, 1, 0), the log (5, 1, 0)")
    assert caught.value.returncode == 1


def test_an_honest_log_is_not_held_up_by_what_moves_meanwhile(letter: Letter) -> None:
    steps = auditing.audit()
    next(steps)
    make.counted(letter)
    publishing.close(letter=letter, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    checkpointing.publish(timezone.now())
    assert "signatures that count: 5." in "\n".join(steps)
    assert leaf.decode(store.read(8, 9)[0]).kind is leaf.Kind.CLOSED


# --- Files ----------------------------------------------------------------------------------------
def test_whatever_is_changed_in_the_files_is_found(letter: Letter, folder: Folder) -> None:
    whole = folder.path.with_name("whole")
    shutil.copytree(folder.path, whole)
    for path in (Tile(0, 0, 6).path, Tile(ENTRIES, 0, 6).path, "checkpoint", "highwater"):
        data = bytearray((folder.path / path).read_bytes())
        data[40] ^= 1
        (folder.path / path).write_bytes(data)
        assert wrong(), path
        (folder.path / path).unlink()
        assert wrong(), path
        shutil.copy(whole / path, folder.path / path)
    said()


def test_a_high_water_mark_that_is_behind_or_another_is_found(
    letter: Letter, folder: Folder
) -> None:
    mark = folder.highwater()
    assert mark
    folder.promise(Checkpoint(mark.origin, 2, mark.root))
    assert "is smaller than what was signed" in wrong()
    folder.promise(Checkpoint(mark.origin, 7, mark.root))
    assert "is another tree" in wrong()
    folder.promise(Checkpoint("elsewhere", 7, mark.root))
    assert "name different logs" in wrong()


# --- Database -------------------------------------------------------------------------------------
def _damaged() -> None:
    row = LogEntry.objects.get(index=3)
    row.entry = bytes(row.entry)[:-1] + bytes([row.entry[-1] ^ 1])
    row.save()


def _rows(**change: object) -> object:
    """Of the first signature that counts."""
    first = Signature.objects.filter(counted=True, log_index__isnull=False).first()
    assert first
    return Signature.objects.filter(pk=first.pk).update(**change)


def _withdrawn() -> int | None:
    return Signature.objects.get(state=Signature.State.WITHDRAWN).log_index


TAMPERED: list[tuple[Callable[[], object], str]] = [
    (
        lambda: LogEntry.objects.filter(index__gte=4).delete(),
        "the database ends at entry 4, the files do not",
    ),
    (lambda: LogEntry.objects.filter(index=3).delete(), "entry 3 is missing from the database"),
    (_damaged, "entry 3 in the database is not the one that was signed"),
    (lambda: store.append(store.read(2, 3), 7), "entry 7 breaks R"),
    (lambda: Published.objects.update(size=3), "is smaller than what was signed"),
    (lambda: Published.objects.all().delete(), "the database knows of none"),
    (lambda: Head.objects.update(size=2), "the head says 2 entries, the database has 7"),
    (lambda: LogEntry.objects.filter(index=6).delete(), "the head says 7 entries, the database"),
    (lambda: Head.objects.update(frozen_because="witness"), "the log is frozen: witness"),
    (lambda: Tally.objects.update(signed=9), "aller counts (9, 1, 0), the log (5, 1, 0)"),
    (lambda: Tally.objects.update(withdrawn=2), "aller counts (5, 2, 0)"),
    (lambda: Tally.objects.update(invalidated=2), "aller counts (5, 1, 2)"),
    (lambda: Tally.objects.update(paper=2), "aller counts"),
    (lambda: Chain.objects.update(last=2), "the chain of aller does not end where the log does"),
    (lambda: Chain.objects.update(signed=4), "the chain of aller"),
    (lambda: Chain.objects.update(closed=True), "the chain of aller"),
    (lambda: Chain.objects.update(version=1), "the chain of aller"),
    (lambda: _rows(counted=False), "its rows"),
    (lambda: _rows(log_index=_withdrawn()), "of aller has"),
    (lambda: _rows(log_index=0), "has another number in the log"),
    (lambda: _rows(log_index=4_000_000), "has no place of its own in the log"),
    (lambda: Revision.objects.update(canonical="Sign this.\n"), "a text of aller is not the one"),
    (lambda: LetterEvent.objects.update(digest=bytes(32)), "entry 0 is not what happened to aller"),
]


def test_whatever_is_changed_in_the_database_is_found(letter: Letter) -> None:
    for number, (tamper, reason) in enumerate(TAMPERED):
        with transaction.atomic():
            tamper()
            assert reason in wrong(), number
            transaction.set_rollback(True)
    said()


def test_every_night_what_does_not_hold_is_an_alarm(
    letter: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    tasks.audit()
    assert caplog.messages == []
    Tally.objects.update(signed=9)
    tasks.audit()
    assert ["does not hold" in each for each in caplog.messages] == [True]
