"""Names in an order people expect, the same on every database, and text folded for searching.

The order is the Unicode Collation Algorithm's (UTS #10) with the default table of Unicode 10, not
ignoring spaces: digits, Latin, Greek, Cyrillic, Georgian, Armenian, Hebrew, Arabic, the scripts of
India, Thai, …, Hangul, Kana, Han by radical and stroke. It is nobody's national order; see
docs/decisions/0010-name-order.md. Keys are compared as bytes (SQLite BLOB, PostgreSQL bytea).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from hashlib import blake2b

from pyuca.collator import Collator_10_0_0 as Collator

KEY_LIMIT = 96
_NAME_LIMIT = 90  # letters beyond this can't reach the key
_TIE = 8
_COMMON_ACCENT, _COMMON_CASE = 0x20, 0x02

_UNSPOKEN = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Cc", "Cf"})
_DASHES = re.compile(r"[\s\-\u058a\u05be\u2010-\u2015\u30a0\ufe58\ufe63\uff0d]+")
_WORD_LIMIT = 40
_UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SPELLED = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe",
        "þ": "th", "ð": "d", "ŋ": "n", "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "`": "'",
        "´": "'", "‐": "-", "‑": "-", "–": "-", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": None,
    }
)  # fmt: skip


def sort_key(name: str) -> bytes:
    """At most 96 bytes whose order is the order of names; b"" for "". Never raises.

    Letters decide first, then accents, then case, then 8 bytes of BLAKE2 over the name, so equal
    keys mean equal names. Punctuation doesn't count; hyphens count as spaces. Names that agree in
    their first forty or so letters are ordered by those 8 bytes: firmly, but not by alphabet.
    """
    if not name:
        return b""
    tie = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_TIE).digest()
    letters, accents, cases = bytearray(), bytearray(), bytearray()
    for element in _elements()(_spoken(name)):
        letter, accent, case = element[:3]
        if letter:
            letters += letter.to_bytes(2)
        if accent:
            # The table's accents reach 0x118; 0 is kept for the end of a level.
            accents.append(min(accent - _COMMON_ACCENT + 1, 255))
        if case:
            cases.append(case)
    key = bytes(letters) + b"\0\0" + _level(accents, 1) + _level(cases, _COMMON_CASE)
    return key[: KEY_LIMIT - _TIE] + tie


def fold(text: str) -> str:
    """For searching: case, accents, ligatures and the shapes of ł, ø, ı, æ don't count; one space.

    Marks that are letters of their own (Indic vowel signs, Thai, kana voicing) stay. Never raises.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    opened = unicodedata.normalize("NFKD", text).casefold().translate(_SPELLED)
    kept = "".join(char for char in unicodedata.normalize("NFKD", opened) if not _is_dropped(char))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def search_words(text: str) -> str:
    """The folded words a text can be found by, between single spaces: letters, digits and their
    marks alone. Scripts without spaces count each letter as a word; words end after 40 letters."""
    spaced = "".join(_alone(char) for char in fold(text))
    return " ".join(word[:_WORD_LIMIT] for word in spaced.split())


def _alone(char: str) -> str:
    if unicodedata.category(char)[0] not in "LNM":
        return " "
    return f" {char} " if _UNSPACED.match(char) else char


def _spoken(name: str) -> str:
    """NFD without what nobody says: punctuation and format characters."""
    spaced = _DASHES.sub(" ", name[: 2 * _NAME_LIMIT])
    heard = "".join(char for char in spaced if unicodedata.category(char) not in _UNSPOKEN)
    return unicodedata.normalize("NFD", heard.strip()[:_NAME_LIMIT])


def _level(weights: bytearray, common: int) -> bytes:
    return bytes(weights).rstrip(bytes((common,))) + b"\0"


def _is_dropped(char: str) -> bool:
    order = unicodedata.combining(char)
    return order == 1 or 10 <= order <= 36 or order >= 200 or unicodedata.category(char) == "Cf"


@cache
def _elements() -> Callable[[str], list[list[int]]]:
    """Made at the first name: reading the table takes about a tenth of a second."""
    found: Callable[[str], list[list[int]]] = Collator().collation_elements
    return found
