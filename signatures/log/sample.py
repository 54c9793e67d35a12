"""Which signatures an auditor writes to: a draw that anybody can repeat.

The seed must not have existed when the log was closed (a public lottery of an announced round
together with the closing root): who can try seeds can draw around what is invented.
"""

from collections.abc import Sequence
from hashlib import sha256

from signatures.log.rejected import Rejected

_PREFIX = b"letterlog/sample/v1\0"


class BadSample(Rejected):
    """No such draw."""


def drawn(seed: bytes, population: Sequence[int], size: int) -> list[int]:
    """`size` different members in the order they are drawn.

    Draw i takes place H(i) mod n of the n left, where H(i) is the first 8 bytes, big endian, of
    SHA-256("letterlog/sample/v1" ‖ 00 ‖ seed ‖ u64 i); the last of those left moves up there.
    """
    if not 0 <= size <= len(population):
        raise BadSample("more are to be drawn than there are")
    left = list(population)
    found = []
    for draw in range(size):
        hashed = sha256(_PREFIX + seed + draw.to_bytes(8, "big")).digest()
        place = int.from_bytes(hashed[:8], "big") % len(left)
        found.append(left[place])
        left[place] = left[-1]
        left.pop()
    return found


def chance(fakes: float, size: int) -> float:
    """How likely a sample hits at least one of a share `fakes` of invented signatures: 0 to 1."""
    if not 0 <= fakes <= 1 or size < 0:
        raise BadSample("a share lies between 0 and 1")
    return float(1 - (1 - fakes) ** size)
