"""Publishing the log: files, promise, signature, in this order, and freezing where they differ."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.conf import settings as given
from pytest_django import Settings

from signatures import standing
from signatures.log import edge, merkle, note, store, tiles
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder
from signatures.models import Head, LogEntry, LogKey, Published
from signatures.services import checkpointing, freezing
from signatures.services.freezing import Reason
from tests import logbook

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def entries(count: int, start: int = 0) -> list[bytes]:
    """84 bytes each; publishing asks no more of them."""
    return [
        sha256(b"%d" % number).digest() * 2 + bytes(20) for number in range(start, start + count)
    ]


def grow(count: int) -> None:
    at = store.size()
    store.append(entries(count, at), at)
    Head.objects.update_or_create(pk=1, defaults={"size": at + count})


def folder() -> Folder:
    return Folder(given.LOG_DIR)


def checked() -> list[bytes]:
    """Every entry of the published log, all files and signatures read and proven."""
    tree, _ = standing.trusted_policy().accept(folder().checkpoint()).checkpoint, None
    held = [each for bundle in edge.entries(tree.size, tree.root, folder().read) for each in bundle]
    assert len(held) == tree.size
    assert held == store.read(0, tree.size)
    promised = folder().highwater()
    assert promised is not None
    assert promised.size >= tree.size
    return held


def forget() -> None:
    """As another process would begin."""
    checkpointing._held = None


def test_the_first_start_signs_an_empty_tree() -> None:
    tree = checkpointing.publish(NOW)
    assert tree == Checkpoint(standing.origin(), 0, merkle.EMPTY_ROOT)
    assert folder().highwater() == tree
    assert checked() == []
    row = Published.objects.get()
    assert (row.origin, row.size, row.signed_at) == (standing.origin(), 0, NOW)
    assert [key.until for key in LogKey.objects.all()] == [None]


def test_news_is_signed_once() -> None:
    checkpointing.publish(NOW)
    grow(300)
    tree = checkpointing.publish(NOW)
    assert tree is not None
    assert tree.size == 300
    assert len(checked()) == 300
    assert checkpointing.publish(NOW) is None
    grow(1)
    checkpointing.publish(NOW)
    assert len(checked()) == 301
