"""Fields sealed with AES-256-GCM, so that a stolen database or backup names nobody.

A sealed value is ``01 ‖ key id (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)``: `OVERHEAD` bytes more
than what it holds. The associated data is ``01 ‖ key id ‖ place ‖ 00 ‖ row``, so a value copied to
another column or row doesn't open (NIST SP 800-38D; the nonce is random, which is good for 2³²
values a key: rotate long before).

`settings.FIELD_KEYS` maps key ids (1 to 255) to 32 bytes, newest first. The first key seals, all
of them open; `stale` finds what a rotation still has to seal again, `again` does it.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = 1
NONCE = 12
TAG = 16
OVERHEAD = 2 + NONCE + TAG


class Unsealable(Exception):
    """A sealed value didn't open: other place, row or key, or damaged. Its text is never told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def seal(plain: bytes, *, place: str, row: bytes) -> bytes:
    """`plain` sealed under the newest key for one place ("signature.email") and row id.

    The same value sealed twice looks different. Raises ValueError for a place holding a NUL, which
    would blur where place ends and row begins.
    """
    key_id = newest()
    header = bytes((VERSION, key_id))
    nonce = os.urandom(NONCE)
    cipher = _cipher(settings.FIELD_KEYS[key_id])
    return header + nonce + cipher.encrypt(nonce, plain, _bound(header, place, row))


def unseal(blob: bytes | memoryview, *, place: str, row: bytes) -> bytes:
    """What was sealed for this place and row. Raises Unsealable for anything else."""
    sealed = bytes(blob)
    key = settings.FIELD_KEYS.get(_key_id(sealed))
    if key is None:
        raise Unsealable("This value is sealed with a key that is not in FIELD_KEYS.")
    nonce, body = sealed[2 : 2 + NONCE], sealed[2 + NONCE :]
    try:
        return _cipher(key).decrypt(nonce, body, _bound(sealed[:2], place, row))
    except InvalidTag:
        # The cause would carry nothing, but a bare trace is what ends in a log.
        raise Unsealable("This value is damaged or was sealed for another place.") from None


def stale(blob: bytes | memoryview) -> bool:
    """Whether another key than the newest sealed this. Raises Unsealable for what is no seal."""
    return key_id_of(blob) != newest()


def key_id_of(blob: bytes | memoryview) -> int:
    """Which key sealed this. Raises Unsealable for what is no seal."""
    return _key_id(bytes(blob[:OVERHEAD]))


def again(blob: bytes | memoryview, *, place: str, row: bytes) -> bytes:
    """The same value under the newest key. Raises Unsealable."""
    return seal(unseal(blob, place=place, row=row), place=place, row=row)


def newest() -> int:
    """The id of the key that seals."""
    return int(next(iter(settings.FIELD_KEYS)))


def fingerprint(key: bytes) -> bytes:
    """32 bytes that tell one key from another and say nothing else about it."""
    return derived(key, b"groundswell/fingerprint of a field key")


@lru_cache(maxsize=4096)
def derived(secret: bytes, label: bytes) -> bytes:
    """32 bytes of their own for each label, from one secret (HKDF-SHA256, RFC 5869, no salt)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label).derive(secret)


def _key_id(sealed: bytes) -> int:
    if len(sealed) < OVERHEAD or sealed[0] != VERSION:
        raise Unsealable("This is not a sealed value.")
    return sealed[1]


def _bound(header: bytes, place: str, row: bytes) -> bytes:
    if "\0" in place:
        raise ValueError("A place has no NUL in it.")
    return header + place.encode() + b"\0" + row


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
