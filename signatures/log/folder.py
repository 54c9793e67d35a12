"""The log's files: tiles and bundles, the newest checkpoint, and the high-water mark.

Every file comes whole or not at all: written beside its place, fsynced, renamed. What was named in
a checkpoint is never changed. The high-water mark is the text of the largest tree that may ever
have been signed; it stands here, outside the database, so that no restore of the database moves it
back. Raises `OSError` where the disk does.
"""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from signatures.log import checkpoint
from signatures.log.checkpoint import Checkpoint
from signatures.log.lines import HASH
from signatures.log.rejected import Rejected
from signatures.log.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    decode_bundle,
    encode_bundle,
    first_size,
    parse_path,
)

KEEP: Final = 3600  # seconds a partial tile stays when a wider one stands beside it

WRITERS: Final = 8  # files at once

_CHECKPOINT = "checkpoint"
_HIGH_WATER = "highwater"
_DRAFT = ".draft-"


_settled: set[Path] = set()  # folders that this process knows to outlive a power cut


class Missing(Rejected):
    """No such tile stands here, nor a wider one; or no checkpoint yet."""


class Busy(Rejected):
    """Somebody else is writing."""


class Folder:
    """One log's folder; `flush` makes the names of what was written last through a power cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unsettled: set[Path] = set()

    # --- Tiles ------------------------------------------------------------------------------------
    def write(self, tile: Tile, data: bytes) -> None:
        """Put a tile or bundle in its place; to be named in a checkpoint only after `flush`."""
        path = self.path / tile.path
        self._make(path.parent)
        if _content(path) != data:
            self._replace(path, data)

    def write_all(self, files: Iterable[tuple[Tile, bytes]]) -> None:
        """Write many side by side: a disk that is waited for is waited for once."""
        with ThreadPoolExecutor(WRITERS) as writers:
            for _ in writers.map(lambda file: self.write(*file), files):
                pass

    def read(self, tile: Tile) -> bytes:
        """A tile or bundle, cut out of a wider one if that is what stands; raises `Missing`.

        What no checkpoint has named may stand here too, and change: whoever shows a tile to others
        asks first whether the newest checkpoint reaches `tiles.first_size`.
        """
        if (data := _content(self.path / tile.path)) is not None:
            return data
        full = tile._replace(width=WIDTH)
        wider = [width for width in self._widths(full) if width > tile.width]
        for width in (*sorted(wider), WIDTH):
            standing = tile._replace(width=width)
            if (data := _content(self.path / standing.path)) is not None:
                return _cut(standing, data, tile.width)
        raise Missing("no such tile")

    def flush(self) -> None:
        """Make sure that what was written has its name even after a power cut."""
        unsettled = list(self._unsettled)
        with ThreadPoolExecutor(WRITERS) as writers:
            for _ in writers.map(_sync_folder, unsettled):
                pass
        self._unsettled.difference_update(unsettled)
        _settled.update(unsettled)

    # --- What was promised ------------------------------------------------------------------------
    def highwater(self) -> Checkpoint | None:
        """The largest tree that may have been signed; None before the first."""
        data = _content(self.path / _HIGH_WATER)
        return None if data is None else checkpoint.parse(data.decode("utf-8", "replace"))

    def promise(self, tree: Checkpoint) -> None:
        """Keep for ever that this tree is about to be signed."""
        self._make(self.path)
        self._replace(self.path / _HIGH_WATER, tree.text.encode())
        self.flush()

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; raises `Missing` before the first."""
        if (data := _content(self.path / _CHECKPOINT)) is None:
            raise Missing("no checkpoint yet")
        return data

    def publish(self, data: bytes) -> None:
        """Show this signed checkpoint from now on; a power cut may bring back the one before."""
        self._make(self.path)
        self._replace(self.path / _CHECKPOINT, data)

    # --- Order ------------------------------------------------------------------------------------
    @contextmanager
    def locked(self, *, wait: bool = False) -> Iterator[None]:
        """Be the only writer, among all processes of this machine; raises `Busy` or waits."""
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Busy("somebody else is writing the log") from None
            yield
        finally:
            os.close(descriptor)

    def collect(self, size: int, now: float) -> int:
        """Delete partial tiles that a wider one of a tree of `size` leaves has held for an hour,
        and drafts of writers that were killed; how many files went. `now` in POSIX seconds."""
        gone = 0
        for place, _, names in os.walk(self.path):
            drafts = [Path(place, name) for name in names if name.startswith(_DRAFT)]
            partial = place.endswith(".p")
            old = self._outgrown(Path(place), names, size) if partial else []
            for path in (*drafts, *old):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < now - KEEP:
                        path.unlink()
                        gone += 1
            if partial:
                with suppress(OSError):  # not empty
                    Path(place).rmdir()
                    _settled.discard(Path(place))
        return gone

    # --- How --------------------------------------------------------------------------------------
    def _widths(self, full: Tile) -> list[int]:
        try:
            standing = [path.name for path in _parts(self.path / full.path).iterdir()]
        except FileNotFoundError:
            return []
        return [int(name) for name in standing if name.isdecimal()]

    def _outgrown(self, parts: Path, names: list[str], size: int) -> list[Path]:
        full = parse_path(parts.relative_to(self.path).as_posix().removesuffix(".p"))
        standing = sorted(int(name) for name in names if name.isdecimal())
        if not (first_size(full) <= size and (self.path / full.path).exists()):
            reached = [w for w in standing if first_size(full._replace(width=w)) <= size]
            standing = reached[:-1]
        return [parts / str(width) for width in standing]

    def _make(self, folder: Path) -> None:
        """Also where folders stand already: who made them may have been killed before `flush`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._unsettled.add(folder)
        while folder != self.path and folder not in _settled:
            folder = folder.parent
            self._unsettled.add(folder)

    def _replace(self, path: Path, data: bytes) -> None:
        draft = path.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
        try:
            _write(draft, data)
            draft.replace(path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise


def _parts(full: Path) -> Path:
    """Where the partial tiles of a full one stand."""
    return full.with_name(f"{full.name}.p")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cut(tile: Tile, data: bytes, width: int) -> bytes:
    if tile.level == ENTRIES:
        return encode_bundle(decode_bundle(data, tile.width)[:width])
    return data[: width * HASH]
