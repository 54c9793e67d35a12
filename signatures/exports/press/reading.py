"""What a reader gets back from drawn text: by copying, by searching, by listening.

A PDF holds glyphs. Readers turn them back with the font's table of texts, left to right as drawn,
and then turn whatever runs from right to left. That gives the text back where each glyph is one
letter; where letters join into signs the text stands beside them (`ActualText`, ISO 32000-1,
14.9.4). Poppler turns that text round as well, so for it we write what it will turn into ours.
"""

import re
import unicodedata
from codecs import BOM_UTF16_BE
from functools import cache

_BREAKS = re.compile("[\0-\x1f\x7f\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]")
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_ISOLATED = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
# What poppler knows to run from right to left; N’Ko and Adlam it doesn’t. As measured.
_TURNED = re.compile(
    "[\u05be\u05c0\u05c3\u05c5-\u05c7\u05d0-\u05ea\u05ef-\u05f4\u0600-\u0603\u060d\u0616-\u064a"
    "\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06ee\u06ef\u06fa-\u070d\u0710\u0712-\u072f"
    "\u074d-\u07a5\u07b1]"
)
_QUOTES = frozenset("‘’“”„‚«»‹›–—…·")
_TYPES = {"L": "L", **dict.fromkeys(("EN", "ES", "ET", "CS", "AN"), "N")}
_LEFT, _RIGHT = "\u200e", "\u200f"  # marks without a glyph that have a direction

_known = {chr(code) for code in range(0x20, 0x7F)} | set(_QUOTES)


def plain(text: str) -> str:
    """A cell is one paragraph: whatever would break a line becomes a space."""
    return _BREAKS.sub(" ", text).strip()


def direction(text: str) -> str:
    """The direction of the first letter that has one and isn't set apart (UAX 9, P2)."""
    if text.isascii():
        return "ltr"
    for each in (_ISOLATED.sub("", text), text):
        for letter in each:
            kind = unicodedata.bidirectional(letter)
            if kind in ("R", "AL"):
                return "rtl"
            if kind == "L":
                return "ltr"
    return "ltr"


def han(text: str, fallback: str) -> str:
    """Whose shapes Han characters take: kana and hangul tell, otherwise `fallback`."""
    if text.isascii():
        return fallback
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    return fallback if _HAN.search(text) else "sc"


def kind(style: str, text: str, shapes: str) -> str:
    """The id of the sample a cell is set like; `shapes` is empty where there is but one."""
    return f"{style}-{direction(text)}-{han(text, shapes)}" if shapes else style


def lettered(text: str) -> bool:
    """Whether glyphs alone tell the text: letters, digits and signs no other character looks like.

    A font may draw the middle dot of Japanese and of Catalan alike; that dot needs its text beside.
    """
    letters = set(text)
    if letters <= _known:
        return True
    new = {letter for letter in letters - _known if _unmistakable(letter)}
    _known.update(new)
    return letters <= _known


def _unmistakable(letter: str) -> bool:
    return (
        unicodedata.category(letter)[0] in "LN" and unicodedata.normalize("NFKC", letter) == letter
    )


def weight(text: str) -> tuple[bool, int, str]:
    """Of several texts a glyph was drawn for, the least of these stands in the font's table."""
    return (not lettered(text), len(text), text)


def rightward(letter: str) -> bool:
    return _TURNED.match(letter) is not None


def turned(text: str) -> bool:
    """Whether every reader knows to turn this text: letters from right to left, and spaces."""
    return all(letter == " " or (rightward(letter) and _upright(letter)) for letter in text)


@cache
def _upright(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "M"


def has_turned(text: str) -> bool:
    return not text.isascii() and _TURNED.search(text) is not None


def has_leftward(text: str) -> bool:
    """Whether anything in it runs from right to left, known to poppler or not."""
    return not text.isascii() and any(
        unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text
    )


def beside(text: str) -> str:
    """`text` as the words beside a line: without what only steers the drawing."""
    return _CONTROLS.sub("", text)


def before_turning(text: str, *, rtl: bool) -> str:
    """What poppler turns into `text`, on a page mostly from right to left or mostly not.

    Left to right: it keeps everything up to a letter R, then turns everything up to a letter L or a
    digit. Right to left: the same from the other end. A mark stands where a stretch would begin
    with something that has no direction.
    """
    return _from_right(text) if rtl else _from_left(text)


def _from_left(text: str) -> str:
    made, i = "", 0
    while i < len(text):
        j = _next(text, i, "R")
        made += text[i:j]
        i = _next(text, j, "LN")
        stretch = text[j:i][::-1]
        if stretch and not rightward(stretch[0]):
            stretch = _RIGHT + stretch
        made += stretch
    return made


def _from_right(text: str) -> str:
    made, i = "", 0
    while i < len(text):
        j = _next(text, i, "LN")
        stretch = text[i:j][::-1]
        if i and stretch and not rightward(stretch[-1]):
            stretch += _RIGHT
        i = j
        j = _next(text, i, "R")
        while j > i and _type(text[j - 1]) not in "LN":
            j -= 1
        made = text[i:j] + stretch + made
        i = j
    return made


def _next(text: str, start: int, types: str) -> int:
    return next((i for i in range(start, len(text)) if _type(text[i]) in types), len(text))


@cache
def _type(letter: str) -> str:
    """R, L, N for digits and signs between them, - for what has no direction or isn't known."""
    if rightward(letter) or letter == _RIGHT:
        return "R"
    if letter > "\uffff":
        return "-"
    return _TYPES.get(unicodedata.bidirectional(letter), "-")


def neutral_start(text: str) -> int:
    """How many characters at the start of `text` have no direction of their own."""
    return _next(text, 0, "LNR")


def after_turning(text: str) -> str:
    """What has no direction, after a stretch from right to left: it stays outside of it."""
    return _LEFT + beside(text)


def span(text: str, show: str) -> str:
    """`show` with the text it stands for beside it."""
    return f"/Span<</ActualText<{(BOM_UTF16_BE + text.encode('utf-16-be')).hex()}>>>BDC {show}EMC "
