"""The log's keys: which have signed from when to when, and how one follows another.

Every key of LOG_KEY signs every checkpoint. A new one is put before the old ones, both sign for a
while, and the old one goes: whoever knows either can follow. Keys stay listed for ever, so that old
proofs can be read.
"""

import base64
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from signatures.log.note import VerifierKey
from signatures.models import LogKey
from signatures.proof import standing

LAST = 255  # key ids fit in one byte


class Refused(Exception):
    """The keys cannot be changed now; `reason` is for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def goes_on(origin: str) -> bool:
    """Whether a key of LOG_KEY signs already, by our list and by the newest checkpoint: the list
    may have been put back to before. Where neither is, any will do."""
    keys = [key.verifier for key in standing.signing_keys(origin)]
    newest = standing.newest()
    signing = set(LogKey.objects.filter(until=None).values_list("vkey", flat=True))
    if signing and not any(str(key) in signing for key in keys):
        return False
    ids = {(line.name, line.key_id) for line in newest[1].lines} if newest else set()
    return not ids or any((key.name, key.id) in ids for key in keys)


@transaction.atomic
def list_keys(keys: Sequence[VerifierKey], *, now: datetime) -> None:
    """Write down that these sign from now on, and no others."""
    vkeys = [str(key) for key in keys]
    for vkey in reversed(vkeys):  # the newest last: it is listed first
        LogKey.objects.get_or_create(vkey=vkey, defaults={"since": now})
    LogKey.objects.filter(vkey__in=vkeys, until__isnull=False).update(until=None)
    LogKey.objects.filter(until=None).exclude(vkey__in=vkeys).update(until=now)


def rotated() -> str:
    """LOG_KEY with a new key before the others, as it is to be set; changes nothing."""
    keys: Mapping[int, bytes] = settings.LOG_KEYS
    _check_all_sign("The newest key has not signed yet: restart the clock first.")
    if max(keys) == LAST:
        raise Refused("All key ids up to 255 are used.")
    return written({max(keys) + 1: secrets.token_bytes(32), **keys})


def retired() -> str:
    """LOG_KEY with the newest key alone, as it is to be set; changes nothing."""
    keys: Mapping[int, bytes] = settings.LOG_KEYS
    if len(keys) == 1:
        raise Refused("There is one key only.")
    _check_all_sign("The newest key has not signed yet. Nobody could follow from the old one.")
    newest = next(iter(keys))
    return written({newest: keys[newest]})


def keep(text: str) -> Path | None:
    """Write LOG_KEY where an embedded installation reads it from; None where the operator sets it
    in the environment."""
    path: Path = settings.DATA_DIR / "secrets" / "log_key"
    if not (settings.EMBEDDED and path.exists() and _holds(path, settings.LOG_KEYS)):
        return None
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def _check_all_sign(reason: str) -> None:
    signing = set(LogKey.objects.filter(until=None).values_list("vkey", flat=True))
    ours = standing.signing_keys(standing.origin())
    if {str(key.verifier) for key in ours} != signing:
        raise Refused(reason)


def _holds(path: Path, keys: Mapping[int, bytes]) -> bool:
    return path.read_text().split() == [written(keys)]


def written(keys: Mapping[int, bytes]) -> str:
    """As LOG_KEY has them."""
    return ",".join(f"{number}:{base64.b64encode(key).decode()}" for number, key in keys.items())
