"""What an entry says about a signer: 32 bytes that hide five fields and bind to them.

Each field has its own salt, so each can be shown without the others. The address is among them:
one entry handed to two people opens for one of them only. Deleting the seed ends every opening.
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from unicodedata import normalize

from signatures.log.leaf import LETTER
from signatures.log.lines import HASH
from signatures.log.rejected import Rejected

SEED = 32  # bytes; a fixed length, because HMAC pads shorter keys with zeros and would not bind

_SALT = b"letterlog/salt/v1\0"
_FIELD = b"letterlog/field/v1\0"
_COMMIT = b"letterlog/commit/v1\0"


class BadOpening(Rejected):
    """What was shown does not open the commitment."""


class Field(IntEnum):
    """The fields, by the number that goes into their salts."""

    NAME = 0
    ADDRESS = 1
    DOMAIN_CLASS = 2
    MAILBOX = 3
    ANSWERS = 4


@dataclass(frozen=True)
class Signer:
    """What is committed to about one signer.

    name: as displayed, empty when anonymous. address: in canonical form. domain_class: 0 to 255.
    mailbox: the mailbox's keyed digest, 32 bytes. answers: canonical JSON, or nothing.
    """

    name: str
    address: str
    domain_class: int
    mailbox: bytes
    answers: bytes = b""

    def values(self) -> tuple[bytes, ...]:
        """The five values as they are hashed; names in NFC, text in UTF-8."""
        if len(self.mailbox) != HASH or not 0 <= self.domain_class < 256:
            raise BadOpening("the digest of a mailbox is 32 bytes, the class of a domain is one")
        try:
            name, address = normalize("NFC", self.name).encode(), self.address.encode()
        except UnicodeEncodeError:
            raise BadOpening("the name or the address is not Unicode text") from None
        return (name, address, bytes([self.domain_class]), self.mailbox, self.answers)


@dataclass(frozen=True)
class Opening:
    """One field shown: its salt, 32 bytes, and its value."""

    salt: bytes
    value: bytes


def canonical_answers(answers: dict[str, str]) -> bytes:
    """Answers as the one JSON they are hashed as: NFC, sorted, no spaces; nothing if none."""
    if not answers:
        return b""
    said = {normalize("NFC", key): normalize("NFC", value) for key, value in answers.items()}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def salt(seed: bytes, field: int) -> bytes:
    """HMAC-SHA256(seed, "letterlog/salt/v1" ‖ 00 ‖ u8(field)); the seed has 32 bytes."""
    if len(seed) != SEED:
        raise BadOpening("a seed is 32 bytes long")
    return hmac.digest(seed, _SALT + bytes([field]), "sha256")


def field_commitment(salt: bytes, field: int, letter: bytes, value: bytes) -> bytes:
    """HMAC-SHA256(salt, "letterlog/field/v1" ‖ 00 ‖ u8(field) ‖ letter ‖ value)."""
    if len(salt) != HASH or len(letter) != LETTER:
        raise BadOpening("a salt is 32 bytes long and a letter's id 16")
    return hmac.digest(salt, _FIELD + bytes([field]) + letter + value, "sha256")


def combined(fields: Iterable[bytes]) -> bytes:
    """SHA-256("letterlog/commit/v1" ‖ 00 ‖ u8(5) ‖ c_0 ‖ … ‖ c_4)."""
    given = list(fields)
    if len(given) != len(Field) or any(len(part) != HASH for part in given):
        raise BadOpening("a commitment has five parts of 32 bytes")
    return sha256(_COMMIT + bytes([len(given)]) + b"".join(given)).digest()


def parts(seed: bytes, letter: bytes, values: Sequence[bytes]) -> tuple[bytes, ...]:
    """c_0 to c_4, 32 bytes each: what a commitment is made of, each hiding its field."""
    if len(values) != len(Field):
        raise BadOpening("a commitment has five fields")
    return tuple(
        field_commitment(salt(seed, field), field, letter, values[field]) for field in Field
    )


def commitment(seed: bytes, letter: bytes, values: Sequence[bytes]) -> bytes:
    """The 32 bytes for the entry, from the seed, the letter's id and the five values."""
    return combined(parts(seed, letter, values))


def check(commit: bytes, seed: bytes, letter: bytes, signer: Signer) -> None:
    """Raise `BadOpening` unless this seed and this signer open the commitment."""
    if not hmac.compare_digest(commitment(seed, letter, signer.values()), commit):
        raise BadOpening("the entry is of somebody else, or of another name or address")


def check_shown(commit: bytes, letter: bytes, shown: Sequence[Opening | bytes]) -> None:
    """Raise `BadOpening` unless these fields, some opened and some bare, make the commitment."""
    made = [
        field_commitment(part.salt, field, letter, part.value)
        if isinstance(part, Opening)
        else part
        for field, part in enumerate(shown)
    ]
    if not hmac.compare_digest(combined(made), commit):
        raise BadOpening("what is shown does not open the commitment")
