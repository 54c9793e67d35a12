"""The published tree, read from its folder: entries, hashes, and proofs that anybody could make.

Whatever is given away was checked against the checkpoint that is public: of tiles that no
checkpoint reaches yet nothing is shown.
"""

from signatures.log import checkpoint, merkle, note, tiles
from signatures.log.folder import Folder, Missing
from signatures.log.merkle import Node
from signatures.log.proof import Proof
from signatures.log.rejected import Rejected
from signatures.log.tiles import ENTRIES, WIDTH, Tile


class NotYet(Rejected):
    """The log has no checkpoint, or the newest does not reach so far."""


class Tree:
    """The tree of the newest checkpoint when it was made; what is read stays until it goes."""

    def __init__(self, folder: Folder) -> None:
        """`NotYet` before the first checkpoint."""
        try:
            self.signed = folder.checkpoint()
        except Missing:
            raise NotYet("the log has no checkpoint yet") from None
        self.checkpoint = checkpoint.parse(note.parse(self.signed).text)
        self._folder = folder
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._nodes: dict[Node, bytes] = {}

    @property
    def size(self) -> int:
        return self.checkpoint.size

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile or bundle; `NotYet` if this tree has none such."""
        if tiles.first_size(tile) > self.size:
            raise NotYet("no such tile yet")
        return self._folder.read(tile)

    def entry(self, index: int) -> bytes:
        """One entry's bytes; `NotYet` if this tree has none such."""
        number, place = divmod(index, WIDTH)
        if not 0 <= index < self.size:
            raise NotYet("the newest checkpoint has no such entry yet")
        width = tiles.width_at(self.size, ENTRIES, number)
        return tiles.decode_bundle(self._folder.read(Tile(ENTRIES, number, width)), width)[place]

    def proof_of(self, index: int, extra: bytes | None = None) -> Proof:
        """That entry `index` is in this tree; `NotYet` if it is not."""
        if not 0 <= index < self.size:
            raise NotYet("the newest checkpoint has no such entry yet")
        hashes = merkle.inclusion(index, self.size, self._hash)
        merkle.check_inclusion(
            leaf=self._hash(Node(0, index)),
            index=index,
            size=self.size,
            proof=hashes,
            root=self.checkpoint.root,
        )
        return Proof(index, tuple(hashes), self.signed, extra)

    def entry_proof(self, index: int) -> Proof:
        """The same with the entry itself in `extra`."""
        return self.proof_of(index, extra=self.entry(index))

    def growth_from(self, old: int) -> list[bytes]:
        """That this tree began with its first `old` leaves: the consistency proof."""
        if not 0 <= old <= self.size:
            raise NotYet("the newest checkpoint is smaller")
        return merkle.consistency(old, self.size, self._hash)

    def _hash(self, node: Node) -> bytes:
        if node not in self._nodes:
            place = tiles.place_of(node)
            self._nodes[node] = tiles.hash_in(self._hashes(place.level, place.number), place)
        return self._nodes[node]

    def _hashes(self, level: int, number: int) -> list[bytes]:
        if (level, number) not in self._tiles:
            width = tiles.width_at(self.size, level, number)
            data = self._folder.read(Tile(level, number, width))
            self._tiles[level, number] = tiles.decode_tile(data, width)
        return self._tiles[level, number]
