"""Cursors: where a list goes on, as a word for an address. A broken one means the first page."""

import base64
import json

LONGEST = 400  # characters


def cursor(*parts: str) -> str:
    """A url-safe word that `parts` can be read back from. Anybody can: put in only what's shown."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def parts(word: str, count: int) -> list[str] | None:
    """What `cursor` was given, if it is `count` texts; None for anything else."""
    if not word or len(word) > LONGEST:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or len(found) != count:
        return None
    return found if all(isinstance(part, str) and "\0" not in part for part in found) else None
