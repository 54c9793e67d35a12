"""Proofs of what the log holds, always against the checkpoint that is public now."""

from django.conf import settings

from campaigns.models import Letter
from signatures.log import leaf, receipt, store
from signatures.log.folder import Folder
from signatures.log.published import NotYet, Tree
from signatures.models import Chain, Signature
from signatures.proof import openings

AHEAD = 1_000  # entries looked at together while searching for a letter's newest published one

__all__ = ["NotYet", "proof_of_letter", "receipt_of", "tree", "tree_if_any"]


def tree() -> Tree:
    """What is published now; `NotYet` before the first checkpoint."""
    return Tree(Folder(settings.LOG_DIR))


def tree_if_any() -> Tree | None:
    """The same; None before the first checkpoint."""
    try:
        return tree()
    except NotYet:
        return None


def receipt_of(signature: Signature) -> bytes:
    """The signer's own file, which opens their entry; `NotYet` while no checkpoint has it.

    `openings.Gone` when the person or the letter's key is forgotten.
    """
    if signature.log_index is None or signature.is_signing_anew:
        raise NotYet("the signature is not in the log")
    opening = openings.opening_of(signature)
    published = tree()
    proof = published.proof_of(signature.log_index)
    return receipt.make(
        index=proof.index,
        hashes=proof.hashes,
        checkpoint=proof.checkpoint,
        entry=published.entry(proof.index),
        seed=opening.seed,
        parts=opening.parts,
    )


def proof_of_letter(letter: Letter) -> bytes:
    """A letter's totals: its newest published entry and the proof of it; `extra` is the entry."""
    published = tree()
    return bytes(published.entry_proof(_newest(letter, published.size)))


def _newest(letter: Letter, size: int) -> int:
    """The index of the letter's newest entry below `size`.

    The first one after it points back to it, so nothing older is ever searched.
    """
    chain = Chain.objects.filter(pk=letter.pk).first()
    if chain is None or chain.last is None:
        raise NotYet("the letter is not in the log yet")
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
