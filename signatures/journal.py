"""The journal of erasures: files outside the database, so that no backup of it brings anybody back.

One file a day, one line an act: when it was written down, what was done, and the random id, letter
or keyed digest it was done to. Nothing in it tells who anybody is. Lines are only ever added, whole
and flushed to the disk. Raises `OSError` where the disk does.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

BEGUN = "begun"  # lines before this one were lost
KINDS = ("erased", "hidden", "unsubscribed", "suppressed", BEGUN)
LONGEST = 200  # bytes of a line, and more

_FILE = re.compile(r"\d{4}-\d\d-\d\d\.txt\Z")
_LINE = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z ([a-z]{1,12})"
    rb" ([0-9a-f]{32}|-) ([0-9a-f]{32}|-) ([0-9a-f]{64}|-)\n"
)


class Act(NamedTuple):
    """What must not come back: `letter` and `digest` are of a suppressed mailbox."""

    at: datetime
    kind: str
    signature: UUID | None = None
    letter: UUID | None = None
    digest: bytes | None = None


class Journal:
    """The folder and its files; created by the first line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes or repeats, among all processes of this machine."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def append(self, acts: Iterable[Act]) -> None:
        """Add lines of one day, in order of time; they outlive a power cut once this returns."""
        lines = [(act.at, _encoded(act)) for act in acts]
        if not lines:
            return
        path = self.folder / f"{lines[0][0]:%Y-%m-%d}.txt"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            data = b"".join(line for _, line in lines)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                data = b"\n" + data  # what a power cut tore off stays a line of its own
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync(self.folder)

    def newest(self) -> datetime | None:
        """When the last whole line was written; None: there is none."""
        for path in reversed(self._files()):
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - 50 * LONGEST))
                found = [act for act in map(_decoded, file) if act is not None]
            if found:
                return found[-1].at
        return None

    def read(self) -> Iterator[Act | None]:
        """Every act, the oldest first; None for a line that cannot be read."""
        for path in self._files():
            with path.open("rb") as file:
                while line := file.readline(LONGEST):
                    if line != b"\n":
                        yield _decoded(line)

    def drop(self, before: date) -> int:
        """Delete the files of days before this one; how many."""
        old = [path for path in self._files() if path.stem < f"{before:%Y-%m-%d}"]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self.folder.iterdir() if _FILE.match(path.name))
        except FileNotFoundError:
            return []


def _encoded(act: Act) -> bytes:
    words = (
        f"{act.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        act.kind,
        act.signature.hex if act.signature else "-",
        act.letter.hex if act.letter else "-",
        act.digest.hex() if act.digest else "-",
    )
    return " ".join(words).encode() + b"\n"


def _decoded(line: bytes) -> Act | None:
    found = _LINE.fullmatch(line)
    if found is None or found[2].decode() not in KINDS:
        return None
    at, kind, signature, letter, digest = (
        None if g == b"-" else g.decode() for g in found.groups()
    )
    assert at is not None
    assert kind is not None
    return Act(
        datetime.fromisoformat(at).replace(tzinfo=UTC),
        kind,
        UUID(hex=signature) if signature else None,
        UUID(hex=letter) if letter else None,
        bytes.fromhex(digest) if digest else None,
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
