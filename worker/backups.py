"""Backups: the whole database in one file that only the holders of other keys can open.

The format is age (age-encryption.org/v1). Nothing else is in it: secrets, the letters' keys, the
log and the journal of erasures are kept apart on purpose.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import pyrage
from django.conf import settings
from django.db import connection

from worker import dumping

PREFIX, SUFFIX = "groundswell-", ".age"
_DRAFT = ".draft-"
_LEFT = timedelta(days=1)  # after which a draft is one of a killed run


class Failed(Exception):
    """There is no backup, or it could not be opened; `reason` is a sentence safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make(folder: Path, *, now: datetime) -> Path:
    """Write a backup into the folder and delete those whose time is over; raises Failed."""
    recipients = recipients_of(settings.BACKUP_RECIPIENTS)
    path = folder / f"{PREFIX}{_moment(now)}.{connection.vendor}{SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _whole_or_not_at_all(path) as file, dumping.dumped() as data:
            pyrage.encrypt_io(data, file, recipients)
        drop_old(folder, now=now)
    except dumping.Failed as wrong:
        raise Failed(f"{wrong.reason}.") from None
    except (OSError, pyrage.EncryptError) as wrong:
        raise Failed(f"The backup could not be written: {wrong}.") from None
    return path


def recipients_of(keys: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Who will be able to open it; raises Failed where that is nobody, or no key."""
    if not keys:
        raise Failed("BACKUP_RECIPIENTS is empty: name a public key (age1…) that opens backups.")
    try:
        return [pyrage.x25519.Recipient.from_str(key.strip()) for key in keys]
    except pyrage.RecipientError:
        raise Failed("BACKUP_RECIPIENTS has something that is no public key (age1…).") from None


def drop_old(folder: Path, *, now: datetime) -> int:
    """Delete backups older than BACKUP_DAYS, for the erased are still in them; how many."""
    oldest = f"{PREFIX}{_moment(now - timedelta(days=settings.BACKUP_DAYS))}"
    old = [path for path in folder.glob(f"{PREFIX}*{SUFFIX}") if path.name < oldest]
    before = (now - _LEFT).timestamp()
    left = [path for path in folder.glob(f"{_DRAFT}*") if path.stat().st_mtime < before]
    for path in (*old, *left):
        path.unlink(missing_ok=True)
    return len(old)


class Opened:
    """A backup and the keys that open it."""

    def __init__(self, file: Path, identities: Path) -> None:
        self.file = file
        self._identities = _identities(identities)

    def check(self) -> None:
        """Read it to its end: whole, unchanged, and of this kind of database; raises Failed."""
        looking = _Looking()
        self._decrypt(looking)
        if not looking.start.startswith(dumping.BEGINNINGS[connection.vendor]):
            raise Failed(f"This is no backup of a {connection.display_name} database.")

    def load(self) -> None:
        """Put it in the place of the database, which nobody may be using; raises Failed."""
        try:
            dumping.load(self._decrypt)
        except dumping.Failed as wrong:
            raise Failed(f"{wrong.reason}.") from None

    def _decrypt(self, into: dumping.Sink) -> None:
        try:
            with self.file.open("rb") as data:
                pyrage.decrypt_io(data, into, self._identities)
        except pyrage.DecryptError as wrong:
            raise Failed(f"{self.file.name} does not open: {wrong}.") from None
        except OSError as wrong:
            raise Failed(f"{self.file.name} cannot be read or is damaged: {wrong}.") from None


class _Looking:
    """Keeps the first bytes of what is written."""

    def __init__(self) -> None:
        self.start = b""

    def write(self, data: bytes) -> int:
        if len(self.start) < 16:
            self.start += data[:16]
        return len(data)

    def flush(self) -> None:
        """There is nothing to keep."""


def _identities(file: Path) -> list[pyrage.x25519.Identity]:
    try:
        lines = [line.strip() for line in file.read_text("utf8").splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise Failed(f"{file.name} holds no secret key (AGE-SECRET-KEY-1…).") from None


@contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[IO[bytes]]:
    draft = path.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H%M%SZ}"
