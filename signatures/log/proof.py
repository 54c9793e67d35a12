"""A proof of one entry in one file: C2SP tlog-proof, ``.tlog-proof``.

``c2sp.org/tlog-proof@v1\\n[extra <base64>\\n]index <decimal>\\n<base64 hash>\\n…``, an empty line,
and the signed checkpoint. `extra` is not authenticated by the proof.
"""

from dataclasses import dataclass

from signatures.log import checkpoint, lines, merkle, note
from signatures.log.policy import Policy, Trusted
from signatures.log.rejected import Rejected

LIMIT = note.LIMIT + 64 * 1024  # bytes

_FIRST = "c2sp.org/tlog-proof@v1"


class BadProofFile(Rejected):
    """The file is no proof."""


@dataclass(frozen=True)
class Proof:
    """Index of the entry, hashes of 32 bytes from its sibling to the root's child, and the rest."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {lines.encoded(self.extra)}"]
        head = [_FIRST, *extra, f"index {self.index}", *map(lines.encoded, self.hashes), ""]
        return "".join(f"{line}\n" for line in head).encode() + self.checkpoint

    def check(self, leaf: bytes, policy: Policy, now: int | None = None) -> Trusted:
        """Raise `Rejected` unless the hash `leaf` stands at the index in a trusted tree."""
        trusted = policy.accept(self.checkpoint, now)
        tree = trusted.checkpoint
        merkle.check_inclusion(
            leaf=leaf, index=self.index, size=tree.size, proof=self.hashes, root=tree.root
        )
        return trusted


def parse(data: bytes) -> Proof:
    """The proof in a file, its checkpoint well-formed, nothing verified; else `BadProofFile`."""
    text = lines.text_of(data, limit=LIMIT, what="the proof", error=BadProofFile)
    head, empty_line, signed = text.partition("\n\n")
    if not empty_line:
        raise BadProofFile("the proof has no empty line before its checkpoint")
    first, *rest = head.split("\n")
    if first != _FIRST:
        raise BadProofFile("the file does not begin as a proof does")
    extra = None
    if rest and rest[0].startswith("extra "):
        encoded = rest.pop(0).removeprefix("extra ")
        extra = lines.decoded(encoded, what="the extra line", error=BadProofFile)
        if not extra:
            raise BadProofFile("the extra line is empty")
    if not rest or not rest[0].startswith("index "):
        raise BadProofFile("the proof has no index")
    place = rest.pop(0).removeprefix("index ")
    if len(rest) > merkle.LONGEST:
        raise BadProofFile("the proof has more than 63 hashes")
    hashes = [lines.digest(line, what="a line of the proof", error=BadProofFile) for line in rest]
    index = lines.number(place, what="the index", error=BadProofFile)
    try:
        checkpoint.parse(note.parse(signed.encode()).text)
    except Rejected as rejected:
        raise BadProofFile(rejected.reason) from None
    return Proof(index, tuple(hashes), signed.encode(), extra)
