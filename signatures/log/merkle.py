"""Hashes, roots and proofs of a Merkle tree: RFC 6962 section 2.1, checked as by RFC 9162.

Hashes are SHA-256, 32 bytes. Leaves are counted from 0; sizes are below 2^63. A proof is a list of
hashes, the leaf's side first. What builds is given right numbers or raises `ValueError`; what
checks is given anything and raises `BadProof`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from signatures.log.lines import HASH, LIMIT
from signatures.log.rejected import Rejected

EMPTY_ROOT = sha256(b"").digest()
LONGEST = 63  # hashes in a proof: a tree of fewer than 2^63 leaves is no higher


class BadProof(Rejected):
    """The proof does not show what it is said to show."""


class Node(NamedTuple):
    """The root of the leaves [number·2^level, (number+1)·2^level); a leaf's hash has level 0."""

    level: int
    number: int


Reader = Callable[[Node], bytes]
Range = tuple[int, int]  # leaves from the first to before the second


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(00 ‖ entry), RFC 6962 section 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over perfect subtrees, largest first, as they stand side by side in a tree."""
    if not hashes:
        return EMPTY_ROOT
    right = hashes[-1]
    for left in reversed(hashes[:-1]):
        right = node_hash(left, right)
    return right


class Frontier:
    """A tree that only grows, kept as its O(log n) perfect subtrees: size and root, no proofs."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """`peaks`: 32 bytes for each bit set in `size`, largest first, as `peaks` gives them."""
        self.size = size
        self._peaks = list(peaks)
        right_number = 0 <= size < LIMIT and len(self._peaks) == size.bit_count()
        if not right_number or any(len(peak) != HASH for peak in self._peaks):
            raise ValueError("the peaks do not belong to a tree of this size")

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    @property
    def root(self) -> bytes:
        return folded(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given by its hash."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            self.append(leaf)


def root(leaves: Iterable[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1 over hashes of leaves; SHA-256 of nothing when there is none."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root


class Tree:
    """A whole tree in memory, 64 bytes a leaf: roots and proofs for every size it has had."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given by its hash."""
        for level in count():
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(leaf)
            if len(self._levels[level]) & 1:
                return
            leaf = node_hash(*self._levels[level][-2:])

    def node(self, node: Node) -> bytes:
        return self._levels[node.level][node.number]

    def root(self, size: int | None = None) -> bytes:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError("the tree never had this size")
        return fold_range((0, size), self.node)


# --- Proofs, made ---------------------------------------------------------------------------------
def nodes_of(leaves: Range) -> list[Node]:
    """The perfect subtrees, largest first, that the hash over this range of leaves folds from.

    For ranges that occur in trees and proofs: a range of n leaves begins at a multiple of the
    largest power of two not above n.
    """
    start, end = leaves
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def fold_range(leaves: Range, read: Reader) -> bytes:
    return folded([read(node) for node in nodes_of(leaves)])


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Whose hashes prove leaf `index` in a tree of `size`: PATH, RFC 6962 section 2.1.1."""
    if not 0 <= index < size < LIMIT:
        raise ValueError("the tree has no such leaf")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Whose hashes prove that the tree of `new` begins with that of `old`: PROOF, section 2.1.2."""
    if not 0 <= old <= new < LIMIT:
        raise ValueError("the tree never had these sizes in this order")
    ranges: list[Range] = []
    start, end = 0, new
    while old and end != old:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def inclusion(index: int, size: int, read: Reader) -> list[bytes]:
    """The inclusion proof; `read` is asked for every node it folds from."""
    return [fold_range(leaves, read) for leaves in inclusion_ranges(index, size)]


def consistency(old: int, new: int, read: Reader) -> list[bytes]:
    """The consistency proof; empty from 0 leaves (C2SP tlog-witness) and between equal sizes."""
    return [fold_range(leaves, read) for leaves in consistency_ranges(old, new)]


def _split(size: int) -> int:
    """The largest power of two strictly below `size`."""
    return 1 << (size - 1).bit_length() - 1


# --- Proofs, checked ------------------------------------------------------------------------------
def check_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise `BadProof` unless leaf number `index` of the tree (size, root) has the hash `leaf`.

    RFC 9162 section 2.1.3.2.
    """
    _all_hashes([leaf, root], proof)
    if not 0 <= index < size < LIMIT:
        raise BadProof("the tree is too small to hold this entry")
    found = leaf
    for is_left, step in _climb(index, size - 1, proof):
        found = node_hash(step, found) if is_left else node_hash(found, step)
    if found != root:
        raise BadProof("the proof leads to another root")


def check_consistency(
    *, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise `BadProof` unless the tree (new, new_root) begins with the tree (old, old_root).

    RFC 9162 section 2.1.4.2; from 0 leaves an empty proof as C2SP tlog-witness has it.
    """
    _all_hashes([old_root, new_root], proof)
    if not 0 <= old <= new < LIMIT:
        raise BadProof("the newer tree is smaller than the older one")
    for size, named in ((old, old_root), (new, new_root)):
        if size == 0 and named != EMPTY_ROOT:
            raise BadProof("an empty tree has another root")
    if old in {0, new}:
        if proof:
            raise BadProof("the proof should be empty")
        if old == new and old_root != new_root:
            raise BadProof("two trees of one size have different roots")
        return
    _check_growth(old, old_root, new, new_root, proof)


def _check_growth(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if len(steps) < 2:
        raise BadProof("the proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = becomes = steps[0]
    for is_left, step in _climb(place, last, steps[1:]):
        if is_left:
            was, becomes = node_hash(step, was), node_hash(step, becomes)
        else:
            becomes = node_hash(becomes, step)
    if was != old_root:
        raise BadProof("the proof does not lead to the older root")
    if becomes != new_root:
        raise BadProof("the proof does not lead to the newer root")


def _climb(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """The proof's hashes on the way up from node `place` of a row that ends with node `last`, and
    whether each stands on the left. Raises `BadProof` when it does not end at the root."""
    for step in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        is_left = bool(place & 1) or place == last
        if is_left:
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        yield is_left, step
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")


def _all_hashes(named: Sequence[bytes], proof: Sequence[bytes]) -> None:
    """Two empty strings would else prove each other in a tree of one leaf."""
    if len(proof) > LONGEST:
        raise BadProof("the proof has more than 63 hashes")
    if any(len(each) != HASH for each in (*named, *proof)):
        raise BadProof("a hash is not 32 bytes long")
