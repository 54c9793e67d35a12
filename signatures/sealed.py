"""Where this app keeps sealed values besides columns; see `campaigns.sealed`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns import sealing
from campaigns.sealed import Passing, Place
from signatures.proof import letterkeys


@dataclass(frozen=True)
class LetterKeys:
    """The letters' own keys: one file each."""

    name: str = letterkeys.PLACE

    def keys(self) -> Counter[int]:
        return Counter(key_id for _, key_id in letterkeys.everybody())

    def reseal(self) -> Iterator[int]:
        for letter, key_id in letterkeys.everybody():
            if key_id != sealing.newest():
                try:
                    yield int(letterkeys.rewrap(letter))
                except sealing.Unsealable:
                    continue  # counted afterwards, and named


PLACES: tuple[Place, ...] = (LetterKeys(), Passing("sent.waiting"), Passing("denied"))
