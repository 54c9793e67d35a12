"""Each letter's own key, kept in a file apart from the database.

It seals what opens the letter's entries in the log. No backup of the database holds it, so
destroying it ends every opening of that letter, also in backups that were made before.
"""

import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from campaigns import sealing

PLACE = "letter.key"
SIZE = 32  # bytes
NONCE = 12
_DESTROYED = b""  # what is left in the file, so that no new key takes the place of the old


class Destroyed(Exception):
    """The letter's key was destroyed: nothing sealed with it opens again."""


class Unopened(Exception):
    """Sealed with another key, for another row, or damaged. Its text is never told."""


@dataclass(frozen=True)
class LetterKey:
    """32 secret bytes that seal with AES-256-GCM: ``nonce (12) ‖ ciphertext ‖ tag (16)``."""

    _key: bytes = field(repr=False)

    def seal(self, plain: bytes, *, row: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, plain, row)

    def unseal(self, sealed: bytes, *, row: bytes) -> bytes:
        """Raises Unopened."""
        try:
            return AESGCM(self._key).decrypt(sealed[:NONCE], sealed[NONCE:], row)
        except (InvalidTag, ValueError):
            raise Unopened from None


def of(letter: UUID) -> LetterKey:
    """The key of the letter with this uid, made when it is first asked for. Raises Destroyed."""
    path = _path(letter)
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        sealed = _make(path, letter)
    if sealed == _DESTROYED:
        raise Destroyed
    return LetterKey(sealing.unseal(sealed, place=PLACE, row=letter.bytes))


def destroy(letter: UUID) -> None:
    """End every opening of the letter's entries, for good. Twice changes nothing."""
    path = _path(letter)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(path.parent):
        _replace(path, _DESTROYED)


def is_destroyed(letter: UUID) -> bool:
    try:
        return _path(letter).stat().st_size == 0
    except FileNotFoundError:
        return False  # none was needed yet


def everybody() -> Iterator[tuple[UUID, int]]:
    """Every letter whose key is here, with the id of the field key that wraps it."""
    for path in _files():
        with suppress(sealing.Unsealable):  # destroyed, or no key
            yield UUID(path.name), sealing.key_id_of(path.read_bytes())


def rewrap(letter: UUID) -> bool:
    """Wrap the letter's key with the newest field key; False if it is, or there is no key (any
    more). Raises Unsealable."""
    path = _path(letter)
    with _alone(path.parent):  # else a key that is destroyed meanwhile would come back
        sealed = path.read_bytes()
        if sealed == _DESTROYED or not sealing.stale(sealed):
            return False
        _replace(path, sealing.again(sealed, place=PLACE, row=letter.bytes))
        return True


def _files() -> list[Path]:
    folder = Path(settings.LETTER_KEYS_DIR)
    return sorted(path for path in folder.glob("*") if re.fullmatch("[0-9a-f]{32}", path.name))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever replaces a key that is there takes turns; making one and reading need no turn."""
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, content: bytes) -> None:
    _written(path.parent, content).replace(path)
    _flush(path.parent)


def _path(letter: UUID) -> Path:
    return Path(settings.LETTER_KEYS_DIR) / letter.hex


def _make(path: Path, letter: UUID) -> bytes:
    """Whoever links the file first has made the key; everybody else reads theirs."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed = sealing.seal(secrets.token_bytes(SIZE), place=PLACE, row=letter.bytes)
    temporary = _written(path.parent, sealed)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return path.read_bytes()
    finally:
        temporary.unlink()
    _flush(path.parent)
    return sealed


def _written(folder: Path, content: bytes) -> Path:
    """A file of this content, safe on the disk before it gets its name; mode 0600."""
    handle, name = tempfile.mkstemp(prefix=".", dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
