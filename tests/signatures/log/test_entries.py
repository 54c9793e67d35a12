"""Entries have one spelling; commitments open for one person, field by field."""

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.log import commitment, leaf
from signatures.log.commitment import BadOpening, Field, Opening, Signer
from signatures.log.leaf import NONE, BadEntry, Kind, Method, Reason
from tests.logbook import letter_id, story

ENTRIES = story().raw
SIGNED = leaf.decode(ENTRIES[2])
SEED = sha256(b"seed").digest()
LETTER = letter_id("a")
JOAN = Signer("Joan Ó Doe", "joan@example.org", 2, sha256(b"mailbox").digest(), b'{"a":"b"}')
COMMIT = commitment.commitment(SEED, LETTER, JOAN.values())


def test_every_kind_of_entry_reads_back_as_written():
    assert {leaf.decode(raw).kind for raw in ENTRIES} == set(Kind)
    for raw in ENTRIES:
        assert len(raw) == leaf.SIZE
        assert leaf.encode(leaf.decode(raw)) == raw


@given(data=st.data(), raw=st.sampled_from(ENTRIES))
def test_f1_whatever_is_read_as_an_entry_is_its_one_spelling(data: st.DataObject, raw: bytes):
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, leaf.SIZE - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadEntry):
        assert leaf.encode(leaf.decode(bytes(changed))) == changed


@given(st.binary(max_size=100))
def test_f1_odd_bytes_are_an_entry_or_are_refused(raw: bytes):
    with suppress(BadEntry):
        assert leaf.encode(leaf.decode(raw)) == raw


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (0, b"\x02", "version"),
        (1, b"\x02", "kind"),
        (2, b"\x03", "method or reason"),
        (3, b"\x01", "flags"),
        (24, b"\xff" * 8, "refers to"),
        (32, b"\xff" * 8, "the one before"),
        (32, b"\x80" + bytes(7), "the one before"),
        (44, b"\xff" * 4, "below zero"),
        (52, bytes(32), "without its commitment"),
    ],
)
def test_each_field_of_an_entry_is_checked(at, value, reason):
    raw = ENTRIES[2][:at] + value + ENTRIES[2][at + len(value) :]
    with pytest.raises(BadEntry, match=reason):
        leaf.decode(raw)


@pytest.mark.parametrize(
    "wrong",
    [
        {"letter": b"short"},
        {"commit": b"short"},
        {"hour": -1},
        {"hour": 2**32},
        {"signed": 2**32},
        {"ref": -1},
        {"ref": 2**63},
        {"prev": NONE},
        {"detail": 255},
        {"kind": Kind.WITHDRAWN, "detail": 0},
        {"kind": Kind.VERSION, "detail": 0},
        {"kind": Kind.PAPER, "ref": 0, "detail": 0},
        {"kind": Kind.PAPER, "ref": 2**32, "detail": 0},
    ],
)
def test_an_entry_that_says_what_it_cannot_is_not_written(wrong):
    with pytest.raises(BadEntry):
        leaf.encode(replace(SIGNED, **wrong))


def test_methods_and_reasons_are_those_made_public():
    for kind, details in ((Kind.SIGNED, Method), (Kind.INVALIDATED, Reason)):
        sample = next(each for each in map(leaf.decode, ENTRIES) if each.kind is kind)
        allowed = set()
        for detail in range(256):
            try:
                leaf.encode(replace(sample, detail=detail))
            except BadEntry:
                continue
            allowed.add(detail)
        assert allowed == set(details)


def test_a_commitment_opens_for_its_signer_alone():
    commitment.check(COMMIT, SEED, LETTER, JOAN)
    for changed in (
        {"address": "sam@example.org"},
        {"name": "Joan Doe"},
        {"domain_class": 1},
        {"mailbox": bytes(32)},
        {"answers": b""},
    ):
        with pytest.raises(BadOpening, match="somebody else"):
            commitment.check(COMMIT, SEED, LETTER, replace(JOAN, **changed))
    with pytest.raises(BadOpening, match="somebody else"):
        commitment.check(COMMIT, SEED, letter_id("b"), JOAN)
    with pytest.raises(BadOpening, match="somebody else"):
        commitment.check(COMMIT, bytes(32), LETTER, JOAN)


def test_a_name_typed_in_another_normal_form_is_the_same():
    commitment.check(COMMIT, SEED, LETTER, replace(JOAN, name="Joan O\u0301 Doe"))


def test_each_field_can_be_shown_without_the_others():
    values = JOAN.values()
    salts = [commitment.salt(SEED, field) for field in Field]
    parts = [commitment.field_commitment(salts[f], f, LETTER, values[f]) for f in Field]
    for field in Field:
        shown = [
            Opening(salts[each], values[each]) if each == field else parts[each] for each in Field
        ]
        commitment.check_shown(COMMIT, LETTER, shown)
        shown[field] = Opening(salts[field], values[field] + b"!")
        with pytest.raises(BadOpening, match="does not open"):
            commitment.check_shown(COMMIT, LETTER, shown)


def test_lengths_that_would_not_bind_are_refused():
    for seed in (b"", SEED[:-1], SEED + b"\0"):
        with pytest.raises(BadOpening):
            commitment.check(COMMIT, seed, LETTER, JOAN)
    for wrong in ({"mailbox": b"short"}, {"domain_class": 256}, {"name": "\ud800"}):
        with pytest.raises(BadOpening):
            replace(JOAN, **wrong).values()
    with pytest.raises(BadOpening):
        commitment.commitment(SEED, b"short", JOAN.values())
    with pytest.raises(BadOpening):
        commitment.commitment(SEED, LETTER, JOAN.values()[:4])
    with pytest.raises(BadOpening):
        commitment.check_shown(COMMIT, LETTER, [COMMIT] * 4)


def test_answers_have_one_spelling():
    assert commitment.canonical_answers({}) == b""
    one = commitment.canonical_answers({"b": "x", "a": "e\u0301"})
    assert one == '{"a":"é","b":"x"}'.encode()
    assert one == commitment.canonical_answers({"a": "é", "b": "x"})
