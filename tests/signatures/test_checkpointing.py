"""Publishing the log: files, promise, signature, in this order, and freezing where they differ."""

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as given
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Tally
from config import keyring
from signatures.log import edge, merkle, note, store
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder
from signatures.log.tiles import WIDTH, Tile
from signatures.models import Head, LogEntry, LogKey, Published
from signatures.proof import standing
from signatures.proof.stopped import Reason
from signatures.services import checkpointing, keying, sequencing
from tests import make

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
NEW = sha256(b"a new key").digest()


def grow(count: int) -> None:
    """84 bytes each; publishing asks no more of them."""
    at = store.size()
    entries = [sha256(b"%d" % number).digest() * 2 + bytes(20) for number in range(at, at + count)]
    store.append(entries, at)
    Head.objects.update_or_create(pk=1, defaults={"size": at + count})


def published(count: int = 0) -> Checkpoint:
    grow(count)
    tree = checkpointing.publish(NOW)
    assert tree is not None
    return tree


def folder() -> Folder:
    return Folder(given.LOG_DIR)


def proven() -> int:
    """The size of the published log, every file and signature of which was read and holds."""
    tree = standing.trusted_policy().accept(folder().checkpoint()).checkpoint
    held = [each for bundle in edge.entries(tree.size, tree.root, folder().read) for each in bundle]
    assert held == store.read(0, tree.size)
    promised = folder().highwater()
    assert promised is not None
    assert promised.size >= tree.size
    return len(held)


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "_held", None)


def test_the_first_start_signs_an_empty_tree() -> None:
    tree = published()
    assert tree == Checkpoint(standing.origin(), 0, merkle.EMPTY_ROOT) == folder().highwater()
    assert proven() == 0
    row = Published.objects.get()
    assert (row.origin, row.size, row.signed_at) == (standing.origin(), 0, NOW)
    assert [key.until for key in LogKey.objects.all()] == [None]


def test_news_is_signed_once() -> None:
    assert published(300).size == proven() == 300
    assert checkpointing.publish(NOW) is None
    assert published(1).size == proven() == 301


def test_a_high_level_is_written_though_the_last_slice_adds_nothing_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpointing, "SLICE", WIDTH)
    assert published(600).size == proven() == 600


def test_where_the_log_stands_is_told() -> None:
    before = standing.standing()
    assert (before.size, before.root, before.signed_at) == (0, merkle.EMPTY_ROOT, None)
    tree = published(7)
    now = standing.standing()
    assert (now.origin, now.size, now.root) == (tree.origin, 7, tree.root)
    assert (now.signed_at, now.checked_at, now.frozen) == (NOW, NOW, False)


def test_another_publisher_is_gone_on_from(monkeypatch: pytest.MonkeyPatch) -> None:
    published(10)
    ours = checkpointing._held
    another_process(monkeypatch)
    published(300)
    monkeypatch.setattr(checkpointing, "_held", ours)
    assert published(5).size == proven() == 315


def test_of_two_publishers_one_has_the_turn() -> None:
    published(10)
    grow(5)
    with folder().locked():
        assert checkpointing.publish(NOW) is None
    assert published(0).size == proven() == 15


def test_lost_and_damaged_tiles_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    published(600)
    path = given.LOG_DIR / Tile(0, 2, 88).path
    path.write_bytes(bytes(88 * 32))
    (given.LOG_DIR / Tile(0, 1).path).unlink()
    another_process(monkeypatch)
    assert published(3).size == proven() == 603


def test_a_checkpoint_that_was_not_written_any_more_is_written_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = published(10)
    signed = folder().checkpoint()
    published(10)
    folder().publish(signed)  # as if killed between the promise and the signature
    another_process(monkeypatch)
    assert old.size < published(0).size == proven() == 20


def test_a_damaged_checkpoint_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    published(10)
    (given.LOG_DIR / "checkpoint").write_bytes(b"\xff")
    assert standing.standing().size == 0
    another_process(monkeypatch)
    assert published(0).size == proven() == 10


def test_cosignatures_are_shown_under_the_newest_checkpoint_only() -> None:
    published(10)
    cosigned = folder().checkpoint()
    published(1)
    assert not checkpointing.show(cosigned)
    assert proven() == 11
    assert checkpointing.show(folder().checkpoint())


# --- Freezing -------------------------------------------------------------------------------------
def _roll_back(settings: Settings) -> None:
    LogEntry.objects.filter(index__gte=250).delete()
    Head.objects.update(size=250)
    Published.objects.update(size=250, root=checkpointing.root_of(250))


def _change_an_entry(settings: Settings) -> None:
    LogEntry.objects.filter(index=7).update(entry=bytes(84))
    shutil.rmtree(given.LOG_DIR / "tile")


def _lose_an_entry(settings: Settings) -> None:
    LogEntry.objects.filter(index=7).delete()
    shutil.rmtree(given.LOG_DIR / "tile")


def _empty_the_folder(settings: Settings) -> None:
    shutil.rmtree(given.LOG_DIR)


def _damage_the_mark(settings: Settings) -> None:
    (given.LOG_DIR / "highwater").write_bytes(b"")


def _put_an_older_mark_back(settings: Settings) -> None:
    folder().promise(Checkpoint(standing.origin(), 250, checkpointing.root_of(250)))


def _change_the_key(settings: Settings) -> None:
    settings.LOG_KEYS = {1: NEW}


def _put_back_to_before_the_log_with_another_key(settings: Settings) -> None:
    LogKey.objects.all().delete()
    settings.LOG_KEYS = {1: NEW}


def _change_the_origin(settings: Settings) -> None:
    settings.LOG_ORIGIN = "elsewhere.example.org/log"


def _take_another_folder(settings: Settings) -> None:
    folder().promise(Checkpoint("elsewhere.example.org/log", 300, bytes(32)))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_roll_back, Reason.SMALLER),
        (_change_an_entry, Reason.ANOTHER_ROOT),
        (_lose_an_entry, Reason.ANOTHER_ROOT),
        (_empty_the_folder, Reason.NO_HIGH_WATER),
        (_damage_the_mark, Reason.NO_HIGH_WATER),
        (_put_an_older_mark_back, Reason.NO_HIGH_WATER),
        (_change_the_key, Reason.KEY),
        (_put_back_to_before_the_log_with_another_key, Reason.KEY),
        (_change_the_origin, Reason.ORIGIN),
        (_take_another_folder, Reason.ORIGIN),
    ],
)
def test_t93_f9_another_history_is_never_signed(
    harm: Callable[[Settings], None],
    reason: Reason,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    published(300)
    harm(settings)
    files = {path: path.read_bytes() for path in given.LOG_DIR.rglob("*") if path.is_file()}
    another_process(monkeypatch)
    for _ in range(2):
        grow(5)
        assert checkpointing.publish(NOW + timedelta(minutes=5)) is None
    head = Head.objects.get()
    assert (head.frozen_because, head.frozen_at) == (reason, NOW + timedelta(minutes=5))
    assert standing.standing().frozen_because == reason
    assert standing.standing().checked_at == NOW
    left = {path: path.read_bytes() for path in given.LOG_DIR.rglob("*") if path.is_file()}
    assert left == files, "nothing is written while it is frozen"
    assert "log frozen" in caplog.text


def test_the_same_harm_is_seen_by_a_process_that_goes_on(settings: Settings) -> None:
    published(300)
    _roll_back(settings)
    assert checkpointing.publish(NOW) is None
    assert Head.objects.get().frozen_because == Reason.SMALLER


def test_a_database_from_before_the_log_is_told_its_name_by_the_folder(settings: Settings) -> None:
    began = published(5).origin
    Published.objects.all().delete()
    settings.SITE_URL = "https://moved.example.org"
    checkpointing.publish(NOW)
    assert Published.objects.get().origin == standing.standing().origin == began


def test_t93_a_database_put_back_counts_nobody_and_keeps_who_signs(settings: Settings) -> None:
    letter = make.letter()
    make.counted(letter)
    published(0)
    folder().promise(Checkpoint(standing.origin(), 1_000, bytes(32)))
    assert checkpointing.publish(NOW) is None
    waiting = make.confirmed(letter)
    with pytest.raises(sequencing.Frozen):
        sequencing.sequence(now=NOW)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.news, waiting.counted) == ("confirmed", True, False)
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()["log"]) == (503, "frozen: smaller")
    assert Client().get(f"/letters/{letter.slug}/").status_code == 200


def test_who_waits_for_another_publisher_is_not_called_well() -> None:
    with folder().locked():
        checkpointing.publish(timezone.now())
    assert Client().get("/healthz").json()["log"] == "is not published"
    checkpointing.publish(timezone.now())
    assert Client().get("/healthz").json()["log"] == "ok"


def test_health_says_when_nothing_is_published() -> None:
    assert Client().get("/healthz").json()["log"] == "is not published"


# --- Keys -----------------------------------------------------------------------------------------
def signers() -> list[bytes]:
    return [line.key_id for line in note.parse(folder().checkpoint()).lines]


def test_a_new_key_signs_beside_the_old_one_and_old_checkpoints_stay_good(
    settings: Settings,
) -> None:
    (old,) = settings.LOG_KEYS.values()
    published(5)
    before = folder().checkpoint()
    first = signers()
    settings.LOG_KEYS = {2: NEW, 1: old}
    published(0)
    assert len(signers()) == 2
    assert signers()[1:] == first
    assert checkpointing.show(before), "by a witness that was asked before the new key signed"
    assert len(signers()) == 2
    assert proven() == 5
    between = folder().checkpoint()
    settings.LOG_KEYS = {2: NEW}
    later = NOW + timedelta(days=30)
    assert checkpointing.publish(later) is not None
    assert len(signers()) == 1
    assert signers() != first
    listed = list(LogKey.objects.values_list("since", "until"))
    assert sorted(listed, key=str) == sorted([(NOW, None), (NOW, later)], key=str)
    for checkpoint in (before, between, folder().checkpoint()):
        assert standing.trusted_policy().accept(checkpoint).checkpoint.size == 5
    settings.LOG_KEYS = {1: old}
    assert checkpointing.publish(later) is None
    assert Head.objects.get().frozen_because == Reason.KEY, "a key that was retired stays retired"


def test_keys_follow_one_another_step_by_step(settings: Settings) -> None:
    published(5)
    with pytest.raises(keying.Refused, match="one key only"):
        keying.retired()
    text = keying.rotated()
    settings.LOG_KEYS = keys_in(text)
    assert list(settings.LOG_KEYS) == [2, 1]
    with pytest.raises(keying.Refused, match="not signed yet"):
        keying.rotated()
    with pytest.raises(keying.Refused, match="not signed yet"):
        keying.retired()
    published(1)
    assert list(keys_in(keying.retired())) == [2]


def test_an_embedded_installation_writes_its_keys_itself(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    path = tmp_path / "secrets" / "log_key"
    path.parent.mkdir()
    path.write_text(keying.written(settings.LOG_KEYS) + "\n")
    published(5)
    settings.EMBEDDED = False
    said = told("log_rotate_key")
    assert "Set LOG_KEY" in said
    assert list(keys_in(said.splitlines()[1])) == [2, 1]
    settings.EMBEDDED = True
    assert str(path) in told("log_rotate_key")
    settings.LOG_KEYS = keys_in(path.read_text())
    assert list(settings.LOG_KEYS) == [2, 1]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="not signed yet"):
        told("log_rotate_key", "--retire")
    published(0)
    told("log_rotate_key", "--retire")
    assert list(keys_in(path.read_text())) == [2]


def told(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def keys_in(text: str) -> dict[int, bytes]:

    return keyring.keys("LOG_KEY", text)


# --- Agreeing -------------------------------------------------------------------------------------
def test_an_idle_log_is_checked_again_and_again() -> None:
    make.counted(make.letter())
    checkpointing.publish(NOW)
    later = NOW + timedelta(minutes=3)
    assert checkpointing.publish(later) is None
    assert standing.standing().checked_at == later
    assert standing.standing().signed_at == NOW


def test_t90_a_count_that_is_not_the_logs_is_an_alarm_and_not_called_checked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    letter = make.letter()
    make.counted(letter)
    checkpointing.publish(NOW)
    Tally.objects.filter(pk=letter.pk).update(signed=8)
    with caplog.at_level(logging.ERROR):
        checkpointing.publish(NOW + timedelta(minutes=3))
    assert "count and log differ" in caplog.text
    assert standing.standing().checked_at == NOW
