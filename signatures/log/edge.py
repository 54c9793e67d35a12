"""The right edge of a log: all that is needed to go on from a size, and to write its tiles."""

from collections.abc import Callable, Iterator, Sequence

from signatures.log import merkle
from signatures.log.rejected import Rejected
from signatures.log.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    Tile,
    decode_bundle,
    decode_tile,
    encode_tile,
    of_size,
    width_at,
)

Read = Callable[[Tile], bytes]


class BadEdge(Rejected):
    """The tiles at the edge are not those of a tree of this size."""


class Edge:
    """The partial tile of every level, at most 255 hashes each: O(log n) for a tree of n leaves."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = []

    @classmethod
    def read(cls, size: int, tile: Read, root: bytes) -> "Edge":
        """The edge of the tree (size, root) from its partial tiles; `BadEdge` if they disagree."""
        edge = cls()
        edge.size = size
        for level in range((size.bit_length() + HEIGHT - 1) // HEIGHT):
            number = (size >> (HEIGHT * level)) // WIDTH
            width = width_at(size, level, number)
            held = decode_tile(tile(Tile(level, number, width)), width) if width else []
            edge._levels.append(held)
        if edge.root != root:
            raise BadEdge("the tiles at the edge lead to another root")
        return edge

    @property
    def root(self) -> bytes:
        """The tree's root: on each level its hashes, and on their right all that is below."""
        below: list[bytes] = []
        for hashes in self._levels:
            if beside := [*hashes, *below]:
                below = [merkle.root(beside)]
        return below[0] if below else merkle.EMPTY_ROOT

    def extend(self, leaves: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
        """Add leaves, given by their hashes: the tiles to write, full ones before partial ones."""
        full: list[tuple[Tile, bytes]] = []
        partial: list[tuple[Tile, bytes]] = []
        number, new, level = self.size // WIDTH, leaves, 0
        while new:
            if level == len(self._levels):
                self._levels.append([])
            held, above = [*self._levels[level], *new], []
            for start in range(0, len(held) // WIDTH * WIDTH, WIDTH):
                hashes = held[start : start + WIDTH]
                full.append((Tile(level, number + start // WIDTH), encode_tile(hashes)))
                above.append(merkle.root(hashes))
            number += len(above)
            self._levels[level] = held[len(above) * WIDTH :]
            if self._levels[level]:
                width = len(self._levels[level])
                partial.append((Tile(level, number, width), encode_tile(self._levels[level])))
            level += 1
            number, new = (self.size >> (HEIGHT * level)) // WIDTH, above
        self.size += len(leaves)
        return [*full, *partial]


def entries(size: int, root: bytes, tile: Read) -> Iterator[list[bytes]]:
    """The entries of the log (size, root), bundle by bundle, every hash of every tile recomputed.

    `BadEdge` or `BadTile` where the files disagree: with the tiles as soon as one is complete, with
    the root at the end, so nothing yielded is proven before that.
    """
    edge = Edge()
    partial: dict[Tile, bytes] = {}
    for bundle in (found for found in of_size(size) if found.level == ENTRIES):
        held = decode_bundle(tile(bundle), bundle.width)
        for made, data in edge.extend([merkle.leaf_hash(entry) for entry in held]):
            if made.width < WIDTH:
                partial[made] = data
            elif tile(made) != data:
                raise BadEdge("a tile holds other hashes than its entries have")
        yield held
    for last in of_size(size):
        if last in partial and tile(last) != partial[last]:
            raise BadEdge("a tile holds other hashes than its entries have")
    if edge.root != root:
        raise BadEdge("the entries lead to another root")
