"""What goes over a stream: the text of server-sent events (HTML standard, 9.2) as bytes."""

import random
from dataclasses import dataclass
from hashlib import blake2b

RETRY = (2_000, 7_000)  # milliseconds: a crowd that is cut off together comes back in turn
BEAT = b":\n\n"  # a comment: proxies see that the line lives, browsers see nothing
GONE = b"event: gone\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One state of a count. `version` is the event's id, opaque to clients."""

    version: str
    body: bytes


def count(number: int, data: str) -> Frame:
    """`data` is one line: it goes out as it is."""
    digest = blake2b(data.encode(), digest_size=6).hexdigest()
    version = f"{number}-{digest}"
    return Frame(version, f"id: {version}\nevent: count\ndata: {data}\n\n".encode())


def greeting(rng: random.Random) -> bytes:
    """How long to wait before coming back, for each reader another time."""
    return b"retry: %d\n\n" % rng.randint(*RETRY)
