"""Shelving: the rows of a letter into the order somebody wants, by number alone.

Nothing is ever sorted whole: the database walks its index by name, and day, group and country only
choose the shelf a row's number is put on. That takes 16 bytes a row.
"""

from array import array
from dataclasses import dataclass
from datetime import date

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import translation

from campaigns.models import Letter
from signatures import collation
from signatures.exports import wording
from signatures.exports.wish import Wish
from signatures.querysets import SignatureQuerySet

STEP = 2_000  # rows the cursor holds
# As text: making three million moments of it took a tenth of the time of a long list.
CHANGED = Cast("changed_at", TextField())
_Shelf = tuple[bool, bool, str, int, bool]  # pinned, apart, key, day, withheld
_Line = tuple[int, date | None, bool, str, str | None]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that stand together: initial signatories, one group's, or those of no group."""

    key: str  # a group's name or a country's code
    pinned: bool
    apart: bool  # withheld, where the others stand in groups
    first: int  # places in the list, from nought
    end: int


class Shelves:
    """Filled inside one look, emptied afterwards."""

    def __init__(self, letter: Letter, wish: Wish) -> None:
        self._letter, self._wish = letter, wish
        self._shelves: dict[_Shelf, tuple[array[int], array[int]]] = {}

    def fill(self, counted: SignatureQuerySet) -> None:
        wanted = counted.filter(public=True) if self._wish.public_only else counted
        if self._wish.preset:  # contacts are those who asked for updates
            wanted = wanted.filter(updates=True)
        fields = ("pk", "day", "public", self._wish.key or "language", CHANGED)
        first = wanted.filter(pinned__isnull=False).order_by("pinned", "name_key", "uid")
        others = wanted.filter(pinned__isnull=True)
        shown = others.filter(public=True).order_by("name_key", "uid")
        withheld = others.filter(public=False).order_by("uid")
        for pinned, rows in ((True, first), (False, shown), (False, withheld)):
            for line in rows.values_list(*fields).iterator(chunk_size=STEP):
                self._put(line, pinned=pinned)

    def _put(self, line: _Line, *, pinned: bool) -> None:
        pk, day, public, key, changed = line
        parted = bool(self._wish.key)
        apart = parted and not public  # whoever withholds their name has no group and no country
        # Among the names of a day a withheld one would still tell when somebody signed.
        dated = self._wish.sort == "date" and day is not None and not pinned and public
        shelf = (
            pinned,
            apart,
            key if parted and public else "",
            day.toordinal() if dated and day else 0,
            not public and not pinned,
        )
        ids, versions = self._shelves.setdefault(shelf, (array("q"), array("q")))
        ids.append(pk)
        versions.append(version(changed))

    def emptied(self) -> tuple[tuple[Section, ...], "array[int]", "array[int]"]:
        """Everything in the order wanted; the shelves go as they are read."""
        ids, versions = array("q"), array("q")
        sections: list[Section] = []
        for shelf in sorted(self._shelves, key=self._place()):
            its_ids, its_versions = self._shelves.pop(shelf)
            pinned, apart, key, *_rest = shelf
            first, end = len(ids), len(ids) + len(its_ids)
            if sections and sections[-1] == Section(key, pinned, apart, sections[-1].first, first):
                first = sections.pop().first
            sections.append(Section(key, pinned, apart, first, end))
            ids.extend(its_ids)
            versions.extend(its_versions)
        return tuple(sections), ids, versions

    def _place(self) -> "_Place":
        keys = {shelf[2] for shelf in self._shelves} - {""}
        rank = {key: at for at, key in enumerate(_ordered(self._letter, self._wish.key, keys))}
        by_key = self._wish.volumes == self._wish.key  # then each volume has its own first names
        return _Place(rank, by_key=by_key)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a shelf comes in the list."""

    rank: dict[str, int]
    by_key: bool

    def __call__(self, shelf: _Shelf) -> tuple[int, ...]:
        pinned, apart, key, day, withheld = shelf
        group = (int(apart), self.rank.get(key, len(self.rank)))
        own = (int(not pinned),)
        return (*((*group, *own) if self.by_key else (*own, *group)), int(withheld), day)


def _ordered(letter: Letter, kind: str, keys: set[str]) -> list[str]:
    """Groups as the organiser ordered them, then former ones; countries by name."""
    if kind == "country":
        with translation.override(wording.words(letter.language)):
            return sorted(keys, key=lambda code: collation.sort_key(wording.country(code)))
    listed = [name for name in letter.groups if name in keys]
    return listed + sorted(keys - set(listed), key=collation.sort_key)


def version(changed: str | None) -> int:
    """Eight bytes that tell one moment of change from another, within this process."""
    return hash(changed) if changed else 0
