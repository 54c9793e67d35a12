"""What each verb writes into the log, byte for byte, and in which order."""

import struct
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from campaigns.models import Letter, LetterEvent, Tally
from campaigns.services import chronicling, publishing
from signatures import tasks
from signatures.log import store
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder
from signatures.log.leaf import NONE, Kind
from signatures.models import Chain, Head, Invalidation, Published, Signature
from signatures.proof import openings
from signatures.services import (
    confirming,
    erasing,
    invalidating,
    reckoning,
    seeding,
    sequencing,
    withdrawing,
)
from tests import make
from tests.signatures import agreeing, handing

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = 498_696  # hours since 1970 of that day's beginning
MAIL = "joan@example.org"


def raw(
    letter: Letter, kind: int, ref: int, prev: int, *totals: int, commit: bytes = bytes(32),
    detail: int = 0,
) -> bytes:  # fmt: skip
    head = struct.pack(">BBBB16sI", 1, kind, detail, 0, letter.uid.bytes, MIDNIGHT)
    return head + struct.pack(">QQIII32s", ref, prev, *totals, commit)


def text(letter: Letter) -> bytes:
    return bytes.fromhex(make.revision(letter).sha256)


def sequence(seconds: float = 0) -> int:
    return sequencing.sequence(now=NOON + timedelta(seconds=seconds))


def invalidated(letter: Letter, *numbers: int, reason: int = 4) -> Invalidation:
    rule = Invalidation.objects.create(
        letter=letter, reason=reason, public_reason="Made by a program.", numbers=list(numbers)
    )
    invalidating.dry_run(invalidation=rule)
    invalidating.start(invalidation=rule, now=NOON)
    invalidating.run(invalidation=rule.pk, now=NOON)
    return rule


def test_every_verb_leaves_its_entry() -> None:
    letter = make.letter(now=NOON)
    first = make.confirmed(letter, now=NOON)
    sequence()
    second = make.confirmed(letter, now=NOON)
    sequence()
    withdrawing.withdraw(uid=first.uid, now=NOON)
    sequence()
    invalidated(letter, 2, reason=Invalidation.Reason.DISPOSABLE)
    sequence()
    handing.delivery(letter, exports=[handing.export(letter)], now=NOON)
    chronicling.paper(letter=letter, digest=b"p" * 32, people=120, at=NOON)
    publishing.close(letter=letter, now=NOON)
    sequence()
    file = letter.exports.get()
    assert store.read(0, 99) == [
        raw(letter, 1, NONE, NONE, 0, 0, 0, commit=text(letter)),
        raw(letter, 16, 0, 0, 1, 0, 0, commit=bytes(first.commitment or b"")),
        raw(letter, 16, 0, 1, 2, 0, 0, commit=bytes(second.commitment or b"")),
        raw(letter, 17, 1, 2, 2, 1, 0),
        raw(letter, 18, 2, 3, 2, 1, 1, detail=2),
        raw(letter, 33, 0, 4, 2, 1, 1, commit=bytes.fromhex(file.sha256)),
        raw(letter, 34, 120, 5, 2, 1, 1, commit=b"p" * 32),
        raw(letter, 32, 0, 6, 2, 1, 1),
    ]
    assert Tally.objects.get(letter=letter).paper == 120
    agreeing.check()


def test_an_entry_tells_the_day_and_no_more() -> None:
    letter = make.letter(now=NOON)
    make.confirmed(letter, now=NOON)
    sequencing.sequence(now=NOON + timedelta(days=2, hours=5))
    sequencing.sequence(now=NOON)  # a clock set back
    make.confirmed(letter, now=NOON)
    sequencing.sequence(now=NOON)
    assert [entry.hour - MIDNIGHT for entry in agreeing.entries()] == [48, 48, 48]


def test_each_signature_names_the_text_it_signed() -> None:
    letter = make.letter(now=NOON)
    make.confirmed(letter, now=NOON)
    sequence()
    letter.title = "Give the Aller all its water back"
    letter.save()
    publishing.revise(letter=letter, by=letter.organiser, note="", now=NOON)
    make.confirmed(letter, now=NOON)
    sequence()
    publishing.close(letter=letter, now=NOON)
    sequence()
    assert [(entry.kind, entry.ref) for entry in agreeing.entries()] == [
        (Kind.VERSION, NONE), (Kind.SIGNED, 0), (Kind.VERSION, NONE), (Kind.SIGNED, 2),
        (Kind.CLOSED, 2),
    ]  # fmt: skip


def test_made_up_people_are_logged_as_imported() -> None:
    letter = make.letter()
    seeding.seed(letter=letter, signatures=3, seed=1, now=timezone.now())
    signed = [entry for entry in agreeing.entries() if entry.kind is Kind.SIGNED]
    assert [entry.detail for entry in signed] == [17, 17, 17]
    agreeing.check()


def test_a_file_handed_over_twice_is_logged_once() -> None:
    letter = make.letter()
    file = handing.export(letter)
    for how in ("mail", "post"):
        handing.delivery(letter, exports=[file], how=how)
    sequencing.sequence(now=timezone.now())
    assert agreeing.kinds(letter) == [Kind.VERSION, Kind.DELIVERED]


def test_put_back_somebody_gets_an_entry_of_their_own() -> None:
    letter = make.letter(now=NOON)
    signature = make.counted(letter, now=NOON)
    before = openings.opening_of(signature)
    rule = invalidated(letter, 1)
    sequence()
    invalidating.cancel(invalidation=rule, now=NOON)
    sequence()
    signature.refresh_from_db()
    assert (signature.number, signature.log_index) == (2, 3)
    assert openings.opening_of(signature) != before
    agreeing.check()


# --- Closing ----------------------------------------------------------------------------------
def test_closed_comes_after_everybody_who_waits() -> None:
    letter = make.letter(sensitive=True, now=NOON)
    make.confirmed(letter, now=NOON + timedelta(seconds=5))
    publishing.close(letter=letter, now=NOON + timedelta(seconds=6))
    sequence(7)
    assert agreeing.kinds(letter) == [Kind.VERSION]
    sequence(60)
    assert agreeing.kinds(letter) == [Kind.VERSION, Kind.SIGNED, Kind.CLOSED]
    if connection.vendor == "sqlite":  # where the planner goes by no statistics
        looks = Signature.objects.awaiting_sequencer_of(letter.pk).explain()
        assert "signature_news" in looks, "not through everybody who ever signed"


def test_nobody_is_put_back_after_closing() -> None:
    letter = make.letter()
    make.counted(letter)
    rule = invalidated(letter, 1)
    publishing.close(letter=letter, now=timezone.now())
    with pytest.raises(invalidating.Refused, match="closed"):
        invalidating.cancel(invalidation=rule, now=timezone.now())
    rule.refresh_from_db()
    assert rule.state == Invalidation.State.DONE
    agreeing.settle()
    agreeing.check()


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_whoever_is_confirming() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite writers take turns")
    letter = make.letter()
    early, late = make.pending(letter), make.pending(letter)
    said: list[str] = []

    def close() -> None:
        publishing.close(letter=letter, now=timezone.now())
        said.append("closed")
        connections.close_all()

    thread = threading.Thread(target=close)
    with transaction.atomic():
        _press(early)
        thread.start()
        thread.join(0.5)
        said.append("confirmed")
    thread.join(10)
    assert said == ["confirmed", "closed"]
    with pytest.raises(confirming.Refused):
        _press(late)
    agreeing.settle()
    agreeing.check()
    assert agreeing.kinds(letter) == [Kind.VERSION, Kind.SIGNED, Kind.CLOSED]


def _press(signature: Signature) -> None:
    revision = make.revision(signature.letter).number
    confirming.confirm(token=make.token(signature), revision=revision, now=timezone.now())


# --- Being forgotten --------------------------------------------------------------------------
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("withdraws", [True, False])
def test_who_is_erased_stays_counted_and_nothing_leads_to_their_entry(
    numbered: bool, withdraws: bool
) -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    if numbered:
        sequencing.sequence(now=timezone.now())
    before = store.read(0, 99)
    if withdraws and numbered:
        withdrawing.withdraw(uid=signature.uid, now=timezone.now(), erase=True)
    else:
        erasing.erase(uid=signature.uid, now=timezone.now())
    assert Signature.objects.get().seed_sealed is None  # at once
    agreeing.settle()
    row = Signature.objects.get()
    assert (row.log_index, row.commitment, row.domain_class) == (None, None, None)
    with pytest.raises(openings.Gone):
        openings.opening_of(row)
    assert store.read(0, 99)[: len(before)] == before
    agreeing.check()


def test_of_the_forgotten_nothing_is_cancelled_any_more() -> None:
    letter = make.letter()
    signature = make.counted(letter)
    erasing.erase(uid=signature.uid, now=timezone.now())
    with pytest.raises(withdrawing.Refused):
        withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    invalidated(letter, 1)
    agreeing.settle()
    assert agreeing.kinds(letter) == [Kind.VERSION, Kind.SIGNED]
    agreeing.check()


def test_withdrawn_before_it_was_counted_it_was_never_in_the_log() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now(), erase=True)
    agreeing.settle()
    assert agreeing.kinds(letter) == [Kind.VERSION]
    assert not Signature.objects.exists()


# --- Never two histories ----------------------------------------------------------------------
def test_nothing_is_counted_while_the_log_is_frozen() -> None:
    letter = make.letter()
    make.confirmed(letter)
    Head.objects.create(pk=1, frozen_because="smaller", frozen_at=timezone.now())
    with pytest.raises(sequencing.Frozen, match="smaller"):
        sequencing.sequence(now=timezone.now())
    assert tasks.sequence() is False
    assert tasks.catch_up() is False
    make.confirmed(letter)  # signatures are collected all the same
    assert (store.size(), Signature.objects.awaiting_sequencer().count()) == (0, 2)
    Head.objects.update(frozen_because="")
    assert sequencing.sequence(now=timezone.now()) == 2
    agreeing.check()


@pytest.fixture
def folder(tmp_path: Any, settings: Any) -> Folder:
    settings.LOG_DIR = tmp_path / "log"
    return Folder(settings.LOG_DIR)


@pytest.mark.parametrize(("promised", "goes_on"), [(0, True), (2, True), (3, False)])
def test_a_database_behind_what_was_promised_does_not_go_on(
    folder: Folder, promised: int, goes_on: bool
) -> None:
    letter = make.letter()
    make.counted(letter)  # 2 entries
    folder.promise(Checkpoint("example.org/log", promised, b"r" * 32))
    make.confirmed(letter)
    if goes_on:
        assert sequencing.sequence(now=timezone.now()) == 1
    else:
        with pytest.raises(sequencing.Frozen, match="smaller"):
            sequencing.sequence(now=timezone.now())


@pytest.mark.parametrize("damaged", [True, False])
def test_without_its_high_water_mark_a_published_log_does_not_go_on(
    folder: Folder, damaged: bool
) -> None:
    make.confirmed(make.letter())
    Published.objects.update_or_create(
        pk=1, defaults={"origin": "example.org/log", "size": 1, "root": b"r" * 32}
    )
    if damaged:
        folder.path.mkdir()
        (folder.path / "highwater").write_text("example")
    with pytest.raises(sequencing.Frozen, match="no high-water"):
        sequencing.sequence(now=timezone.now())


def test_a_place_in_the_log_is_taken_once() -> None:
    letter = make.letter()
    make.confirmed(letter)
    store.append([b"x" * 84], 0)
    with pytest.raises(sequencing.Overtaken), transaction.atomic():
        sequencing.sequence(now=timezone.now())
    assert store.size() == 1
    assert Signature.objects.awaiting_sequencer().count() == 1


def test_a_hole_in_the_table_is_never_passed_over() -> None:
    store.append([b"a" * 84, b"b" * 84], 0)
    store.append([b"d" * 84], 3)
    assert store.read(0, 2) == [b"a" * 84, b"b" * 84]
    with pytest.raises(store.Gap):
        store.read(0, 4)


# --- Counted before, or damaged ---------------------------------------------------------------
def test_t90_a_damaged_count_is_set_to_what_the_log_says(caplog: pytest.LogCaptureFixture) -> None:
    letter = make.letter()
    make.counted(letter)
    Tally.objects.filter(letter=letter).update(signed=9, withdrawn=2)
    assert tasks.catch_up() is True
    assert tasks.catch_up() is False
    assert "count set to what the log says" in caplog.text
    assert Tally.objects.get(letter=letter).count == 1
    agreeing.check()


def test_the_command_logs_what_was_counted_before(capsys: Any) -> None:
    letter, other = make.letter(), make.letter()
    forgotten = agreeing.Forgotten()
    rows = [make.confirmed(letter) for _ in range(5)]
    sequencing.sequence(now=timezone.now())
    withdrawing.withdraw(uid=rows[0].uid, now=timezone.now())
    erasing.erase(uid=rows[1].uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    handing.delivery(other, exports=[handing.export(other)])
    publishing.close(letter=other, now=timezone.now())
    forgotten.go_back()
    assert next(reckoning.compare()).is_behind
    with pytest.raises(CommandError):
        call_command("recount")
    assert "5 numbers are not in the log yet" in capsys.readouterr().out
    call_command("log_backfill")
    call_command("log_backfill")
    call_command("recount")
    assert agreeing.kinds(other) == [Kind.VERSION, Kind.DELIVERED, Kind.CLOSED]
    numbers = [entry.signed for entry in agreeing.entries() if entry.kind is Kind.SIGNED]
    assert numbers == [1, 2, 3, 4, 5]
    assert not LetterEvent.objects.filter(index=None).exists()
    agreeing.check()


def test_a_frozen_log_is_not_caught_up_with() -> None:
    make.letter()
    Head.objects.create(pk=1, frozen_because="smaller")
    with pytest.raises(CommandError, match="frozen"):
        call_command("log_backfill")


def test_rows_that_say_other_than_the_log_are_found(capsys: Any) -> None:
    letter = make.letter()
    signature = make.counted(letter)
    Signature.objects.filter(pk=signature.pk).update(counted=False, state="withdrawn")
    [drift] = reckoning.compare()
    assert (drift.stored, drift.proved, drift.logged) == ((1, 0, 0), (1, 1, 0), (1, 0, 0))
    with pytest.raises(CommandError):
        call_command("recount", "--repair")
    assert "say other than the log" in capsys.readouterr().out
    assert Tally.objects.get(letter=letter).count == 1
    assert Chain.objects.get(letter=letter).withdrawn == 0
