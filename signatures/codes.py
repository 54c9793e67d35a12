"""Six digits instead of the link, typed into the page where somebody waits for our mail.

A code is derived like a link's token, never stored: HMAC-SHA256 over ``uid (16) ‖ generation (2)``
under a key of its own from `settings.TOKEN_KEYS`, its first eight bytes modulo a million. Raising
the generation makes another code. A million is few: who may try, and how often, is counted
elsewhere.
"""

import hmac
import re
import uuid

from django.conf import settings

from campaigns import sealing

DIGITS = 6

_LABEL = b"groundswell/code/1"
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015\u2212]+")  # people type, and phones paste, in groups
_CODE = re.compile(rf"\d{{{DIGITS}}}")


def of(uid: uuid.UUID, generation: int) -> str:
    """The code of a row's generation, as six ASCII digits. Raises ValueError outside 0 to 65,535.

    The newest of TOKEN_KEYS makes it.
    """
    return _made(next(iter(settings.TOKEN_KEYS.values())), uid, generation)


def fits(typed: str, uid: uuid.UUID, generation: int) -> bool:
    """Whether these are the six digits, by any of TOKEN_KEYS; takes as long wherever it fails."""
    digits = read(typed).encode()
    found = False
    for key in settings.TOKEN_KEYS.values():
        found |= hmac.compare_digest(digits, _made(key, uid, generation).encode())
    return found


def read(typed: str) -> str:
    """The six digits in what was typed, as ASCII; empty when it holds anything else."""
    together = _BETWEEN.sub("", typed[:100])
    return f"{int(together):0{DIGITS}}" if _CODE.fullmatch(together) else ""


def grouped(code: str) -> str:
    """`123 456`, as it is read out and copied."""
    return f"{code[:3]} {code[3:]}"


def _made(secret: bytes, uid: uuid.UUID, generation: int) -> str:
    if not 0 <= generation < 1 << 16:
        raise ValueError("A generation is out of range.")
    key = sealing.derived(secret, _LABEL)
    mac = hmac.digest(key, uid.bytes + generation.to_bytes(2), "sha256")
    return f"{int.from_bytes(mac[:8]) % 10**DIGITS:0{DIGITS}}"
