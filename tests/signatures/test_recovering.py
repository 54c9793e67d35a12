"""Recovering: a database that was put back gets its entries from the public bundles."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as given
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.models import Letter, Tally
from campaigns.services import chronicling, drafting, publishing
from signatures.log import edge, replay, store, tiles
from signatures.log.folder import Folder
from signatures.models import Chain, Head, Invalidation, LogEntry, Published, Signature
from signatures.proof import standing
from signatures.services import (
    agreeing,
    auditing,
    checkpointing,
    invalidating,
    reckoning,
    resigning,
    sequencing,
    withdrawing,
)
from tests import logbook, make
from tests.signatures.ownpage import revised

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens inside is published, and then the database is put back to before."""
    before = transaction.savepoint()
    yield
    publish()
    transaction.savepoint_rollback(before)


def publish() -> None:
    sequencing.sequence(now=NOW)
    checkpointing.publish(NOW)
    checkpointing._held = None


def recover(**options: object) -> str:
    said = StringIO()
    call_command("log_recover", stdout=said, **options)
    return said.getvalue()


def folder() -> Folder:
    return Folder(given.LOG_DIR)


def check(size: int, *, whole: bool = True) -> None:
    """The log goes on, and everything there is agrees with everything else."""
    checkpointing._held = None
    checkpointing.publish(LATER)
    now = standing.standing()
    assert (now.size, now.frozen, now.checked_at) == (size, False, LATER)
    entries = [each for held in edge.entries(size, now.root, folder().read) for each in held]
    assert entries == store.read(0, size)
    assert replay.audited(entries).findings == []
    assert list(agreeing.differences()) == []
    assert list(reckoning.compare()) == []
    with nullcontext() if whole else pytest.raises(auditing.DoesNotHold, match="has a letter"):
        list(auditing.audit())


def test_t93_f9_fifty_entries_come_back_from_the_bundles() -> None:
    letter = make.letter(now=NOW)
    for _ in range(3):
        make.confirmed(letter, now=NOW)
    publish()
    with forgotten():
        for _ in range(50):
            make.confirmed(letter, now=NOW)
        sequencing.sequence(now=NOW)
        published = Tally.objects.get(pk=letter.pk).count
    promised = folder().highwater()
    assert promised is not None
    assert checkpointing.publish(NOW) is None
    with pytest.raises(sequencing.Frozen):
        make.counted(letter, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        said = recover()
    by_commitment = [each["sql"] for each in asked if '"commitment" IS NOT NULL' in each["sql"]]
    assert len(by_commitment) == 1, "those who wait are looked for once, not for each entry"
    assert "50 entries put back." in said
    assert (
        f"{letter.slug}: 50 signatures count whose people's data is gone, numbers 4 to 53" in said
    )
    assert Published.objects.get().root == promised.root
    assert Tally.objects.get(pk=letter.pk).count == published == 53
    check(54)
    sequencing.sequence(now=LATER)  # and who confirmed meanwhile is counted
    assert Tally.objects.get(pk=letter.pk).count == 54
    check(55)


def test_who_confirmed_before_the_backup_is_known_again_by_their_commitment() -> None:
    letter = make.letter(now=NOW)
    publish()
    waiting = make.confirmed(letter, now=NOW)
    with forgotten():
        pass
    said = recover()
    waiting.refresh_from_db()
    assert (waiting.number, waiting.counted, waiting.log_index) == (1, True, 1)
    assert not waiting.news
    assert waiting.email_sealed is not None
    assert "gone" not in said
    check(2)


def test_who_signed_a_newer_text_before_the_backup_keeps_everything() -> None:
    letter = make.letter(now=NOW)
    signer = make.counted(letter, now=NOW)
    revised(letter)
    publish()
    resigning.resign(uid=signer.uid, revision=2, now=NOW)
    with forgotten():
        pass
    recover()
    signer.refresh_from_db()
    assert (signer.state, signer.number, signer.counted, signer.renewed) == (
        Signature.State.CONFIRMED,
        2,
        True,
        1,
    )
    assert signer.email_sealed is not None
    check(5)


def test_who_had_withdrawn_before_the_backup_loses_nothing_more_and_the_erased_are_forgotten() -> (
    None
):
    letter = make.letter(now=NOW)
    leaves, erased = (make.counted(letter, now=NOW) for _ in range(2))
    publish()
    withdrawing.withdraw(uid=leaves.uid, now=NOW)
    withdrawing.withdraw(uid=erased.uid, now=NOW, erase=True)
    with forgotten():
        pass
    said = recover()
    leaves.refresh_from_db()
    erased.refresh_from_db()
    assert leaves.state == Signature.State.WITHDRAWN
    assert leaves.email_sealed is not None
    assert erased.log_index is None
    assert "erased again" not in said
    check(5)


def test_what_people_and_organisers_did_since_the_backup_happens_once_more() -> None:
    letter = make.letter(now=NOW)
    leaves, struck, stays = (make.counted(letter, now=NOW) for _ in range(3))
    other = make.letter(now=NOW)
    publish()
    with forgotten():
        withdrawing.withdraw(uid=leaves.uid, now=NOW)
        strike(letter, struck)
        sequencing.sequence(now=NOW)
        publishing.close(letter=other, now=NOW)
        gone = make.letter(now=NOW)
        make.confirmed(gone, now=NOW)
    said = recover()
    for row in (leaves, struck, stays):
        row.refresh_from_db()
    assert [row.counted for row in (leaves, struck, stays)] == [False, False, True]
    assert leaves.state == Signature.State.WITHDRAWN
    assert leaves.email_sealed is None, "forgotten again"
    assert struck.state == Signature.State.INVALIDATED
    assert struck.email_sealed is not None
    assert Letter.objects.get(pk=other.pk).state == Letter.State.CLOSED
    assert f"{letter.slug}: 1 withdrawn since the backup: erased again, numbers 1" in said
    assert f"{other.slug}: closed again" in said
    assert f"letter {gone.uid.hex}, which is gone itself: 1 signatures" in said
    assert not Chain.objects.filter(letter__uid=gone.uid).exists()
    check(10, whole=False)
    make.confirmed(letter, now=NOW)
    sequencing.sequence(now=LATER)
    check(11, whole=False)


def test_texts_deliveries_and_paper_are_named_or_counted_again() -> None:
    letter = make.letter(now=NOW)
    make.counted(letter, now=NOW)
    publish()
    with forgotten():
        drafting.edit(
            letter=Letter.objects.get(pk=letter.pk),
            draft=make.draft(body="Another text.\n", slug=letter.slug),
            by=letter.organiser,
            note="",
            now=NOW,
        )
        make.confirmed(letter, now=NOW)
        chronicling.paper(letter=letter, digest=b"p" * 32, people=120, at=NOW)
        chronicling.delivered(letter=letter, sha256="ab" * 32, at=NOW)
    said = recover()
    assert f"{letter.slug}: 1 texts are gone" in said
    assert f"{letter.slug}: 1 deliveries are no longer recorded" in said
    tally = Tally.objects.get(pk=letter.pk)
    assert (tally.count, tally.paper) == (2, 120)
    check(6)
    make.confirmed(letter, now=NOW)
    sequencing.sequence(now=LATER)
    check(7)
    said = recover()
    assert "0 entries put back." in said
    assert "gone" not in said


def strike(letter: Letter, row: Signature) -> None:
    rule = invalidating.write(
        rule=Invalidation(
            letter=letter, reason=4, public_reason="A script", numbers=[row.number or 0]
        ),
        by=letter.organiser,
    )
    invalidating.dry_run(invalidation=rule)
    invalidating.start(invalidation=rule, now=NOW)
    invalidating.run(invalidation=rule.pk, now=NOW)


def test_an_entry_lost_from_the_middle_comes_back() -> None:
    letter = make.letter(now=NOW)
    for _ in range(5):
        make.confirmed(letter, now=NOW)
    publish()
    LogEntry.objects.filter(index__in=[1, 3]).delete()
    (given.LOG_DIR / tiles.Tile(0, 0, 6).path).unlink()
    assert checkpointing.publish(NOW) is None
    assert "2 entries put back." in recover()
    check(6)


def test_a_lost_high_water_file_is_replaced_by_the_newest_checkpoint_anybody_has(
    tmp_path: Path,
) -> None:
    make.counted(make.letter(now=NOW), now=NOW)
    publish()
    kept = tmp_path / "from-a-mail.txt"
    kept.write_bytes(folder().checkpoint())
    shutil.rmtree(given.LOG_DIR)
    assert checkpointing.publish(NOW) is None
    with pytest.raises(CommandError, match="The high-water file is gone"):
        recover()
    with pytest.raises(CommandError, match="not signed"):
        recover(checkpoint=forged(tmp_path))
    assert Head.objects.get().frozen_because
    assert "0 entries put back." in recover(checkpoint=kept)
    check(2)


def forged(folder: Path) -> Path:
    path = folder / "forged.txt"
    path.write_bytes(logbook.checkpoint(5, bytes(32)))
    return path


def test_another_history_is_refused_and_nothing_is_changed() -> None:
    letter = make.letter(now=NOW)
    make.counted(letter, now=NOW)
    publish()
    with forgotten():
        make.confirmed(letter, now=NOW)
    LogEntry.objects.filter(index=1).update(entry=LogEntry.objects.get(index=0).entry)
    before = {path: path.read_bytes() for path in given.LOG_DIR.rglob("*") if path.is_file()}
    checkpointing.publish(NOW)
    with pytest.raises(CommandError, match="Entry 1 of the database is not the one"):
        recover()
    assert Head.objects.get().frozen_because == "smaller"
    assert store.size() == 2
    after = {path: path.read_bytes() for path in given.LOG_DIR.rglob("*") if path.is_file()}
    assert after == before


def test_bundles_that_are_gone_too_are_named() -> None:
    letter = make.letter(now=NOW)
    publish()
    with forgotten():
        make.confirmed(letter, now=NOW)
    shutil.rmtree(given.LOG_DIR / "tile")
    with pytest.raises(CommandError, match=r"tile/entries/000\.p/2"):
        recover()


def test_recovering_a_log_that_is_well_changes_nothing() -> None:
    make.counted(make.letter(now=NOW), now=NOW)
    publish()
    assert "The log goes on from 2 entries." in recover()
    check(2)
