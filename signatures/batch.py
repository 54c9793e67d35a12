"""The digest of a batch of signatures on paper: all that is kept of it, and what the log holds.

    digest = SHA-256("groundswell/paper/v1" ‖ 00 ‖ letter (16) ‖ salt (32) ‖ canonical)

canonical: for each person the JSON array of name, address, affiliation, place and comment (texts,
empty where there is nothing; no spaces, nothing escaped that need not be, UTF-8), ended by a line
feed; the lines in the order of their bytes. So neither the order of the people nor the form of the
file matters. Without the salt, which the organiser keeps with the sheets, a digest tells nobody
whether somebody is in a batch, not even in one of a single person.
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from hashlib import sha256

LETTER, SALT = 16, 32  # bytes

_LABEL = b"groundswell/paper/v1"


def canonical(people: Iterable[Sequence[str]]) -> bytes:
    """The bytes of a batch, from five texts for each person."""
    return b"".join(sorted(_line(cells) for cells in people))


def salt(key: bytes, batch: bytes) -> bytes:
    """32 bytes for these canonical bytes: the same again, and unknown to who has not the key."""
    return hmac.digest(key, sha256(batch).digest(), "sha256")


def digest(letter: bytes, salt: bytes, batch: bytes) -> bytes:
    """32 bytes; `letter` is its 16-byte id, `batch` the canonical bytes."""
    if len(letter) != LETTER or len(salt) != SALT:
        raise ValueError("A letter's id has 16 bytes, a salt 32.")
    return sha256(_LABEL + b"\0" + letter + salt + batch).digest()


def _line(cells: Sequence[str]) -> bytes:
    if len(cells) != 5:
        raise ValueError("A person is five texts.")
    return json.dumps(list(cells), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
