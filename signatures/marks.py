"""A signer's own mark in links they pass on: `?ref=me-…`, by which their letter thanks them.

The mark is the signature's random id, one AES block under a key of its own derived from
`settings.TOKEN_KEYS`, in 26 small letters and digits (RFC 4648 base32). So nothing is stored for
it, it leads nobody but us to the signature, and it isn't the id that links in mails carry. The
newest key makes marks, all of them read: a mark that was passed on works until its key is dropped.
"""

import base64
import re
import uuid
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from campaigns import sealing

START = "me-"
_MARK = re.compile(r"me-[a-z2-7]{25}[aeimquy4]")  # 128 of 130 bits: the last two are zero
_LIKE = re.compile(r"me-[a-z2-7]{24}")  # cut on its way, or with something behind it
_LABEL = b"groundswell/mark"


def of(uid: uuid.UUID) -> str:
    """The mark of a signature, 29 characters."""
    secret = settings.TOKEN_KEYS[next(iter(settings.TOKEN_KEYS))]
    block = _cipher(secret).encryptor().update(uid.bytes)
    return START + base64.b32encode(block).decode().rstrip("=").lower()


def is_mark(ref: str) -> bool:
    """Whether a link's `ref` is a person's and not a place's; whose it is, if anybody's, aside."""
    return _MARK.fullmatch(ref) is not None


def is_like(ref: str) -> bool:
    """Whether it is a mark, or what is left of one: it still tells whose link somebody followed."""
    return _LIKE.match(ref) is not None


def read(ref: str) -> list[uuid.UUID]:
    """Whose it may be: one id for each key; of those all but one, or all, are nobody's."""
    if not is_mark(ref):
        return []
    block = base64.b32decode(ref.removeprefix(START).upper() + "=" * 6)
    keys = settings.TOKEN_KEYS.values()
    return [uuid.UUID(bytes=_cipher(secret).decryptor().update(block)) for secret in keys]


@lru_cache(maxsize=16)
def _cipher(secret: bytes) -> Cipher[modes.ECB]:
    # One block each, and ids are random: a permutation is all that is needed of the mode.
    return Cipher(algorithms.AES(sealing.derived(secret, _LABEL)), modes.ECB())  # noqa: S305
