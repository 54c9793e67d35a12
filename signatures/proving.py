"""Proofs out of the published files: what the log holds, shown to whoever asks.

Only the folder is read, so a proof is what anybody could make of the tiles, and always against the
checkpoint that is public now.
"""

from dataclasses import replace

from django.conf import settings

from campaigns.models import Letter
from signatures import openings
from signatures.log import checkpoint, leaf, merkle, note, receipt, store, tiles
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder, Missing
from signatures.log.merkle import Node
from signatures.log.proof import Proof
from signatures.log.tiles import ENTRIES, WIDTH, Tile
from signatures.models import Chain, Signature

AHEAD = 1_000  # entries looked at together while searching for a letter's newest published one


class NotYet(Exception):
    """The log has no such entry, or no checkpoint covers it; `reason` is safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tree:
    """The published tree at one moment: its checkpoint, and every hash and entry below it."""

    def __init__(self, folder: Folder) -> None:
        """`NotYet` before the first checkpoint."""
        self._folder = folder
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        try:
            self.signed = folder.checkpoint()
        except Missing:
            raise NotYet("the log has no checkpoint yet") from None
        self.checkpoint: Checkpoint = checkpoint.parse(note.parse(self.signed).text)

    @property
    def size(self) -> int:
        return self.checkpoint.size

    def proof_of(self, index: int) -> Proof:
        """The inclusion proof, checked before it is given away."""
        if not 0 <= index < self.size:
            raise NotYet("the entry is in no checkpoint yet")
        hashes = merkle.inclusion(index, self.size, self.hash_of)
        merkle.check_inclusion(
            leaf=self.hash_of(Node(0, index)),
            index=index,
            size=self.size,
            proof=hashes,
            root=self.checkpoint.root,
        )
        return Proof(index, tuple(hashes), self.signed)

    def hash_of(self, node: Node) -> bytes:
        """A node's hash, from the one tile that has it."""
        place = tiles.place_of(node)
        held = self._tiles.get((place.level, place.number))
        if held is None:
            width = tiles.width_at(self.size, place.level, place.number)
            data = self._folder.read(Tile(place.level, place.number, width))
            held = self._tiles[place.level, place.number] = tiles.decode_tile(data, width)
        return tiles.hash_in(held, place)

    def entry_at(self, index: int) -> bytes:
        """The 84 bytes of a published entry."""
        number, place = divmod(index, WIDTH)
        width = tiles.width_at(self.size, ENTRIES, number)
        return tiles.decode_bundle(self._folder.read(Tile(ENTRIES, number, width)), width)[place]


def tree() -> Tree:
    """What is published now."""
    return Tree(Folder(settings.LOG_DIR))


def proof_of(index: int) -> Proof:
    """That entry `index` is in the newest checkpoint; `NotYet` when it is not."""
    return tree().proof_of(index)


def receipt_of(signature: Signature) -> bytes:
    """The signer's own file, which opens their entry; `NotYet` while no checkpoint has it.

    `openings.Gone` when the person or the letter's key is forgotten.
    """
    if signature.log_index is None:
        raise NotYet("the signature is not in the log")
    opening = openings.opening_of(signature)
    published = tree()
    proof = published.proof_of(signature.log_index)
    return receipt.make(
        index=proof.index,
        hashes=proof.hashes,
        checkpoint=proof.checkpoint,
        entry=published.entry_at(proof.index),
        seed=opening.seed,
        parts=opening.parts,
    )


def proof_of_letter(letter: Letter) -> bytes:
    """A letter's totals: its newest published entry and the proof of it; `extra` is the entry."""
    published = tree()
    index = _newest(letter, published.size)
    return bytes(replace(published.proof_of(index), extra=published.entry_at(index)))


def _newest(letter: Letter, size: int) -> int:
    """The index of the letter's newest entry below `size`.

    The first one after it points back to it, so nothing older is ever searched.
    """
    chain = Chain.objects.filter(pk=letter.pk).first()
    if chain is None or chain.last is None:
        raise NotYet("the letter is not in the log")
    if chain.last < size:
        return chain.last
    for start in range(size, chain.last + 1, AHEAD):
        for raw in store.read(start, min(start + AHEAD, chain.last + 1)):
            entry = leaf.decode(raw)
            if entry.letter == letter.uid.bytes:
                if entry.prev < size:
                    return entry.prev
                raise NotYet("the letter is in no checkpoint yet")
    raise NotYet("the letter is in no checkpoint yet")
