"""Trees, against the recursive words of RFC 6962, and proofs, right and damaged."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from signatures.log import merkle
from signatures.log.merkle import BadProof, Frontier, Tree

LEAVES = [merkle.leaf_hash(b"leaf %d" % number) for number in range(1100)]
TREE = Tree(LEAVES)
ROOTS = [TREE.root(size) for size in range(len(LEAVES) + 1)]


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) as RFC 6962 section 2.1 has it, with `defined_path` the slow other opinion."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = largest_power_below(len(leaves))
    return merkle.node_hash(defined_root(leaves[:half]), defined_root(leaves[half:]))


def defined_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) < 2:
        return []
    half = largest_power_below(len(leaves))
    if index < half:
        return [*defined_path(index, leaves[:half]), defined_root(leaves[half:])]
    return [*defined_path(index - half, leaves[half:]), defined_root(leaves[:half])]


def defined_subproof(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [defined_root(leaves)]
    half = largest_power_below(len(leaves))
    if old <= half:
        return [*defined_subproof(old, leaves[:half], whole=whole), defined_root(leaves[half:])]
    return [
        *defined_subproof(old - half, leaves[half:], whole=False),
        defined_root(leaves[:half]),
    ]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def included(index: int, size: int, proof: Sequence[bytes], /, **changed: object) -> None:
    told = {"leaf": LEAVES[index], "index": index, "size": size, "root": ROOTS[size]} | changed
    merkle.check_inclusion(proof=proof, **told)


def consistent(old: int, new: int, proof: Sequence[bytes], /, **changed: object) -> None:
    told = {"old": old, "old_root": ROOTS[old], "new": new, "new_root": ROOTS[new]} | changed
    merkle.check_consistency(proof=proof, **told)


@pytest.mark.soak
def test_f2_every_leaf_of_every_tree_is_proven(soak: bool):
    for size in range(1, (1000 if soak else 300) + 1):
        for index in range(size):
            included(index, size, merkle.inclusion(index, size, TREE.node))


@pytest.mark.soak
def test_f2_every_tree_is_proven_to_begin_with_every_smaller_one(soak: bool):
    for new in range((300 if soak else 80) + 1):
        for old in range(new + 1):
            consistent(old, new, merkle.consistency(old, new, TREE.node))


def test_roots_and_proofs_are_those_the_standard_defines():
    for size in range(1, 40):
        leaves = LEAVES[:size]
        assert ROOTS[size] == defined_root(leaves)
        for at in range(size):
            assert merkle.inclusion(at, size, TREE.node) == defined_path(at, leaves)
            made = merkle.consistency(at + 1, size, TREE.node)
            assert made == defined_subproof(at + 1, leaves)


def test_a_frontier_goes_on_from_any_size():
    for size in range(130):
        kept = Frontier()
        kept.extend(LEAVES[:size])
        assert (kept.size, kept.root) == (size, ROOTS[size])
        further = Frontier(kept.size, kept.peaks)
        further.extend(LEAVES[size:130])
        assert further.root == ROOTS[130]


@pytest.mark.parametrize(
    ("size", "peaks"), [(3, [LEAVES[0]]), (1, []), (1, [b"short"]), (-1, []), (2**63, [LEAVES[0]])]
)
def test_a_frontier_of_another_size_is_refused(size, peaks):
    with pytest.raises(ValueError, match="peaks"):
        Frontier(size, peaks)


def test_the_largest_trees_have_proofs_of_63_hashes():
    assert len(merkle.inclusion_ranges(2**63 - 3, 2**63 - 1)) == 63
    size = 2**63 - 1
    node = sha256(b"node").digest()
    proof = [node] * 63
    with pytest.raises(BadProof, match="another root"):
        merkle.check_inclusion(leaf=node, index=0, size=size, proof=proof, root=node)
    with pytest.raises(BadProof, match="more than 63"):
        merkle.check_inclusion(leaf=node, index=0, size=size, proof=[node] * 64, root=node)


@hypothesis_settings(max_examples=300)
@given(data=st.data())
def test_f2_a_damaged_inclusion_proof_is_caught(data: st.DataObject):
    size = data.draw(st.integers(2, 1100))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(index, size, TREE.node)
    damaged = damage(data, proof)
    with pytest.raises(BadProof):
        included(index, size, damaged)
    with pytest.raises(BadProof):
        included(index, size, proof, index=(index + 1) % size)
    with pytest.raises(BadProof):
        included(index, size, proof, root=flip(data, ROOTS[size]))
    with pytest.raises(BadProof):
        included(index, size, proof, leaf=flip(data, LEAVES[index]))


@hypothesis_settings(max_examples=300)
@given(data=st.data())
def test_f2_a_damaged_consistency_proof_is_caught(data: st.DataObject):
    new = data.draw(st.integers(2, 1100))
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency(old, new, TREE.node)
    with pytest.raises(BadProof):
        consistent(old, new, damage(data, proof))
    with pytest.raises(BadProof):
        consistent(old, new, proof, old_root=flip(data, ROOTS[old]))
    with pytest.raises(BadProof):
        consistent(old, new, proof, new_root=flip(data, ROOTS[new]))
    with pytest.raises(BadProof):
        consistent(old, new, proof, old_root=ROOTS[old - 1])


def flip(data: st.DataObject, raw: bytes) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    return (int.from_bytes(raw, "big") ^ (1 << bit)).to_bytes(len(raw), "big")


def damage(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    at = data.draw(st.integers(0, len(proof) - 1))
    how = data.draw(st.sampled_from(["flip", "drop", "add", "cut"]))
    if how == "drop":
        return proof[:at] + proof[at + 1 :]
    if how == "add":
        return [*proof[:at], LEAVES[0], *proof[at:]]
    changed = flip(data, proof[at]) if how == "flip" else proof[at][:-1]
    return [*proof[:at], changed, *proof[at + 1 :]]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"leaf": b"", "root": b""}, "32 bytes"),
        ({"leaf": b"", "root": LEAVES[0]}, "32 bytes"),
        ({"proof": [LEAVES[0]]}, "too long"),
        ({"size": 2}, "too short"),
        ({"size": 0}, "too small"),
        ({"index": 1}, "too small"),
        ({"index": -1}, "too small"),
        ({"size": 2**63}, "too small"),
        ({"root": LEAVES[1]}, "another root"),
    ],
)
def test_what_is_easily_forgotten_about_inclusion_is_checked(told, reason):
    right = {"leaf": LEAVES[0], "index": 0, "size": 1, "proof": [], "root": LEAVES[0]}
    merkle.check_inclusion(**right)
    with pytest.raises(BadProof, match=reason):
        merkle.check_inclusion(**right | told)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"old": 4, "old_root": ROOTS[4]}, "smaller"),
        ({"old": -1}, "smaller"),
        ({"new": 2**63}, "smaller"),
        ({"old": 0}, "another root"),
        ({"old": 0, "old_root": merkle.EMPTY_ROOT}, "should be empty"),
        ({"old": 0, "old_root": merkle.EMPTY_ROOT, "new": 0, "proof": []}, "another root"),
        ({"old": 3, "old_root": ROOTS[3]}, "should be empty"),
        ({"old": 3, "old_root": ROOTS[2], "proof": []}, "different roots"),
        ({"proof": []}, "too short"),
        ({"old_root": b"", "new_root": b""}, "32 bytes"),
        ({"old_root": ROOTS[1]}, "root"),
        ({"old_root": ROOTS[1], "old": 3, "new": 4, "proof": [LEAVES[2]]}, "too short"),
        ({"new_root": ROOTS[4]}, "newer root"),
        ({"proof": [LEAVES[2]] * 64}, "more than 63"),
    ],
)
def test_what_is_easily_forgotten_about_consistency_is_checked(told, reason):
    right = {"old": 2, "new": 3, "proof": [LEAVES[2]], "old_root": ROOTS[2], "new_root": ROOTS[3]}
    merkle.check_consistency(**right)
    with pytest.raises(BadProof, match=reason):
        merkle.check_consistency(**right | told)


def test_proofs_of_what_cannot_be_are_not_made():
    for index, size in ((0, 0), (1, 1), (-1, 3), (0, 2**63)):
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_ranges(index, size)
    for old, new in ((2, 1), (-1, 1), (0, 2**63)):
        with pytest.raises(ValueError, match="these sizes"):
            merkle.consistency_ranges(old, new)
    with pytest.raises(ValueError, match="this size"):
        TREE.root(len(LEAVES) + 1)
