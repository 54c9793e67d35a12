"""The 84-byte entry of the log: one spelling for each meaning, anything else is refused.

Big endian: ``version (1) ‖ kind (1) ‖ detail (1) ‖ flags (1) ‖ letter (16) ‖ hour (4) ‖ ref (8) ‖
prev (8) ‖ signed (4) ‖ withdrawn (4) ‖ invalidated (4) ‖ commit (32)``. It holds nothing about a
person: `commit` of a signature opens only with its seed (`signatures.log.commitment`).
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from signatures.log.lines import HASH, LIMIT
from signatures.log.rejected import Rejected

VERSION = 1
SIZE = 84  # bytes
LETTER = 16  # bytes
NONE = 2**64 - 1  # where a ref or a prev points nowhere
NOTHING = bytes(HASH)
DAY = 24  # hours

_LAYOUT = struct.Struct(">BBBB16sIQQIII32s")
_FOUR_BYTES = 2**32


class BadEntry(Rejected):
    """Not an entry of ours; `rule` names the auditor's rule it breaks, R1 or R7."""

    def __init__(self, reason: str, rule: str = "R1") -> None:
        super().__init__(reason)
        self.rule = rule


class Kind(IntEnum):
    """What happened to a letter."""

    VERSION = 1
    SIGNED = 16
    WITHDRAWN = 17
    INVALIDATED = 18
    CLOSED = 32
    DELIVERED = 33
    PAPER = 34


class Method(IntEnum):
    """How a signature was verified; paper and imports are a class of their own in public."""

    LINK = 0
    CODE = 1
    SINGLE_SIGN_ON = 2
    KEYED_FROM_PAPER = 16
    IMPORTED = 17


class Reason(IntEnum):
    """Why a signature was invalidated."""

    UNSPECIFIED = 0
    DUPLICATE = 1
    DISPOSABLE_DOMAIN = 2
    BOUNCED = 3
    AUTOMATED = 4
    NOT_ELIGIBLE = 5
    ORDERED = 6
    DENIED_BY_OWNER = 7


_DETAILS = {Kind.SIGNED: frozenset(Method), Kind.INVALIDATED: frozenset(Reason)}
_NO_DETAIL = frozenset({0})
_WITHOUT_COMMIT = frozenset({Kind.WITHDRAWN, Kind.INVALIDATED, Kind.CLOSED})
_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, its totals included.

    detail: `Method` of signed, `Reason` of invalidated, else 0. letter: 16 random bytes.
    hour: whole hours since 1970 UTC, rounded down to the letter's granularity.
    ref: signed → index of the version signed; withdrawn, invalidated → of the cancelled signature;
    closed, delivered → of the current version; paper → number of people; version → `NONE`.
    prev: index of the letter's entry before, `NONE` for its first. signed, withdrawn, invalidated:
    the letter's totals, this entry included. commit: 32 bytes, of signed the commitment, of version
    the hash of the canonical text, of delivered that of the file, of paper that of the batch, else
    zeros.
    """

    kind: Kind
    letter: bytes
    hour: int
    ref: int
    prev: int
    signed: int
    withdrawn: int
    invalidated: int
    commit: bytes = NOTHING
    detail: int = 0

    @property
    def count(self) -> int:
        """The letter's signatures that stand after this entry."""
        return self.signed - self.withdrawn - self.invalidated


def encode(entry: Entry) -> bytes:
    """84 bytes; `BadEntry` where a field does not fit its kind."""
    if len(entry.letter) != LETTER or len(entry.commit) != HASH:
        raise BadEntry("the letter's id or the commitment has the wrong length")
    _check(entry)
    try:
        return _LAYOUT.pack(
            VERSION,
            entry.kind,
            entry.detail,
            0,
            entry.letter,
            entry.hour,
            entry.ref,
            entry.prev,
            entry.signed,
            entry.withdrawn,
            entry.invalidated,
            entry.commit,
        )
    except struct.error:
        raise BadEntry("a number does not fit its field") from None


def decode(raw: bytes) -> Entry:
    """The entry in 84 bytes; `BadEntry` for anything `encode` would not have written."""
    if len(raw) != SIZE:
        raise BadEntry("an entry is 84 bytes long")
    version, kind, detail, flags, letter, hour, ref, prev, s, w, i, commit = _LAYOUT.unpack(raw)
    if version != VERSION:
        raise BadEntry("an entry of an unknown version")
    if kind not in _KINDS:
        raise BadEntry("an entry of an unknown kind")
    if flags:
        raise BadEntry("an entry with unknown flags")
    entry = Entry(_KINDS[kind], letter, hour, ref, prev, s, w, i, commit, detail)
    _check(entry)
    return entry


def _check(entry: Entry) -> None:
    """What can be said of an entry without the others."""
    kind = entry.kind
    if entry.detail not in _DETAILS.get(kind, _NO_DETAIL):
        raise BadEntry("an entry with an unknown method or reason")
    if not _may_refer(kind, entry.ref):
        raise BadEntry("an entry that refers to what its kind can't")
    if not (entry.prev < LIMIT or (kind is Kind.VERSION and entry.prev == NONE)):
        raise BadEntry("an entry without the one before")
    if entry.withdrawn + entry.invalidated > entry.signed:
        raise BadEntry("an entry whose totals are below zero")
    if (entry.commit == NOTHING) is not (kind in _WITHOUT_COMMIT):
        empty = entry.commit == NOTHING
        raise BadEntry(
            "an entry without its commitment" if empty else "an entry with a needless commitment",
            rule="R7" if empty else "R1",
        )


def _may_refer(kind: Kind, ref: int) -> bool:
    if kind is Kind.VERSION:
        return ref == NONE
    if kind is Kind.PAPER:
        return 0 < ref < _FOUR_BYTES
    return ref < LIMIT
