"""Answers known beforehand: tests/vectors/log.json, made apart from this code."""

from hashlib import sha256

import pytest

from signatures.log import (
    checkpoint,
    commitment,
    cosignature,
    leaf,
    merkle,
    note,
    receipt,
    sample,
    tiles,
    witness,
)
from signatures.log.commitment import Signer
from signatures.log.note import SigningKey, Type
from signatures.log.policy import Log, Policy, Witness
from signatures.log.replay import audited
from tests.logbook import known_leaf, known_tree, tiles_of, vectors

VECTORS = vectors()
KEYS = VECTORS["keys"]
LETTER = VECTORS["petition"]


def hashes(words: list[str]) -> list[bytes]:
    return [bytes.fromhex(word) for word in words]


def policy() -> Policy:
    return Policy(
        [Log(note.parse_key(KEYS["log_vkey"]))],
        [Witness(f"w{at}", note.parse_key(key)) for at, key in enumerate(KEYS["witness_vkeys"])],
    )


def test_hashes_of_leaves_nodes_and_nothing_are_known():
    for known in VECTORS["hash"]:
        assert merkle.leaf_hash(bytes.fromhex(known["leaf"])).hex() == known["leaf_hash"]
    left, right, made = hashes(list(VECTORS["node"].values()))
    assert merkle.node_hash(left, right) == made
    assert merkle.EMPTY_ROOT.hex() == VECTORS["empty_root"]


def test_roots_are_known():
    for size, root in VECTORS["roots"].items():
        leaves = [merkle.leaf_hash(known_leaf(index)) for index in range(int(size))]
        assert merkle.root(leaves).hex() == root
        assert known_tree().root(int(size)).hex() == root


@pytest.mark.parametrize("known", VECTORS["inclusion"], ids=lambda k: f"{k['index']}-{k['size']}")
def test_inclusion_proofs_are_known(known):
    tree, index, size = known_tree(), known["index"], known["size"]
    made = merkle.inclusion(index, size, tree.node)
    assert made == hashes(known["proof"])
    leaf_hash = merkle.leaf_hash(known_leaf(index))
    merkle.check_inclusion(leaf=leaf_hash, index=index, size=size, proof=made, root=tree.root(size))


@pytest.mark.parametrize("known", VECTORS["consistency"], ids=lambda k: f"{k['old']}-{k['new']}")
def test_consistency_proofs_are_known(known):
    tree, old, new = known_tree(), known["old"], known["new"]
    made = merkle.consistency(old, new, tree.node)
    assert made == hashes(known["proof"])
    roots = {"old_root": tree.root(old), "new_root": tree.root(new)}
    merkle.check_consistency(old=old, new=new, proof=made, **roots)


def test_f2_proofs_that_must_fail_do():
    for known in VECTORS["inclusion_must_fail"]:
        with pytest.raises(merkle.BadProof):
            merkle.check_inclusion(
                leaf=merkle.leaf_hash(known_leaf(known["index"])),
                index=known["index"],
                size=known["size"],
                proof=hashes(known["proof"]),
                root=known_tree().root(known["size"]),
            )


def test_paths_of_tiles_are_known():
    for level, number, width, path in VECTORS["tile_paths"]:
        assert tiles.Tile(level, number, width).path == path
        assert tiles.parse_path(path) == (level, number, width)


def test_tiles_and_bundles_are_known():
    files = tiles_of([known_leaf(index) for index in range(777)])
    assert {tile.path: sha256(data).hexdigest() for tile, data in files.items()} == VECTORS["tiles"]


def test_keys_are_known():
    key = SigningKey(VECTORS["origin"], bytes.fromhex(KEYS["log_seed"])).verifier
    assert key.public.hex() == KEYS["log_public"]
    assert (key.id.hex(), str(key)) == (KEYS["log_key_id"], KEYS["log_vkey"])
    assert note.parse_key(str(key)) == key
    for seed, vkey in zip(KEYS["witness_seeds"], KEYS["witness_vkeys"], strict=True):
        name = vkey.split("+")[0]
        assert str(SigningKey(name, bytes.fromhex(seed), Type.COSIGNATURE).verifier) == vkey


def test_a_checkpoint_and_its_cosignatures_are_known():
    known = VECTORS["checkpoint"]
    tree = checkpoint.Checkpoint(VECTORS["origin"], 600, known_tree().root(600))
    assert tree.text == known["text"]
    assert checkpoint.parse(known["text"]) == tree
    message = cosignature.ed25519_message(tree.text, known["time"])
    assert message.hex() == known["cosigned_message_hex"]
    log = SigningKey(VECTORS["origin"], bytes.fromhex(KEYS["log_seed"]))
    lines = [log.sign(tree.text)] + [
        SigningKey(vkey.split("+")[0], bytes.fromhex(seed), Type.COSIGNATURE).cosign(
            tree.text, known["time"]
        )
        for seed, vkey in zip(KEYS["witness_seeds"], KEYS["witness_vkeys"], strict=True)
    ]
    assert note.signed(tree.text, lines).decode() == known["signed"]
    trusted = policy().accept(known["signed"].encode())
    assert trusted.checkpoint == tree
    assert [each.time for each in trusted.witnessed] == [known["time"]] * 2


def test_a_request_to_a_witness_is_known():
    known = VECTORS["add_checkpoint"]
    request = witness.parse(known["body"].encode())
    assert request.old == known["old"]
    witness.check_signed(request, [note.parse_key(KEYS["log_vkey"])])
    witness.check_follows(request, known["old"], known_tree().root(known["old"]))
    sent = witness.body(request.old, request.proof, bytes(request.note))
    assert sent == known["body"].encode()


def test_entries_are_known():
    entries = hashes(LETTER["entries"])
    assert [leaf.encode(leaf.decode(raw)) for raw in entries] == entries
    assert merkle.root(map(merkle.leaf_hash, entries)).hex() == LETTER["root"]
    found = audited(entries)
    assert not found.findings
    assert found.letters[bytes.fromhex(LETTER["letter_id"])].count == LETTER["count"]
    text = bytes.fromhex(LETTER["letter_text_utf8_hex"])
    assert leaf.decode(entries[0]).commit == sha256(text).digest()


@pytest.mark.parametrize("known", LETTER["signers"], ids=lambda known: f"entry-{known['index']}")
def test_commitments_and_receipts_are_known(known):
    seed, letter = bytes.fromhex(known["seed"]), bytes.fromhex(LETTER["letter_id"])
    values = hashes(known["values_hex"])
    signer = Signer(values[0].decode(), values[1].decode(), values[2][0], values[3], values[4])
    assert list(signer.values()) == values
    salts = [commitment.salt(seed, field) for field in range(5)]
    assert salts == hashes(known["salts"])
    parts = [
        commitment.field_commitment(salts[field], field, letter, values[field])
        for field in range(5)
    ]
    assert parts == hashes(known["field_commitments"])
    assert commitment.commitment(seed, letter, values).hex() == known["commit"]
    held = receipt.parse(known["receipt"].encode())
    assert (held.proof.index, held.raw.hex()) == (known["index"], LETTER["entries"][known["index"]])
    assert held.check(policy(), letter=letter, signer=signer).checkpoint.size == 8
    made = receipt.make(
        index=held.proof.index,
        hashes=held.proof.hashes,
        checkpoint=held.proof.checkpoint,
        entry=held.raw,
        seed=seed,
    )
    assert made == known["receipt"].encode()


def test_an_audit_sample_is_known():
    known = VECTORS["sample"]
    seed, population = bytes.fromhex(known["seed"]), range(1, 5001)
    assert sample.drawn(seed, population, known["k"]) == known["indexes"]


@pytest.mark.parametrize(
    ("fakes", "likely", "nearly_sure"),
    [(0.1, 29, 44), (0.05, 59, 90), (0.02, 149, 228), (0.01, 299, 459), (0.005, 598, 919)],
)
def test_the_table_of_audit_samples_is_right(fakes, likely, nearly_sure):
    assert sample.chance(fakes, likely - 1) < 0.95 <= sample.chance(fakes, likely)
    assert sample.chance(fakes, nearly_sure - 1) < 0.99 <= sample.chance(fakes, nearly_sure)
