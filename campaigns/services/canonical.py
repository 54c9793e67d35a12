"""The exact bytes a signer signs. Pure but for the mailbox key's fingerprint.

One encoding per letter: UTF-8, NFC, `\\n` line ends, every field before the text on a line of its
own (fields hold no line breaks), then an empty line and the text. What is in here is public, so
that anybody can hash it.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings

NAMES = "names"  # the line of a letter that shows none


def canonical(
    *,
    title: str,
    summary: str,
    body: str,
    sender: str,
    targets: Sequence[dict[str, str]],
    language: str,
    closes_at: datetime | None,
    zone: str,
    seats: int,
    anonymous_hours: int | None = None,
) -> str:
    """The canonical text, ending in one line break.

    Only a letter without names has the line that says so: all others keep their bytes.
    """
    closing = f"{closes_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {zone}" if closes_at else "open end"
    lines = [
        "groundswell/letter/v1",
        f"title: {title}",
        *(f"to: {', '.join(p for p in (t['name'], t['role']) if p)}" for t in targets),
        f"from: {sender}",
        f"summary: {summary}",
        f"language: {language}",
        f"closes: {closing}",
        f"signatures per mailbox: {seats}",
        *([f"{NAMES}: withheld, erased after {anonymous_hours} h"] if anonymous_hours else []),
        "granularity: day",
        f"mailbox key: {mailbox_key_fingerprint()}",
        "",
        body.rstrip("\n"),
        "",
    ]
    return unicodedata.normalize("NFC", "\n".join(lines))


def sha256(text: str) -> str:
    """Hex digest of the UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def mailbox_key_fingerprint() -> str:
    """Names the secret that decides "this mailbox has signed", so that a swap would show."""
    mac = hmac.new(settings.MAILBOX_PEPPER, b"groundswell/mailbox key fingerprint", hashlib.sha256)
    return mac.hexdigest()[:16]


def parts(text: str) -> dict[str, str | list[str]]:
    """What a canonical text says, by the name it has there; "to" is a list, "text" the rest."""
    head, _, body = text.partition("\n\n")
    said: dict[str, str | list[str]] = {}
    for line in head.split("\n")[1:]:
        name, _, value = line.partition(": ")
        if name == "to":
            said["to"] = [*said.get("to", []), value]
        else:
            said[name] = value
    said["text"] = body
    return said
