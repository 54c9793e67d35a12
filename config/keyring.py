"""The installation's secrets: from the environment, or when embedded made once beside the data."""

import base64
import binascii
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept(name: str, given: str, *, folder: Path, embedded: bool, make: str) -> str:
    """The secret `name`: the given one, else the one kept in `folder`, else (embedded) a new one.

    `make` says what a new one looks like: "text" (50 url-safe characters) or "keys" (`1:<base64>`).
    In production a missing secret refuses to start: a generated one would be lost with the
    container, and with it every sealed address.
    """
    if given:
        return given
    if not embedded:
        raise ImproperlyConfigured(
            f"{name} is missing. Set {name} or {name}_FILE; docs/operating.md says how to make one."
        )
    path = folder / name.lower()
    if not path.exists():
        _create(path, secrets.token_urlsafe(50) if make == "text" else f"1:{_new_key()}")
    return path.read_text().strip()


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _create(path: Path, value: str) -> None:
    """Several processes may start at once: the first to link its file wins, the others read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def keys(name: str, text: str) -> dict[int, bytes]:
    """`2:<base64>,1:<base64>` as {key id: 32 bytes}, newest first. Ids are 1 to 255."""
    found: dict[int, bytes] = {}
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        number, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not number.isdecimal() or not 1 <= int(number) <= 255 or len(key) != 32:
            raise ImproperlyConfigured(
                f"{name} must look like 2:<base64 of 32 bytes>,1:<base64 of 32 bytes>."
            )
        if int(number) in found:
            raise ImproperlyConfigured(f"{name} names key {number} twice.")
        found[int(number)] = key
    if not found:
        raise ImproperlyConfigured(f"{name} holds no key.")
    return found
