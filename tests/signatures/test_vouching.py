"""What the log says of a document: of the very moment it was counted, or the gap is named."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Letter
from signatures.exports.document import Checkpoint, Document
from signatures.exports.wish import Wish
from signatures.log import leaf, merkle, policy, proof
from signatures.log.leaf import Entry
from signatures.log.published import Tree
from signatures.models import Head
from signatures.proof import proving, standing
from signatures.services import (
    checkpointing,
    exporting,
    printing,
    sequencing,
    snapshotting,
    vouching,
    withdrawing,
)
from signatures.services.snapshotting import Snapshot
from signatures.services.watching import Stopped
from tests import make
from tests.signatures import handing

pytestmark = pytest.mark.django_db
PDF = Wish(format="pdf", sign=False)


def publish() -> None:
    checkpointing.publish(timezone.now())


def look(letter: Letter) -> Snapshot:
    return snapshotting.take(letter, PDF, timezone.now().replace(microsecond=0))


def never() -> None:
    raise AssertionError("there was nothing to wait for")


def told(snapshot: Snapshot, waiting: Callable[[], None] = never) -> Document:
    return printing.document(snapshotting.vouched(snapshot, waiting=waiting))


def checkpoint(document: Document) -> Checkpoint:
    assert document.checkpoint is not None
    return document.checkpoint


def proven(found: Checkpoint) -> Entry:
    """What a stranger gets out of the three attached files, and nothing else."""
    read = proof.parse(found.proof)
    assert read.extra is not None
    trusted = read.check(merkle.leaf_hash(read.extra), policy.parse(found.policy))
    assert read.checkpoint == found.note
    tree = trusted.checkpoint
    assert (tree.origin, tree.size) == (found.origin, found.size)
    return leaf.decode(read.extra)


def printed(document: Document) -> tuple[int, int, int]:
    gone = document.withdrawn_count + document.invalidated_count
    return document.count + gone, document.withdrawn_count, document.invalidated_count


def totals(entry: Entry | Checkpoint) -> tuple[int, int, int]:
    return entry.signed, entry.withdrawn, entry.invalidated


@pytest.fixture
def letter() -> Letter:
    """Three have signed, one has withdrawn, and the log has published it."""
    made = make.letter()
    first, *_others = [make.counted(made) for _ in range(3)]
    withdrawing.withdraw(uid=first.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    publish()
    return made


def test_the_totals_printed_are_those_that_the_attached_files_prove(letter):
    document = told(look(letter))
    found = checkpoint(document)
    assert printed(document) == totals(proven(found)) == totals(found) == (3, 1, 0)
    assert document.unproven == ""


def test_whoever_signs_after_the_look_is_neither_printed_nor_proven(letter):
    snapshot = look(letter)
    make.counted(letter)
    publish()
    found = checkpoint(told(snapshot))
    assert totals(proven(found)) == (3, 1, 0)
    newest = proof.parse(proving.proof_of_letter(letter))
    assert newest.index > found.index, "the newest entry would have had other totals"


def test_a_document_waits_for_the_checkpoint_that_covers_its_totals(letter):
    make.counted(letter)
    document = told(look(letter), waiting=publish)
    assert printed(document) == totals(proven(checkpoint(document))) == (4, 1, 0)


def test_a_log_that_does_not_come_so_far_in_time_proves_what_it_has(letter, monkeypatch):
    monkeypatch.setattr(vouching, "LONGEST", 0)
    make.counted(letter)
    document = told(look(letter), waiting=lambda: None)
    assert printed(document) == (4, 1, 0)
    assert totals(proven(checkpoint(document))) == (3, 1, 0)


def test_nobody_waits_for_a_log_that_nobody_looks_after(letter, monkeypatch):
    monkeypatch.setattr(vouching, "ALIVE", timedelta(0))
    make.counted(letter)
    assert totals(checkpoint(told(look(letter)))) == (3, 1, 0)


def test_a_file_called_off_is_not_waited_for(letter):
    def called_off() -> None:
        raise Stopped

    make.counted(letter)
    with pytest.raises(Stopped):
        told(look(letter), waiting=called_off)


def test_a_document_says_that_nothing_is_published_yet():
    document = told(look(make.letter()))
    assert (document.checkpoint, document.unproven) == (None, "unpublished")


def test_a_frozen_log_vouches_for_nothing(letter):
    Head.objects.update(frozen_because="smaller")
    document = told(look(letter))
    assert (document.checkpoint, document.unproven) == (None, "frozen")


def test_a_log_that_does_not_prove_what_it_says_is_not_printed(letter, monkeypatch):
    other = make.letter()
    make.counted(other)
    publish()
    entry = proof.parse(proving.proof_of_letter(other))
    monkeypatch.setattr(Tree, "proof_of", lambda *_args, **_more: entry)
    assert told(look(letter)).unproven == "unpublished"


def kept(letter: Letter, snapshot: Snapshot) -> Any:
    return handing.export(
        letter, fingerprint=snapshot.fingerprint, options=PDF.as_options(), sort=PDF.sort
    )


def test_a_file_is_made_anew_once_the_log_can_vouch_for_it():
    letter = make.letter()
    make.counted(letter)
    without = kept(letter, snapshotting.vouched(look(letter), waiting=never))
    assert exporting.ask(letter=letter, by=letter.organiser, wish=PDF) == without
    publish()
    assert exporting.ask(letter=letter, by=letter.organiser, wish=PDF) != without


def test_a_file_with_the_same_totals_proven_is_not_made_again(letter):
    there = kept(letter, snapshotting.vouched(look(letter), waiting=never))
    make.counted(make.letter())
    handing.delivery(letter, exports=[there])
    sequencing.sequence(now=timezone.now())
    publish()
    assert exporting.ask(letter=letter, by=letter.organiser, wish=PDF) == there


@pytest.mark.django_db(transaction=True)
def test_documents_made_while_the_sequencer_runs_print_what_they_prove(letter):
    """Signatures come and go meanwhile; what is printed and what is proven never part."""
    over = threading.Event()

    def run() -> None:
        try:
            while not over.is_set():
                gone = make.confirmed(letter)
                make.confirmed(letter)
                sequencing.sequence(now=timezone.now())
                withdrawing.withdraw(uid=gone.uid, now=timezone.now())
                sequencing.sequence(now=timezone.now())
                publish()
        finally:
            connection.close()

    beside = threading.Thread(target=run)
    beside.start()
    try:
        documents = [told(look(letter), waiting=lambda: None)]
        while len(documents) < 8 or len({printed(document) for document in documents}) < 2:
            assert len(documents) < 500, "nothing moved meanwhile"
            documents.append(told(look(letter), waiting=lambda: None))
    finally:
        over.set()
        beside.join()
    for document in documents:
        assert printed(document) == totals(proven(checkpoint(document)))
    assert standing.standing().size > checkpoint(documents[0]).size
