"""The auditor's rules: an honest log passes, and every way of cheating is found and named."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from signatures.log import leaf
from signatures.log.leaf import Kind
from signatures.log.replay import MOST, Replay, audited
from tests.logbook import Book, letter_id, story

A, B = letter_id("a"), letter_id("b")
FIRST_SIGNED, FIRST_OF_B, WITHDRAWAL, PAPER, CLOSED, DELIVERED = 2, 4, 8, 12, 13, 14

# Method or reason, hours that still go forward, commitments.
SEEN_BY_THE_TREE_ALONE = {2, 20, 21, 22, 23, *range(52, leaf.SIZE)}
REF = set(range(24, 32))  # of a withdrawal it can name another that stands: its receipt tells


def test_an_honest_log_breaks_no_rule():
    found = audited(story().raw)
    assert found.findings == []
    a, b = found.letters[A], found.letters[B]
    assert (a.signed, a.withdrawn, a.invalidated, a.count, a.paper) == (5, 1, 0, 4, 120)
    assert (b.signed, b.withdrawn, b.invalidated, b.count, b.paper) == (3, 0, 1, 2, 0)
    assert (a.closed, b.closed) == (True, False)
    assert (a.methods, b.methods) == ({0: 1, 1: 4}, {0: 1, 1: 2})


def test_reading_on_later_is_the_same_as_reading_at_once():
    entries = story().raw
    for size in range(len(entries)):
        replay = Replay()
        replay.read(entries[:size])
        replay.read(entries[size:])
        assert (replay.findings, replay.letters) == ([], audited(entries).letters)


def change(at: int, **changed: object) -> Callable[[Book], None]:
    def cheat(book: Book) -> None:
        book.entries[at] = replace(book.entries[at], **changed)

    return cheat


def sign_after_closing(book: Book) -> None:
    book.add(Kind.SIGNED, "a")


def cancel(ref: int, kind: Kind = Kind.WITHDRAWN, letter: str = "a") -> Callable[[Book], None]:
    def cheat(book: Book) -> None:
        book.add(kind, letter, ref=ref)

    return cheat


def drop_a_signature(book: Book) -> None:
    del book.entries[FIRST_SIGNED + 1]


def swap_two(book: Book) -> None:
    book.entries[2:4] = book.entries[3], book.entries[2]


def add_one_without_counting(book: Book) -> None:
    book.add(Kind.SIGNED, "b")
    book.entries[-1] = replace(book.entries[-1], signed=book.entries[-1].signed - 1)


CHEATS = {
    "an inflated total": (change(FIRST_SIGNED, signed=7), "R3"),
    "a total that forgets a withdrawal": (change(CLOSED, withdrawn=0), "R3"),
    "paper counted as signatures": (change(PAPER, signed=125), "R3"),
    "a signature not counted": (add_one_without_counting, "R3"),
    "a pointer past a signature": (change(3, prev=0), "R2"),
    "a pointer to another letter": (change(FIRST_OF_B, prev=0), "R2"),
    "a dropped signature": (drop_a_signature, "R2"),
    "two entries swapped": (swap_two, "R2"),
    "a letter moved to another": (change(FIRST_SIGNED, letter=B), "R2"),
    "a signature of another letter's text": (change(FIRST_SIGNED, ref=1), "R4"),
    "a signature of a signature": (change(FIRST_SIGNED + 1, ref=2), "R4"),
    "a signature of a text to come": (change(FIRST_SIGNED, ref=9), "R4"),
    "one signature withdrawn twice": (cancel(2), "R4"),
    "withdrawn, then invalidated": (cancel(2, Kind.INVALIDATED), "R4"),
    "a signature cancelled for another letter": (cancel(3, Kind.INVALIDATED, "b"), "R4"),
    "a version cancelled": (cancel(0), "R4"),
    "a signature to come cancelled": (cancel(10_000), "R4"),
    "itself cancelled": (cancel(16), "R4"),
    "closed with an older text": (change(CLOSED, ref=0), "R4"),
    "delivered with an older text": (change(DELIVERED, ref=0), "R4"),
    "an hour that goes back": (change(5, hour=1), "R5"),
    "signed after closing": (sign_after_closing, "R6"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_f2_cheating_is_found(name: str):
    cheat, rule = CHEATS[name]
    book = story()
    cheat(book)
    assert rule in {finding.rule for finding in audited(book.raw).findings}


def test_f2_one_commitment_for_two_signatures_is_found():
    book = story()
    book.entries[3] = replace(book.entries[3], commit=book.entries[2].commit)
    assert [(each.index, each.rule) for each in audited(book.raw).findings] == [(3, "R7")]


@pytest.mark.parametrize(
    ("at", "value", "rule"),
    [(0, b"\x02", "R1"), (1, b"\x63", "R1"), (3, b"\x01", "R1"), (52, bytes(32), "R7")],
)
def test_f2_entries_nobody_may_write_are_found(at: int, value: bytes, rule: str):
    entries = story().raw
    entries[2] = entries[2][:at] + value + entries[2][at + len(value) :]
    first = audited(entries).findings[0]
    assert (first.index, first.rule) == (2, rule)
    assert str(first).startswith(f"entry 2 breaks {rule}: ")


@pytest.mark.parametrize("raw", [b"", b"odd", bytes(leaf.SIZE - 1), bytes(leaf.SIZE + 1)])
def test_an_entry_of_another_length_is_found(raw: bytes):
    assert audited([*story().raw, raw]).findings[0].rule == "R1"


def test_f2_a_changed_byte_breaks_a_rule_where_a_rule_can_see_it():
    entries = story().raw
    for at, raw in enumerate(entries):
        for place in range(leaf.SIZE):
            changed = bytearray(raw)
            changed[place] ^= 1
            replay = audited([*entries[:at], bytes(changed), *entries[at + 1 :]])
            free = SEEN_BY_THE_TREE_ALONE | (REF if at in {WITHDRAWAL, PAPER} else set())
            assert replay.findings or place in free


def test_an_auditor_of_a_ruined_log_stops_in_time():
    replay = audited([b"odd"] * 1000)
    assert len(replay.findings) == MOST
    assert replay.size == MOST


@pytest.mark.soak
def test_a_long_log_is_read_to_the_end(soak: bool):
    def entries(size: int):
        version = story().entries[0]
        yield leaf.encode(version)
        for index in range(1, size):
            yield leaf.encode(
                replace(
                    version,
                    kind=Kind.SIGNED,
                    ref=0,
                    prev=index - 1,
                    signed=index,
                    commit=index.to_bytes(32, "big"),
                )
            )

    size = 1_000_000 if soak else 20_000
    replay = audited(entries(size))
    assert (replay.size, replay.findings, replay.letters[A].count) == (size, [], size - 1)
