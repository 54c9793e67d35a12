"""Receipts: what they show, to whom, and that no byte of one can be changed."""

import random
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.log import commitment, leaf, lines, merkle, proof, receipt
from signatures.log.commitment import BadOpening, Signer
from signatures.log.leaf import Method
from signatures.log.policy import Log, NotTrusted, Policy
from signatures.log.proof import BadProofFile, Proof
from signatures.log.receipt import (
    AnotherLetter,
    AnotherName,
    AnotherPerson,
    BadReceipt,
    OpensOnlyWhole,
)
from signatures.log.rejected import Rejected
from tests.logbook import KEY, NOW, POLICY, checkpoint, letter_id, story

A, B = letter_id("a"), letter_id("b")
INDEX, SEED = 2, sha256(b"seed").digest()
JOAN = Signer("Joan", "joan@example.org", 1, sha256(b"mailbox").digest())
SAM = replace(JOAN, address="sam@example.org")


def log() -> list[bytes]:
    book = story()
    commit = commitment.commitment(SEED, A, JOAN.values())
    book.entries[INDEX] = replace(book.entries[INDEX], commit=commit)
    return book.raw


ENTRIES = log()
TREE = merkle.Tree(map(merkle.leaf_hash, ENTRIES))
CHECKPOINT = checkpoint(TREE.size, TREE.root())
HASHES = merkle.inclusion(INDEX, TREE.size, TREE.node)
PARTS = commitment.parts(SEED, A, JOAN.values())
WHOLE = receipt.make(
    index=INDEX, hashes=HASHES, checkpoint=CHECKPOINT, entry=ENTRIES[INDEX], seed=SEED
)
RECEIPT = receipt.make(
    index=INDEX, hashes=HASHES, checkpoint=CHECKPOINT, entry=ENTRIES[INDEX], seed=SEED, parts=PARTS
)
FORMS = pytest.mark.parametrize("data", [RECEIPT, WHOLE], ids=["in parts", "whole"])
ALONE = Policy([Log(KEY.verifier)])


@FORMS
def test_a_receipt_shows_its_signer_that_the_log_holds_the_entry(data: bytes):
    held = receipt.parse(data)
    trusted = held.check(POLICY, letter=A, signer=JOAN, now=NOW)
    assert trusted.checkpoint.size == len(ENTRIES)
    assert (held.proof.index, held.entry.letter, held.entry.detail) == (INDEX, A, Method.CODE)
    assert bytes(held.proof) == data


@FORMS
def test_a_receipt_holds_no_name_and_no_address(data: bytes):
    opened = receipt.parse(data)
    for hidden in (b"Joan", b"joan", JOAN.mailbox):
        assert hidden not in data
        assert hidden not in (opened.proof.extra or b"")


@FORMS
def test_one_entry_given_to_two_people_is_found_by_one_of_them(data: bytes):
    with pytest.raises(BadOpening, match="somebody else"):
        receipt.parse(data).check(POLICY, signer=SAM)


def test_a_receipt_opens_with_the_address_alone():
    held = receipt.parse(RECEIPT)
    held.check_holder("joan@example.org")
    held.check_holder("joan@example.org", "Joan")
    for stranger in ("sam@example.org", "", "Joan@example.org", "\ud800"):
        with pytest.raises(AnotherPerson, match="somebody else's"):
            held.check_holder(stranger)


def test_a_name_changed_since_signing_is_said_to_be_one():
    for name in ("Joan B.", "", "\ud800"):
        with pytest.raises(AnotherName, match="address is right but not the name"):
            receipt.parse(RECEIPT).check_holder("joan@example.org", name)


def test_a_name_is_the_same_in_any_normal_form():
    signer = replace(JOAN, name="Zoë")
    parts = commitment.parts(SEED, A, signer.values())
    entry = leaf.encode(replace(leaf.decode(ENTRIES[INDEX]), commit=commitment.combined(parts)))
    made = receipt.make(
        index=INDEX, hashes=HASHES, checkpoint=CHECKPOINT, entry=entry, seed=SEED, parts=parts
    )
    receipt.parse(made).check_holder("joan@example.org", "Zoe\u0308")


def test_a_receipt_of_the_first_form_says_that_it_needs_everything():
    with pytest.raises(OpensOnlyWhole, match="no parts"):
        receipt.parse(WHOLE).check_holder("joan@example.org")


@pytest.mark.parametrize("which", range(5))
def test_parts_of_another_entry_are_refused(which: int):
    parts = [bytes(32) if at == which else part for at, part in enumerate(PARTS)]
    with pytest.raises(AnotherPerson):
        receipt.make(
            index=INDEX,
            hashes=HASHES,
            checkpoint=CHECKPOINT,
            entry=ENTRIES[INDEX],
            seed=SEED,
            parts=parts,
        )


def test_parts_with_another_seed_open_for_nobody():
    seed = sha256(b"another seed").digest()
    made = receipt.make(
        index=INDEX,
        hashes=HASHES,
        checkpoint=CHECKPOINT,
        entry=ENTRIES[INDEX],
        seed=seed,
        parts=PARTS,
    )
    with pytest.raises(AnotherPerson):
        receipt.parse(made).check_holder("joan@example.org")


@FORMS
def test_a_receipt_of_another_letter_is_said_to_be_one(data: bytes):
    with pytest.raises(AnotherLetter, match="another letter"):
        receipt.parse(data).check(POLICY, letter=B, signer=JOAN)


def test_a_receipt_before_its_witnesses_or_from_the_future_is_not_trusted():
    bare = checkpoint(TREE.size, TREE.root(), cosigned=False)
    data = receipt.make(index=INDEX, hashes=HASHES, checkpoint=bare, entry=ENTRIES[2], seed=SEED)
    assert receipt.parse(data).check(ALONE, signer=JOAN).witnessed == ()
    with pytest.raises(NotTrusted, match="too few"):
        receipt.parse(data).check(POLICY, signer=JOAN)
    with pytest.raises(NotTrusted, match="future"):
        receipt.parse(RECEIPT).check(POLICY, signer=JOAN, now=NOW - 3600)


@pytest.mark.soak
def test_f2_any_changed_bit_of_a_receipt_is_caught(soak: bool):
    chance = random.Random(5)
    for at in range(len(RECEIPT)):
        for bit in range(8) if soak else [chance.randrange(8)]:
            changed = bytearray(RECEIPT)
            changed[at] ^= 1 << bit
            with pytest.raises(Rejected):
                receipt.parse(bytes(changed)).check(POLICY, letter=A, signer=JOAN)


def test_f2_a_cut_receipt_is_caught():
    for length in range(len(RECEIPT)):
        with pytest.raises(Rejected):
            receipt.parse(RECEIPT[:length]).check(POLICY, letter=A, signer=JOAN)


def test_a_receipt_moved_to_another_entry_is_caught():
    for index in range(len(ENTRIES)):
        if index != INDEX:
            own = merkle.inclusion(index, TREE.size, TREE.node)
            for hashes in (HASHES, own):
                data = bytes(
                    replace(receipt.parse(RECEIPT).proof, index=index, hashes=tuple(hashes))
                )
                with pytest.raises(merkle.BadProof):
                    receipt.parse(data).check(POLICY, signer=JOAN)


@pytest.mark.parametrize(
    "extra",
    [
        None,
        b"\x02" + ENTRIES[2] + SEED,
        b"\x02" + ENTRIES[2] + SEED + b"".join(PARTS[:4]),
        b"\x02" + ENTRIES[2] + SEED + b"".join(PARTS) + b"\0",
        b"\x01" + ENTRIES[2] + SEED + b"".join(PARTS),
        b"\x03" + ENTRIES[2] + SEED + b"".join(PARTS),
        b"\x02" + ENTRIES[0] + SEED + b"".join(PARTS),
        ENTRIES[2] + SEED,
        b"\x01" + ENTRIES[2] + SEED[:-1],
        b"\x01" + ENTRIES[2] + SEED + b"\0",
        b"\x01" + ENTRIES[0] + SEED,
        b"\x01" + bytes(leaf.SIZE) + SEED,
    ],
)
def test_a_proof_that_is_no_receipt_of_a_signature_is_refused(extra: bytes | None):
    with pytest.raises(BadReceipt):
        receipt.parse(bytes(Proof(INDEX, tuple(HASHES), CHECKPOINT, extra)))


LINES = RECEIPT.decode()
HASH = lines.encoded(HASHES[0])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "no empty line"),
        (LINES.replace("@v1", "@v2"), "begin"),
        (" " + LINES, "begin"),
        (LINES.replace("extra ", "extra  "), "base64"),
        (LINES.replace("extra ", "Extra "), "no index"),
        (
            f"c2sp.org/tlog-proof@v1\nextra \nindex 2\n\n{CHECKPOINT.decode()}",
            "extra line is empty",
        ),
        (LINES.replace("index 2", "index 02"), "decimal"),
        (LINES.replace("index 2", "index -2"), "decimal"),
        (LINES.replace("index 2", f"index {2**63}"), "2\\^63"),
        (LINES.replace("index 2\n", ""), "no index"),
        (LINES.replace(HASH, HASH[:-2] + "="), "line of the proof"),
        (LINES.replace(HASH, "AAAA"), "32 bytes"),
        (LINES.replace(HASH, ""), "."),
        (LINES.replace("index 2\n", "index 2\n" + f"{HASH}\n" * 60), "more than 63"),
        (LINES.replace("\n", "\r\n"), "control"),
        (LINES + "\n", "."),
        (LINES + "— a AAAA\n", "too short"),
        ("é" * proof.LIMIT, "longer"),
    ],
)
def test_odd_proofs_are_refused_with_the_reason(data: str, reason: str):
    with pytest.raises(BadProofFile, match=reason):
        proof.parse(data.encode())


def test_a_proof_of_the_wrong_length_is_refused():
    held = receipt.parse(RECEIPT).proof
    leaf_hash = merkle.leaf_hash(ENTRIES[INDEX])
    assert held.check(leaf_hash, POLICY).checkpoint.size == len(ENTRIES)
    for hashes in ((), tuple(HASHES[:-1]), (*HASHES, HASHES[0])):
        with pytest.raises(merkle.BadProof, match="too"):
            replace(held, hashes=hashes).check(leaf_hash, POLICY)


@given(data=st.data())
def test_f1_mangled_proofs_read_back_or_are_refused(data: st.DataObject):
    start = data.draw(st.integers(0, len(RECEIPT)))
    end = data.draw(st.integers(start, min(len(RECEIPT), start + 40)))
    mangled = RECEIPT[:start] + data.draw(st.binary(max_size=8)) + RECEIPT[end:]
    with suppress(BadProofFile):
        assert bytes(proof.parse(mangled)) == mangled
