"""F8: each call a publication makes about the log's files fails, or is its last: what stands is a
whole log, nothing half-written is read, no checkpoint names what is not there, and the next turn
succeeds."""

import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as given
from django.db import connections

from signatures.log import edge, folder, store, tiles
from signatures.log.folder import Folder
from signatures.log.rejected import Rejected
from signatures.log.tiles import ENTRIES, WIDTH
from signatures.models import Head, Published
from signatures.proof import standing
from signatures.services import checkpointing

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
START, STEP = 190, 3  # the first bundle and tile become full on the way
CALLS = {  # by whoever makes them: the folder itself, or pathlib for it
    os: ("open", "write", "fsync", "close", "replace", "mkdir", "unlink", "rmdir", "listdir"),
    io: ("open",),
}


class Disk:
    """The log's disk, of which the call number `fails_at` goes wrong. Other files are let be."""

    def __init__(self, fails_at: int, fault: Callable[[], None]) -> None:
        self._left = fails_at
        self._fault = fault
        self._ours: set[int] = set()
        self.failed = False

    @contextmanager
    def used(self) -> Iterator[None]:
        with patch.multiple(os, **self._watched(os)), patch.multiple(io, **self._watched(io)):
            yield

    def _watched(self, module: Any) -> dict[str, Any]:
        return {name: self._watch(name, getattr(module, name)) for name in CALLS[module]}

    def _watch(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(first: Any, *rest: Any, **named: Any) -> Any:
            if not self._is_ours(first):
                return call(first, *rest, **named)
            if name == "close":
                self._ours.discard(first)
            self._count(name, call, first, rest)
            result = call(first, *rest, **named)
            if name == "open" and isinstance(result, int):
                self._ours.add(result)
            return result

        return watched

    def _is_ours(self, first: Any) -> bool:
        if isinstance(first, int):
            return first in self._ours
        return str(first).startswith(str(given.LOG_DIR))

    def _count(self, name: str, call: Callable[..., Any], first: Any, rest: Any) -> None:
        self._left -= 1
        if self._left >= 0 or self.failed:
            return
        self.failed = True
        if name == "write":
            call(first, bytes(rest[0])[: len(rest[0]) // 2])
        if name == "close":
            call(first)  # it is closed all the same, but says otherwise
        self._fault()


def breaks(number: int) -> Callable[[], None]:
    def fault() -> None:
        raise OSError(number, os.strerror(number))

    return fault


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def grow(count: int) -> None:
    at = store.size()
    store.append([bytes([at % 251]) * 84 for at in range(at, at + count)], at)
    Head.objects.update_or_create(pk=1, defaults={"size": at + count})


def check() -> int:
    """The size of the log that is public, read file by file."""
    stands = Folder(given.LOG_DIR)
    tree = standing.trusted_policy().accept(stands.checkpoint()).checkpoint
    held = [each for bundle in edge.entries(tree.size, tree.root, stands.read) for each in bundle]
    assert held == store.read(0, tree.size)
    promised = stands.highwater()
    assert promised is not None
    assert tree.size <= promised.size <= Published.objects.get().size
    assert Head.objects.get().frozen_because == ""
    for place, _, names in os.walk(given.LOG_DIR / "tile"):
        for name in names:
            if name.isdecimal():
                whole(Path(place, name))
    return tree.size


def whole(path: Path) -> None:
    tile = tiles.parse_path(path.relative_to(given.LOG_DIR).as_posix())
    decode = tiles.decode_bundle if tile.level == ENTRIES else tiles.decode_tile
    decode(path.read_bytes(), tile.width)


def forget() -> None:
    """As another process begins."""
    checkpointing._held = None
    folder._settled.clear()


def publish_as_another_process() -> None:
    forget()
    checkpointing.publish(NOW)


def publish_on(disk: Disk) -> bool:
    """Whether the disk failed meanwhile."""
    forget()
    with disk.used(), suppress(OSError):
        checkpointing.publish(NOW)
    return disk.failed


def publish_in_a_child(disk: Disk) -> bool:
    connections.close_all()
    child = os.fork()
    if child == 0:
        publish_on(disk)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def try_each_call(*faults: Callable[[], None], start: int = START) -> int:
    """How many calls went wrong, one after the other, by turns in these ways; after each, all is
    well again."""
    grow(start)
    publish_as_another_process()
    for at in range(1_000):
        before = store.size()
        grow(STEP)
        fault = faults[at % len(faults)]
        turn = publish_in_a_child if fault is dies else publish_on
        failed = turn(Disk(at, fault))
        assert check() in {before, before + STEP}
        publish_as_another_process()
        assert Published.objects.get().size == before + STEP
        if not failed:
            assert check() == before + STEP
            return at
    raise AssertionError("a publication that never ends")


ERRORS = [breaks(errno.EIO), breaks(errno.ENOSPC)]


def test_t82_t94_f8_a_disk_that_fails_at_any_call_leaves_a_whole_log(soak: bool) -> None:
    if not soak:
        assert try_each_call(dies, *ERRORS) >= 50
        return
    for fault in (dies, *ERRORS):
        assert try_each_call(fault) >= 50
    # A tree that grows by a level meanwhile.
    assert try_each_call(*ERRORS, start=WIDTH * WIDTH - 100 - store.size()) >= 50


@pytest.mark.once
def test_t94_f8_the_same_is_found_to_break_a_log_that_signs_before_it_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late: list[Any] = []
    write, show = Folder.write, Folder.publish

    def hasty(stands: Folder, data: bytes) -> None:
        show(stands, data)
        while late:
            write(stands, *late.pop(0))

    monkeypatch.setattr(Folder, "write", lambda _, tile, data: late.append((tile, data)))
    monkeypatch.setattr(Folder, "publish", hasty)
    with pytest.raises((AssertionError, Rejected)):
        try_each_call(dies)
