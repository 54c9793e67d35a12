"""What a witness signs: C2SP tlog-cosignature.

A cosignature says that at its time this was the largest consistent tree the witness had seen of
this origin. The Ed25519 message does not name the witness, so one key never serves two of them.
"""

from signatures.log import checkpoint, lines
from signatures.log.rejected import Rejected

TIME = 8  # bytes in front of the signature, POSIX seconds

_SUBTREE = b"subtree/v1\n\0"


class BadCosignature(Rejected):
    """No such message can have been signed."""


def time_of(signature: bytes) -> int:
    """POSIX seconds, as the witness said them."""
    return int.from_bytes(signature[:TIME], "big")


def ed25519_message(text: str, time: int) -> bytes:
    """``cosignature/v1\\ntime <decimal>\\n`` ‖ the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {_checked(time)}\n{text}".encode()


def ml_dsa_message(text: str, time: int, cosigner: str) -> bytes:
    """``subtree/v1\\n\\0 ‖ len8 ‖ cosigner ‖ u64 time ‖ len8 ‖ origin ‖ u64 0 ‖ u64 size ‖ root``.

    It leaves out extension lines: nothing is said about them.
    """
    try:
        tree = checkpoint.parse(text)
    except checkpoint.BadCheckpoint as bad:
        raise BadCosignature(bad.reason) from None
    return b"".join(
        (
            _SUBTREE,
            _counted(cosigner),
            _checked(time).to_bytes(8, "big"),
            _counted(tree.origin),
            (0).to_bytes(8, "big"),
            tree.size.to_bytes(8, "big"),
            tree.root,
        )
    )


def _checked(time: int) -> int:
    if not 0 <= time < lines.LIMIT:
        raise BadCosignature("the time of a cosignature is 2^63 or more")
    return time


def _counted(name: str) -> bytes:
    raw = name.encode()
    if not 0 < len(raw) < 256:
        raise BadCosignature("the name of a cosigner is too long")
    return bytes([len(raw)]) + raw
