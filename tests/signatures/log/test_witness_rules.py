"""What a witness answers to what it is asked, in C2SP tlog-witness's order."""

import pytest

from signatures.log import merkle, note, witness
from signatures.log.checkpoint import Checkpoint
from signatures.log.note import SigningKey, Type
from signatures.log.witness import Refused
from tests.logbook import KEY, NOW, ORIGIN, checkpoint, known_tree

TREE = known_tree()
KEYS = [KEY.verifier]


def asked(old: int, new: int, **changed: object) -> bytes:
    told = {
        "old": old,
        "proof": merkle.consistency(min(old, new), new, TREE.node),
        "signed": checkpoint(new, TREE.root(new), cosigned=False),
    }
    return witness.body(**told | changed)


def answered(body: bytes, size: int, root: bytes | None = None) -> int:
    try:
        request = witness.parse(body)
        witness.check_signed(request, KEYS)
        witness.check_follows(request, size, TREE.root(size) if root is None else root)
    except Refused as refused:
        # A conflict names the size recorded, which is what the log goes on from.
        return refused.status if refused.recorded in {None, size} else -1
    return 200


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 777), (5, 5), (5, 6), (256, 777)])
def test_f27_a_tree_that_continues_the_last_one_is_cosigned(old: int, new: int):
    assert answered(asked(old, new), old) == 200


def test_f27_another_recorded_size_is_a_conflict_that_names_it():
    assert answered(asked(5, 9), 6) == 409
    assert answered(asked(0, 9), 6) == 409
    assert answered(asked(6, 9), 0) == 409


def test_f27_a_fork_is_not_cosigned():
    fork = checkpoint(9, TREE.root(8), cosigned=False)
    assert answered(asked(5, 9, signed=fork), 5) == 422
    assert answered(asked(9, 9, signed=fork), 9) == 422
    assert answered(asked(5, 9), 5, root=TREE.root(4)) == 422
    assert answered(asked(5, 9, proof=[]), 5) == 422
    assert answered(asked(0, 9, proof=[TREE.root(1)]), 0) == 422
    assert answered(asked(0, 0, signed=checkpoint(0, TREE.root(1), cosigned=False)), 0) == 422


def test_f27_a_checkpoint_no_key_of_the_log_has_signed_is_forbidden():
    text = Checkpoint(ORIGIN, 9, TREE.root(9)).text
    thief = SigningKey(ORIGIN, bytes(32))
    assert answered(asked(5, 9, signed=note.signed(text, [thief.sign(text)])), 5) == 403
    bad = note.signed(text, [KEY.sign(text.replace("9", "8", 1))])
    assert answered(asked(5, 9, signed=bad), 5) == 403
    cosigner = SigningKey(ORIGIN, KEY.seed, Type.COSIGNATURE)
    cosigned = note.signed(text, [cosigner.cosign(text, NOW)])
    request = witness.parse(asked(5, 9, signed=cosigned))
    with pytest.raises(Refused, match="known key"):
        witness.check_signed(request, [cosigner.verifier])
    elsewhere = Checkpoint("other.example/log", 9, TREE.root(9)).text
    other = note.signed(elsewhere, [KEY.sign(elsewhere)])
    assert answered(asked(5, 9, signed=other), 5) == 403


GOOD = asked(5, 9).decode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 5\n",
        GOOD[:-1],
        GOOD.replace("old 5", "new 5"),
        GOOD.replace("old 5", "old 05"),
        GOOD.replace("old 5", "old -1"),
        GOOD.replace("old 5", f"old {2**63}"),
        GOOD.replace("old 5", "old 10"),
        GOOD.replace("old 5\n", "old 5\nAAAA\n"),
        GOOD.replace("old 5\n", "old 5\nrubbish\n"),
        GOOD.replace("old 5\n", "old 5\n" + f"{'A' * 43}=\n" * 64),
        GOOD.replace("old 5\n", "old 5\n\n"),
        GOOD.replace("\n9\n", "\n09\n"),
        GOOD.replace("\n", "\r\n"),
        GOOD + "\n",
        "\x00" * 10,
        "é" * witness.LIMIT,
    ],
)
def test_f27_an_odd_request_is_malformed(body: str):
    assert answered(body.encode(), 5) == 400
