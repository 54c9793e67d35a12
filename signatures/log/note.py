"""Signed notes and the keys that sign them: C2SP signed-note.

``<text, ends with a line end>\\n— <key name> <base64(key id (4) ‖ signature)>\\n…``; the text is
parted from its signatures by the last empty line. Key types: 0x01 Ed25519 over the text, 0x04
Ed25519 cosignature, 0x06 ML-DSA-44 cosignature, which is read but not made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from signatures.log import cosignature, lines
from signatures.log.rejected import Rejected

LIMIT = 256 * 1024  # bytes: room for MOST ML-DSA signatures
MOST = 64  # signatures; C2SP asks for 16 at least

_DASH = "— "
_ID = 4  # bytes
_HEX_ID = re.compile(r"[0-9a-f]{8}")


class BadNote(Rejected):
    """Not a signed note, or not signed as it should be."""


class BadKey(BadNote):
    """Not a verifier key, or not one that can be used here."""


class Type(IntEnum):
    """What a key signs, and how."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_COSIGNATURE = 0x06


_LENGTHS = {Type.ED25519: 32, Type.COSIGNATURE: 32, Type.ML_DSA_COSIGNATURE: 1312}


@dataclass(frozen=True)
class Line:
    """One signature: whose it says it is, and its bytes, a cosignature's time included."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {lines.encoded(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class VerifierKey:
    """A public key, known by its name and the first four bytes of a hash over name and key."""

    name: str
    type: Type
    public: bytes

    @property
    def id(self) -> bytes:
        """SHA-256(name ‖ 0A ‖ type ‖ public key), its first 4 bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:_ID]

    def __str__(self) -> str:
        """The vkey: ``<name>+<id, 8 hex digits>+<base64(type ‖ public key)>``."""
        return f"{self.name}+{self.id.hex()}+{lines.encoded(bytes([self.type]) + self.public)}"

    def check(self, text: str, signature: bytes) -> int | None:
        """The time said by a cosignature, None for other types; `BadNote` unless it is good."""
        time = None
        try:
            if self.type is Type.ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
                return None
            time = cosignature.time_of(signature)
            self._check_cosignature(text, time, signature[cosignature.TIME :])
        except (InvalidSignature, ValueError):
            raise BadNote("a signature by a known key is bad") from None
        except UnsupportedAlgorithm:
            raise BadNote("signatures of this type cannot be checked here") from None
        return time

    def _check_cosignature(self, text: str, time: int, signature: bytes) -> None:
        if self.type is Type.COSIGNATURE:
            message = cosignature.ed25519_message(text, time)
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        else:
            message = cosignature.ml_dsa_message(text, time, self.name)
            MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)


def parse_key(vkey: str) -> VerifierKey:
    """The key in a vkey. Its base64 may contain a plus, so only the first two part it."""
    parts = vkey.split("+", 2)
    if len(parts) != 3:
        raise BadKey("a verifier key has three parts: name, id and key")
    name, key_id, encoded = parts
    check_name(name, BadKey)
    raw = lines.decoded(encoded, what="a verifier key", error=BadKey)
    if not _HEX_ID.fullmatch(key_id) or not raw:
        raise BadKey("a verifier key has an id of 8 hexadecimal digits, and a key")
    if raw[0] not in set(Type):
        raise BadKey("a verifier key of an unknown type")
    key = VerifierKey(name, Type(raw[0]), raw[1:])
    if len(key.public) != _LENGTHS[key.type]:
        raise BadKey("a verifier key of the wrong length")
    if key.id.hex() != key_id:
        raise BadKey("a verifier key whose id is not its own")
    return key


def check_name(name: str, error: type[Rejected] = BadNote) -> None:
    """Not empty, no Unicode space, no plus, no control character."""
    if not name:
        raise error("the name of a key is empty")
    if "+" in name or any(character.isspace() or character < " " for character in name):
        raise error("the name of a key contains a space, a plus or a control character")
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise error("the name of a key is not UTF-8")


@dataclass(frozen=True)
class SigningKey:
    """A private Ed25519 key, by its 32 bytes; 0x01 signs a log's notes, 0x04 other logs'."""

    name: str
    seed: bytes = field(repr=False)
    type: Type = Type.ED25519

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.type, self._private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Line:
        """A signature of type 0x01 over the text."""
        if self.type is not Type.ED25519:
            raise BadKey("a witness's key signs with a time")
        return Line(self.name, self.verifier.id, self._private.sign(text.encode()))

    def cosign(self, text: str, time: int) -> Line:
        """A cosignature/v1 over a checkpoint's text; `time` in POSIX seconds."""
        if self.type is not Type.COSIGNATURE:
            raise BadKey("only a witness's key cosigns")
        signature = self._private.sign(cosignature.ed25519_message(text, time))
        return Line(self.name, self.verifier.id, time.to_bytes(cosignature.TIME, "big") + signature)

    @property
    def _private(self) -> Ed25519PrivateKey:
        check_name(self.name, BadKey)
        if len(self.seed) != 32 or self.type is Type.ML_DSA_COSIGNATURE:
            raise BadKey("a signing key is an Ed25519 key of 32 bytes")
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True)
class Note:
    """A text, its last line end included, and the signatures that stand under it, unchecked."""

    text: str
    lines: tuple[Line, ...]

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(map(str, self.lines))).encode()


@dataclass(frozen=True)
class Signed:
    """A key whose signature is good, and when it says it signed, if it does (POSIX seconds)."""

    key: VerifierKey
    time: int | None


def parse(data: bytes) -> Note:
    """The note in `data`, its signatures unchecked; `BadNote` if it is none."""
    text = lines.text_of(data, limit=LIMIT, what="the note", error=BadNote)
    body, empty_line, signatures = text.rpartition("\n\n")
    if not empty_line:
        raise BadNote("the note has no empty line before its signatures")
    if not signatures.endswith("\n"):
        raise BadNote("the note's last line does not end")
    found = signatures[:-1].split("\n")
    if len(found) > MOST:
        raise BadNote(f"the note has more than {MOST} signatures")
    return Note(body + "\n", tuple(parse_line(line) for line in found))


def parse_line(line: str) -> Line:
    """One signature line, without its line end."""
    if not line.startswith(_DASH):
        raise BadNote("a signature does not begin with a dash and a space")
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not space:
        raise BadNote("a signature has no name before it")
    check_name(name)
    raw = lines.decoded(encoded, what="a signature", error=BadNote)
    if len(raw) <= _ID:
        raise BadNote("a signature is too short")
    return Line(name, raw[:_ID], raw[_ID:])


def check(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """Whose signatures are good, in the note's order; unknown keys are passed over.

    `BadNote` when a known key's signature is bad or stands there twice, or when none is known.
    """
    known = {(key.name, key.id): key for key in keys}
    good: dict[VerifierKey, Signed] = {}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if key in good:
            raise BadNote("the note is signed twice by one key")
        good[key] = Signed(key, key.check(note.text, line.signature))
    if not good:
        raise BadNote("the note is not signed by a known key")
    return tuple(good.values())


def opened(data: bytes, keys: Iterable[VerifierKey]) -> tuple[Note, tuple[Signed, ...]]:
    """The note and who has signed it."""
    note = parse(data)
    return note, check(note, keys)


def signed(text: str, signatures: Iterable[Line]) -> bytes:
    """The note as it is published; `BadNote` if it could not be read back."""
    data = bytes(Note(text, tuple(signatures)))
    if parse(data).text != text:
        raise BadNote("this text cannot stand in a note")
    return data
