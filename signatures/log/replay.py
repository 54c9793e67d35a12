"""The auditor: reads every entry in order and says which rule the log breaks, and where.

R1 an entry is one of ours. R2 `prev` is the letter's entry before. R3 the totals are exact.
R4 `ref` is a version of the same letter, or a signature of it that stands. R5 hours never go back.
R6 nobody signs after `closed`. R7 no signature's commitment is zero or stands there twice.
A pure function of the entries, in five bytes an entry and the set of commitments.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from signatures.log.leaf import NONE, BadEntry, Entry, Kind, decode

MOST: Final = 20  # findings; one lie makes the entries after it wrong too

_OTHER, _VERSION, _STANDS, _CANCELLED = range(4)
_CANCELS = frozenset({Kind.WITHDRAWN, Kind.INVALIDATED})
_CURRENT = frozenset({Kind.CLOSED, Kind.DELIVERED})


@dataclass(frozen=True)
class Finding:
    """Entry `index` breaks `rule`; `reason` is one line, safe to show."""

    index: int
    rule: str
    reason: str

    def __str__(self) -> str:
        return f"entry {self.index} breaks {self.rule}: {self.reason}"


@dataclass
class Letter:
    """What the entries so far say of a letter, counted here and not taken from them."""

    ordinal: int
    last: int = NONE
    version: int = NONE
    signed: int = 0
    withdrawn: int = 0
    invalidated: int = 0
    paper: int = 0
    closed: bool = False
    methods: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.signed - self.withdrawn - self.invalidated


class Replay:
    """The state after the entries read so far; go on with `read` when the log has grown."""

    def __init__(self) -> None:
        self.size = 0
        self.letters: dict[bytes, Letter] = {}
        self.findings: list[Finding] = []
        self._hour = 0
        self._letter_of = array("I")
        self._state = bytearray()
        self._commits: set[bytes] = set()

    def read(self, entries: Iterable[bytes]) -> None:
        """Take the next entries; stops listening after `MOST` findings."""
        for raw in entries:
            if len(self.findings) >= MOST:
                return
            self._take(raw)

    def stands(self, letter: Letter, index: int) -> bool:
        """Whether entry `index` is a signature of this letter that nothing has cancelled so far."""
        return self._state_of(letter, index) == _STANDS

    def _take(self, raw: bytes) -> None:
        try:
            entry = decode(raw)
        except BadEntry as bad:
            self.findings.append(Finding(self.size, bad.rule, bad.reason))
            self._note(0, _OTHER)
            return
        letter = self.letters.get(entry.letter)
        if letter is None:
            letter = self.letters[entry.letter] = Letter(len(self.letters) + 1)
        self.findings.extend(
            Finding(self.size, rule, reason) for rule, reason in self._broken(letter, entry)
        )
        self._follow(letter, entry)

    def _broken(self, letter: Letter, entry: Entry) -> Iterator[tuple[str, str]]:
        """Which rules the entry breaks, given all before it."""
        kind = entry.kind
        if entry.prev != letter.last:
            yield "R2", "it does not point to the letter's entry before"
        expected = (
            letter.signed + (kind is Kind.SIGNED),
            letter.withdrawn + (kind is Kind.WITHDRAWN),
            letter.invalidated + (kind is Kind.INVALIDATED),
        )
        if (entry.signed, entry.withdrawn, entry.invalidated) != expected:
            yield "R3", "its totals are not those of the entries before and itself"
        yield from self._wrong_ref(letter, entry)
        if entry.hour < self._hour:
            yield "R5", "its hour lies before that of an earlier entry"
        if kind is Kind.SIGNED:
            if letter.closed:
                yield "R6", "it signs a letter that is closed"
            if entry.commit in self._commits:
                yield "R7", "its commitment is also that of an earlier entry"

    def _wrong_ref(self, letter: Letter, entry: Entry) -> Iterator[tuple[str, str]]:
        if entry.kind is Kind.SIGNED:
            if self._state_of(letter, entry.ref) != _VERSION:
                yield "R4", "it signs no version of its letter"
        elif entry.kind in _CANCELS:
            if self._state_of(letter, entry.ref) != _STANDS:
                yield "R4", "it cancels no signature of its letter that stands"
        elif entry.kind in _CURRENT and entry.ref != letter.version:
            yield "R4", "it does not name the current version of its letter"

    def _state_of(self, letter: Letter, index: int) -> int:
        """What stands at `index`, seen from this letter: another letter's entries are nothing."""
        if index < self.size and self._letter_of[index] == letter.ordinal:
            return self._state[index]
        return _OTHER

    def _follow(self, letter: Letter, entry: Entry) -> None:
        kind, state = entry.kind, _OTHER
        if kind is Kind.SIGNED:
            state = _STANDS
            letter.signed += 1
            letter.methods[entry.detail] = letter.methods.get(entry.detail, 0) + 1
            self._commits.add(entry.commit)
        elif kind is Kind.VERSION:
            state = _VERSION
            letter.version = self.size
        elif kind in _CANCELS:
            letter.withdrawn += kind is Kind.WITHDRAWN
            letter.invalidated += kind is Kind.INVALIDATED
            if self._state_of(letter, entry.ref) == _STANDS:
                self._state[entry.ref] = _CANCELLED
        elif kind is Kind.PAPER:
            letter.paper += entry.ref
        letter.closed = letter.closed or kind is Kind.CLOSED
        letter.last = self.size
        self._hour = max(self._hour, entry.hour)
        self._note(letter.ordinal, state)

    def _note(self, ordinal: int, state: int) -> None:
        self._letter_of.append(ordinal)
        self._state.append(state)
        self.size += 1


def audited(entries: Iterable[bytes]) -> Replay:
    """The replay of a whole log."""
    replay = Replay()
    replay.read(entries)
    return replay
