"""A log to test with: keys, witnesses, and entries of letters written as they should be."""

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from signatures.log import leaf, tiles
from signatures.log.checkpoint import Checkpoint
from signatures.log.edge import Edge
from signatures.log.leaf import Entry, Kind
from signatures.log.merkle import Tree, leaf_hash
from signatures.log.note import SigningKey, Type, signed
from signatures.log.policy import Group, Log, Policy, Witness
from signatures.log.tiles import Tile

ORIGIN = "letters.example.org/log"
KEY = SigningKey(ORIGIN, sha256(b"log").digest())
WITNESSES = [
    SigningKey(f"witness{number}.example/w", sha256(b"w%d" % number).digest(), Type.COSIGNATURE)
    for number in (1, 2)
]
NOW = 1_790_000_000
POLICY = Policy(
    [Log(KEY.verifier)],
    [Witness(f"w{number}", key.verifier) for number, key in enumerate(WITNESSES)],
    [Group("both", 2, ("w0", "w1"))],
    "both",
)


@cache
def vectors() -> Any:
    return json.loads((Path(__file__).parent / "vectors" / "log.json").read_text())


def known_leaf(index: int) -> bytes:
    """The leaf of the vectors: see `tree_leaf_rule` there."""
    hashed = sha256(b"letterlog KAT leaf public" + index.to_bytes(8, "big")).digest()
    return hashed[: 1 + index % 32]


@cache
def known_tree(size: int = 777) -> Tree:
    return Tree(leaf_hash(known_leaf(index)) for index in range(size))


def checkpoint(size: int, root: bytes, *, cosigned: bool = True) -> bytes:
    text = Checkpoint(ORIGIN, size, root).text
    lines = [key.cosign(text, NOW) for key in WITNESSES] if cosigned else []
    return signed(text, [KEY.sign(text), *lines])


def tiles_of(entries: list[bytes]) -> dict[Tile, bytes]:
    """The files of a log with these entries."""
    files = dict(Edge().extend([leaf_hash(entry) for entry in entries]))
    for bundle in tiles.of_size(len(entries)):
        if bundle.level == tiles.ENTRIES:
            start = bundle.number * tiles.WIDTH
            files[bundle] = tiles.encode_bundle(entries[start : start + bundle.width])
    return files


def letter_id(name: str) -> bytes:
    return sha256(name.encode()).digest()[: leaf.LETTER]


class Book:
    """Entries of several letters, each as the rules want it; tests then cheat in it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._hour = 496_000

    @property
    def raw(self) -> list[bytes]:
        return [leaf.encode(entry) for entry in self.entries]

    def add(self, kind: Kind, letter: str = "a", ref: int | None = None, detail: int = 0) -> int:
        """Append an entry and say where it stands; `ref` defaults to the letter's version."""
        index, before = len(self.entries), self._last(letter)
        base = self.entries[before] if before is not None else None
        self._hour += 1
        has_commit = kind in {Kind.VERSION, Kind.SIGNED, Kind.DELIVERED, Kind.PAPER}
        entry = Entry(
            kind,
            letter_id(letter),
            self._hour,
            self._version(letter) if ref is None else ref,
            leaf.NONE if before is None else before,
            (base.signed if base else 0) + (kind is Kind.SIGNED),
            (base.withdrawn if base else 0) + (kind is Kind.WITHDRAWN),
            (base.invalidated if base else 0) + (kind is Kind.INVALIDATED),
            sha256(b"commit %d" % index).digest() if has_commit else leaf.NOTHING,
            detail,
        )
        self.entries.append(entry if kind is not Kind.VERSION else replace(entry, ref=leaf.NONE))
        return index

    def _last(self, letter: str) -> int | None:
        held = [i for i, entry in enumerate(self.entries) if entry.letter == letter_id(letter)]
        return held[-1] if held else None

    def _version(self, letter: str) -> int:
        held = [
            index
            for index, entry in enumerate(self.entries)
            if entry.letter == letter_id(letter) and entry.kind is Kind.VERSION
        ]
        return held[-1] if held else leaf.NONE


def story() -> Book:
    """Two letters from their first version to delivery, every kind of entry once at least."""
    book = Book()
    for letter in ("a", "b"):
        book.add(Kind.VERSION, letter)
    signatures = [book.add(Kind.SIGNED, letter, detail=1) for letter in "aababa"]
    book.add(Kind.WITHDRAWN, "a", ref=signatures[0])
    book.add(Kind.VERSION, "a")
    book.add(Kind.SIGNED, "a")
    book.add(Kind.INVALIDATED, "b", ref=signatures[2], detail=2)
    book.add(Kind.PAPER, "a", ref=120)
    book.add(Kind.CLOSED, "a")
    book.add(Kind.DELIVERED, "a")
    book.add(Kind.SIGNED, "b")
    return book
