"""A signer's receipt: a proof whose extra data open the entry for whoever knows the address.

extra is ``01 ‖ entry (84) ‖ seed (32)``. It holds no name and no address; it shows that this entry
is in the log, not that nobody was dropped, nor that the entry was not cancelled later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from signatures.log import commitment, leaf, merkle, proof
from signatures.log.commitment import Signer
from signatures.log.leaf import Entry, Kind
from signatures.log.policy import Policy, Trusted
from signatures.log.proof import Proof
from signatures.log.rejected import Rejected

_VERSION = b"\x01"
_SIZE = 1 + leaf.SIZE + commitment.SEED


class BadReceipt(Rejected):
    """The proof is no receipt of ours, or not the one it is taken for."""


@dataclass(frozen=True)
class Receipt:
    """An entry, its 84 bytes, the seed of its commitment and the proof it came in."""

    entry: Entry
    raw: bytes
    seed: bytes
    proof: Proof

    def check(
        self,
        policy: Policy,
        *,
        letter: bytes | None = None,
        signer: Signer | None = None,
        now: int | None = None,
    ) -> Trusted:
        """Raise `Rejected` unless the log holds this entry, and it is of this letter and signer."""
        if letter is not None and letter != self.entry.letter:
            raise BadReceipt("the receipt is of another letter")
        trusted = self.proof.check(merkle.leaf_hash(self.raw), policy, now)
        if signer is not None:
            commitment.check(self.entry.commit, self.seed, self.entry.letter, signer)
        return trusted


def make(
    *, index: int, hashes: Sequence[bytes], checkpoint: bytes, entry: bytes, seed: bytes
) -> bytes:
    """The file for a signature's 84 bytes and the 32 of its seed; it is read back before use."""
    data = bytes(Proof(index, tuple(hashes), checkpoint, _VERSION + entry + seed))
    parse(data)
    return data


def parse(data: bytes) -> Receipt:
    """The receipt in a file, nothing verified; `BadProofFile` or `BadReceipt` if it is none."""
    read = proof.parse(data)
    extra = read.extra or b""
    if len(extra) != _SIZE or extra[:1] != _VERSION:
        raise BadReceipt("the proof carries no receipt of a signature")
    raw, seed = extra[1 : 1 + leaf.SIZE], extra[1 + leaf.SIZE :]
    try:
        entry = leaf.decode(raw)
    except leaf.BadEntry as bad:
        raise BadReceipt(bad.reason) from None
    if entry.kind is not Kind.SIGNED:
        raise BadReceipt("the receipt's entry is no signature")
    return Receipt(entry, raw, seed, read)
