"""The text of a checkpoint: C2SP tlog-checkpoint, three lines under which signatures stand.

``<origin>\\n<size, decimal>\\n<root, base64>\\n``. Bytes of a signed checkpoint are no identity
(they can carry any unknown signature): compare origin, size and root.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from signatures.log import lines
from signatures.log.rejected import Rejected

LONGEST_ORIGIN = 255  # bytes: an ML-DSA cosignature counts them in one byte


class BadCheckpoint(Rejected):
    """Not the text of a checkpoint, or not that of the log asked for."""


@dataclass(frozen=True)
class Checkpoint:
    """A tree: which log's, how many leaves, its root of 32 bytes; extension lines if it has any."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed, its last line end included."""
        head = (self.origin, str(self.size), lines.encoded(self.root))
        return "".join(f"{line}\n" for line in (*head, *self.extensions))


def parse(text: str) -> Checkpoint:
    """The checkpoint in the text of a note, which must be the one spelling of it."""
    if not text.endswith("\n"):
        raise BadCheckpoint("the checkpoint's last line does not end")
    origin, *rest = text[:-1].split("\n")
    if len(rest) < 2:
        raise BadCheckpoint("a checkpoint has three lines: origin, size and root")
    check_origin(origin)
    if not all(rest):
        raise BadCheckpoint("the checkpoint has an empty line")
    return Checkpoint(
        origin,
        lines.number(rest[0], what="the size of the tree", error=BadCheckpoint),
        lines.digest(rest[1], what="the root of the tree", error=BadCheckpoint),
        tuple(rest[2:]),
    )


def check_origin(origin: str) -> None:
    """Raise `BadCheckpoint` unless a log can be called so: the rules of key names, ≤ 255 bytes."""
    if not origin:
        raise BadCheckpoint("the origin is empty")
    if any(character.isspace() or character < " " for character in origin) or "+" in origin:
        raise BadCheckpoint("the origin contains a space, a plus or a control character")
    if len(origin.encode("utf-8", "replace")) > LONGEST_ORIGIN:
        raise BadCheckpoint("the origin is longer than 255 bytes")


def origin_of(prefix: str) -> str:
    """The origin of a log that is read at this address: without scheme and slash at the end."""
    try:
        address = urlsplit(prefix)
        named = address.scheme in {"http", "https"} and address.hostname
    except ValueError:
        raise BadCheckpoint("the log's address is not an address") from None
    if not named or address.query or address.fragment or "@" in address.netloc:
        raise BadCheckpoint("a log is read at an http or https address without query or password")
    origin = (address.netloc.lower() + address.path).rstrip("/")
    check_origin(origin)
    return origin
