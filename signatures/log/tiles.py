"""A log as static files: C2SP tlog-tiles. Paths, widths, and what stands in a tile or a bundle.

Tile (L, N) holds up to 256 hashes: for each i the root of the leaves
[(256·N+i)·256^L, (256·N+i+1)·256^L). A bundle, here level -1, holds the entries of tile (0, N),
each as ``length (2, big endian) ‖ entry``. Full ones never change; a partial one is named by its
width.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signatures.log.lines import HASH, LIMIT
from signatures.log.merkle import Node, leaf_hash, root
from signatures.log.rejected import Rejected

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1  # the level of a bundle
LONGEST_ENTRY = 2**16 - 1  # bytes

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)
_LENGTH = struct.Struct(">H")


class BadTile(Rejected):
    """No such tile, or not what should stand in it."""


class Tile(NamedTuple):
    """One file of the log: level 0 to 63 or `ENTRIES`, number, and width from 1 to 256."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Below the log's prefix: ``tile/0/x001/x234/067.p/8``."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{part}"


def parse_path(path: str) -> Tile:
    """The tile at this path, which must be its one spelling; `BadTile` for `..`, width 0 or 256."""
    if not (found := _PATH.fullmatch(path)):
        raise BadTile("no tile has such a path")
    level, number, width = found.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(number.replace("x", "").replace("/", "")),
        int(width) if width else WIDTH,
    )
    if tile.path != path or tile.level > 63 or tile.number >= LIMIT or tile.width > WIDTH:
        raise BadTile("no tile has such a path")
    return tile


def first_size(tile: Tile) -> int:
    """The smallest tree that has this tile: it is served by every log that has grown so far."""
    return (tile.number * WIDTH + tile.width) << (HEIGHT * max(tile.level, 0))


# --- Which tiles ----------------------------------------------------------------------------------
def of_size(size: int) -> Iterator[Tile]:
    """Every tile and bundle of a tree of `size` leaves, level by level, bundles first."""
    yield from touched(0, size)


def touched(old: int, new: int) -> Iterator[Tile]:
    """What is written when a tree of `old` leaves becomes one of `new`: bundles, then tiles.

    Partial tiles in between are not: only those of published checkpoints need to stand.
    """
    if not 0 <= old <= new < LIMIT:
        raise ValueError("a log only grows")
    yield from _grown(ENTRIES, old, new)
    for level in range(64 // HEIGHT):
        yield from _grown(level, old >> (HEIGHT * level), new >> (HEIGHT * level))


def _grown(level: int, old: int, new: int) -> Iterator[Tile]:
    if old == new:
        return
    for number in range(old // WIDTH, new // WIDTH):
        yield Tile(level, number)
    if new % WIDTH:
        yield Tile(level, new // WIDTH, new % WIDTH)


def outgrown(old: int, new: int) -> Iterator[Tile]:
    """Partial tiles of a tree of `old` leaves that one of `new` has in full: may be deleted."""
    for tile in of_size(old):
        if tile.width < WIDTH and first_size(tile._replace(width=WIDTH)) <= new:
            yield tile


class Place(NamedTuple):
    """Where a node's hash comes from: the root over hashes [start, end) of one tile."""

    level: int
    number: int
    start: int
    end: int


def place_of(node: Node) -> Place:
    """Which hashes of which tile a node folds from; a single one where it stands there itself."""
    level, rest = divmod(node.level, HEIGHT)
    number, start = divmod(node.number << rest, WIDTH)
    return Place(level, number, start, start + (1 << rest))


def hash_in(hashes: Sequence[bytes], place: Place) -> bytes:
    """The node's hash out of its tile's; `BadTile` if the tile does not reach so far."""
    found = list(hashes[place.start : place.end])
    if len(found) != place.end - place.start:
        raise BadTile("the tile is too narrow")
    return root(found)


def width_at(size: int, level: int, number: int) -> int:
    """How wide tile (level, number) is in a tree of `size` leaves; 0 if it has none there."""
    units = size >> (HEIGHT * max(level, 0))
    return max(0, min(WIDTH, units - number * WIDTH))


# --- What stands in them --------------------------------------------------------------------------
def encode_tile(hashes: Sequence[bytes]) -> bytes:
    """1 to 256 hashes of 32 bytes, one after the other."""
    _check_width(len(hashes))
    if any(len(each) != HASH for each in hashes):
        raise BadTile("a hash is not 32 bytes long")
    return b"".join(hashes)


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """The `width` hashes of a tile."""
    _check_width(width)
    if len(data) != width * HASH:
        raise BadTile("the tile has another length than its width says")
    return [data[at : at + HASH] for at in range(0, len(data), HASH)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries of at most 65,535 bytes, each after its length."""
    _check_width(len(entries))
    if any(len(entry) > LONGEST_ENTRY for entry in entries):
        raise BadTile("an entry is too long for a bundle")
    return b"".join(_LENGTH.pack(len(entry)) + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle."""
    _check_width(width)
    entries: list[bytes] = []
    at = 0
    while at + _LENGTH.size <= len(data) and len(entries) < width:
        (length,) = _LENGTH.unpack_from(data, at)
        entries.append(data[at + _LENGTH.size : at + _LENGTH.size + length])
        at += _LENGTH.size + length
    if len(entries) != width or at != len(data):
        raise BadTile("the bundle does not hold as many whole entries as its width says")
    return entries


def check_bundle(entries: Sequence[bytes], hashes: Sequence[bytes]) -> None:
    """Raise `BadTile` unless these entries are the leaves of this tile of level 0."""
    if [leaf_hash(entry) for entry in entries] != list(hashes):
        raise BadTile("the entries of a bundle are not those of its tile")


def _check_width(width: int) -> None:
    if not 1 <= width <= WIDTH:
        raise BadTile("a tile is 1 to 256 wide")
