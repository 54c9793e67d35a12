"""The disk fills up while a file is written: a reason, no half file, and the site goes on."""

import base64
import ctypes
import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Letter
from signatures.models import Export
from signatures.services import exporting
from tests import make
from tests.signatures.exporting import asked, crowd, made, run
from worker.models import OutboxMessage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
State = Export.State
ROOM = 64 * 1024  # bytes
LONG = "Because the river was eleven centimetres deep, and nobody did anything about it. " * 12
PEOPLE = 100
FORMATS = ["pdf", "csv", "json", "xlsx"]
MS_NOSUID, MS_NODEV = 2, 4
CLONE_NEWNS = 0x00020000


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 64 kB for this thread: a real one where we may mount, else a limit on files.

    A limit is met as the other error a full disk gives: "file too large".
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mounted = os.geteuid() == 0 and _mount(folder)
    if mounted:
        try:
            yield
        finally:
            _libc().umount2(bytes(folder), 2)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def _mount(folder: Path) -> bool:
    options = f"size={ROOM},mode=0700".encode()
    done = _libc().mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NOSUID | MS_NODEV, options)
    if done and ctypes.get_errno() not in (errno.EPERM, errno.EACCES):
        raise OSError(ctypes.get_errno(), "mount")
    return not done


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_DIR = tmp_path / "exports"
    return Path(settings.EXPORT_DIR)


@pytest.fixture
def letter() -> Letter:
    letter = make.letter()
    crowd(letter, PEOPLE, comment=LONG)
    return letter


@pytest.mark.parametrize("kind", FORMATS)
def test_t82_a_full_disk_fails_an_export_with_a_reason_and_leaves_no_half_file(
    letter: Letter, disk: Path, kind: str
) -> None:
    if kind in {"pdf", "xlsx"}:  # they pack: give them something that cannot be packed
        noise(letter)
    with small_disk(disk):
        export = made(letter, kind)
        assert export.state == State.FAILED
        assert "disk" in export.reason or "larger" in export.reason
        assert list(disk.iterdir()) == []
        assert OutboxMessage.objects.filter(topic="export.failed").count() == 1
        page = Client().get(letter.get_absolute_url())  # readers notice nothing
        assert page.status_code == 200
    exporting.again(export=export, by=letter.organiser)
    export = run(export)
    assert export.state == State.READY
    assert len(list(disk.iterdir())) == 1


def noise(letter: Letter) -> None:
    """Comments that stay as large however they are packed."""
    for row in letter.signatures.all():
        row.comment = base64.b64encode(os.urandom(740)).decode()
        row.save(update_fields=["comment"])


def test_a_small_file_still_fits(letter: Letter, disk: Path, client: Client) -> None:
    """The control: with the same disk a file that has room is made."""
    letter.signatures.update(comment="")
    with small_disk(disk):
        export = made(letter)
        assert export.state == State.READY


def test_a_file_that_is_gone_is_not_half_there(letter: Letter, disk: Path, client: Client) -> None:
    export = made(letter)
    exporting.path_of(export).unlink()
    client.force_login(letter.organiser)
    assert client.get(reverse("letter_exports", args=[letter.slug])).status_code == 200
    assert asked(letter).pk != export.pk  # and the same wish makes it anew
