"""A signer's receipt: a proof whose extra data open the entry for whoever knows the address.

extra is ``02 ‖ entry (84) ‖ seed (32) ‖ c_0 … c_4 (5 × 32)``, the five parts of the commitment;
``01 ‖ entry ‖ seed``, which opens only with all five values, is read too. It holds no name and no
address; it shows that this entry is in the log, not that nobody was dropped, nor that the entry was
not cancelled later.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from signatures.log import commitment, leaf, merkle, proof
from signatures.log.commitment import Field, Signer
from signatures.log.leaf import Entry, Kind
from signatures.log.lines import HASH
from signatures.log.policy import Policy, Trusted
from signatures.log.proof import Proof
from signatures.log.rejected import Rejected

_WHOLE, _PARTED = b"\x01", b"\x02"
_BASE = 1 + leaf.SIZE + commitment.SEED
_SIZES = {_WHOLE: _BASE, _PARTED: _BASE + len(Field) * HASH}


class BadReceipt(Rejected):
    """The proof is no receipt of ours."""


class AnotherLetter(BadReceipt):
    """The receipt is not of the letter it is taken for."""

    def __init__(self) -> None:
        super().__init__("the receipt is of another letter")


class AnotherPerson(BadReceipt):
    """The receipt does not open with this address."""

    def __init__(self) -> None:
        super().__init__("the entry is of another address: the receipt is somebody else's")


class AnotherName(BadReceipt):
    """The receipt is of this address, and of another name."""

    def __init__(self) -> None:
        super().__init__("the address is right but not the name: it was changed since signing")


class OpensOnlyWhole(BadReceipt):
    """A receipt of the first form tells nothing by the address alone."""

    def __init__(self) -> None:
        super().__init__("the receipt has no parts: it opens only with everything that was signed")


@dataclass(frozen=True)
class Receipt:
    """An entry, its 84 bytes, the seed of its commitment, its parts and the proof it came in."""

    entry: Entry
    raw: bytes
    seed: bytes
    parts: tuple[bytes, ...]  # five, or none in the first form
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
            raise AnotherLetter
        trusted = self.proof.check(merkle.leaf_hash(self.raw), policy, now)
        if signer is not None:
            commitment.check(self.entry.commit, self.seed, self.entry.letter, signer)
        return trusted

    def check_holder(self, address: str, name: str | None = None) -> None:
        """Raise `BadReceipt` unless the entry is of this address, and of this name if one is given.

        address: in canonical form. name: as displayed when signing, empty when withheld.
        """
        if not self.parts:
            raise OpensOnlyWhole
        if not self._holds(Field.ADDRESS, address):
            raise AnotherPerson
        if name is not None and not self._holds(Field.NAME, normalize("NFC", name)):
            raise AnotherName

    def _holds(self, field: Field, text: str) -> bool:
        try:
            value = text.encode()
        except UnicodeEncodeError:
            return False  # lone surrogates were never signed
        salt = commitment.salt(self.seed, field)
        made = commitment.field_commitment(salt, field, self.entry.letter, value)
        return hmac.compare_digest(made, self.parts[field])


def make(
    *,
    index: int,
    hashes: Sequence[bytes],
    checkpoint: bytes,
    entry: bytes,
    seed: bytes,
    parts: Sequence[bytes] = (),
) -> bytes:
    """The file for a signature's 84 bytes, the 32 of its seed and the five parts (32 each).

    Without parts it is of the first form. It is read back before use.
    """
    form = _PARTED if parts else _WHOLE
    data = bytes(Proof(index, tuple(hashes), checkpoint, form + entry + seed + b"".join(parts)))
    parse(data)
    return data


def parse(data: bytes) -> Receipt:
    """The receipt in a file, its parts those of its entry, its proof not verified.

    `BadProofFile` or `BadReceipt` if it is none; `AnotherPerson` if the parts are of another entry.
    """
    read = proof.parse(data)
    extra = read.extra or b""
    if len(extra) != _SIZES.get(extra[:1]):
        raise BadReceipt("the proof carries no receipt of a signature")
    raw, seed = extra[1 : 1 + leaf.SIZE], extra[1 + leaf.SIZE : _BASE]
    try:
        entry = leaf.decode(raw)
    except leaf.BadEntry as bad:
        raise BadReceipt(bad.reason) from None
    if entry.kind is not Kind.SIGNED:
        raise BadReceipt("the receipt's entry is no signature")
    parts = tuple(extra[at : at + HASH] for at in range(_BASE, len(extra), HASH))
    if parts and not hmac.compare_digest(commitment.combined(parts), entry.commit):
        raise AnotherPerson
    return Receipt(entry, raw, seed, parts, read)
