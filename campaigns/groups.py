"""The groups signers choose from: names an organiser gives, in the order readers see them."""

import unicodedata
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import cleaning

FEWEST, MOST = 2, 12
LENGTH = 60  # letters of a name


class BadGroups(Exception):
    """These can't be chosen from; `place` is the name it is about, counted from 1, if it is one."""

    def __init__(self, reason: str | Promise, place: int | None = None) -> None:
        super().__init__("bad groups")
        self.reason, self.place = reason, place


def read(typed: Iterable[str]) -> list[str]:
    """The names, cleaned; empty ones are dropped. Raises BadGroups."""
    found: dict[str, str] = {}
    for place, one in enumerate(typed, start=1):
        try:
            name = cleaning.line(one, limit=LENGTH)
        except cleaning.BadText as bad:
            raise BadGroups(bad.reason, place) from None
        if name and found.setdefault(_folded(name), name) is not name:
            raise BadGroups(_("This name stands there twice."), place)
    if found and len(found) < FEWEST:
        raise BadGroups(_("One group leaves nothing to choose. Name at least two, or none."))
    if len(found) > MOST:
        raise BadGroups(_("There is room for twelve groups."))
    return list(found.values())


def _folded(name: str) -> str:
    """Two names that differ in capitals or in the width of their letters are one to a reader."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
