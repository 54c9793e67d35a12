"""Marks that links to a letter carry: `?ref=` names the place where somebody came across it."""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.http import urlencode

LONGEST = 64
INVITED = "+invited"  # of whom an organiser has invited; no link can carry it
_MARK = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST}}}")
_OTHER = re.compile(r"[^a-z0-9._]+")


def first(given: Iterable[str]) -> str:
    """The first that is a mark, or "". In small letters: `Zeit` and `zeit` are one place."""
    return next((one.lower() for one in given if _MARK.fullmatch(one)), "")


def named(place: str) -> str:
    """The mark for a place as people write it: "Süddeutsche Zeitung" is `suddeutsche-zeitung`."""
    plain = unicodedata.normalize("NFKD", place[: 4 * LONGEST]).encode("ascii", "ignore").decode()
    return _OTHER.sub("-", plain.lower())[:LONGEST].strip("-")


def query(ref: str) -> str:
    """What an address ends in to carry the mark; nothing without one."""
    return f"?{urlencode({'ref': ref})}" if ref else ""
