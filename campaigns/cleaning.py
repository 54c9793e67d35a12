"""Text as people type and paste it, made safe to store, compare, print and put into a mail header.

What happens to each character, in this order; whatever stays is NFC (UAX #15), and cleaning twice
is cleaning once:

====================================================  ==========================================
characters                                            what happens
====================================================  ==========================================
CR, LF, VT, FF, U+0085, U+2028, U+2029                a line end (in a line: a space)
tab, every other space (Zs)                           a space; Markdown keeps tabs, and longer text
                                                      keeps U+00A0, U+202F and U+3000
soft hyphen, U+2060, U+FEFF                           removed: pasting leaves them, nobody sees them
U+200B                                                removed; longer text keeps it between Thai,
                                                      Lao, Myanmar and Khmer letters (line breaks)
U+200C, U+200D (joiners)                              kept between letters of one script that needs
                                                      them, after its virama, and U+200D inside
                                                      emoji; removed beside a space; else refused
variation selectors                                   kept after what they can vary (Han, Mongolian,
                                                      symbols, keycaps); else refused
tag characters                                        kept in the flags of England, Scotland, Wales
controls, bidi controls and marks, any other Cf,      refused
fillers that look like nothing, U+FFFC, U+FFFD
surrogates, private use, unassigned                   refused, but for what newer Unicode versions
                                                      add to the emoji and Han blocks
Mn and Me (marks that stack)                          refused at the start of a line; at most 3 in a
                                                      row of the marks any letter can take, at most
                                                      5 in all: Burmese words need 4
====================================================  ==========================================

Length is counted at the end, in code points. Reasons are translated when shown and never repeat
what was typed.
"""

import re
from unicodedata import category, combining, normalize

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns import characters as known

COMMON_MARKS = 3
SCRIPT_MARKS = 5
# UAX #15 section 13: no language needs more, and normalising longer runs takes quadratic time.
_STREAM_SAFE = 30

_HIDDEN = _("There are characters in this that can't be seen. Please type it again.")
_TURNED = _("There are hidden marks in this that turn the text around. Please type it again.")
_UNKNOWN = _("There are characters in this that can't be shown. Please leave them out.")
_BARE = _("There is an accent in this that stands on no letter. Please type it again.")
_STACKED = _("There are too many accents on one letter. Please type it again with fewer.")
_LONG = _("This has {length} characters, and there is room for {limit}. Please shorten it.")

_SPACES = re.compile(" {2,}")
_BLANK_LINES = re.compile("\n{3,}")
_LEADING_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")


class BadText(Exception):
    """The text holds something refused, or too much; `reason` is a sentence for who typed it."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__("bad text")
        self.reason = reason


def line(text: str, *, limit: int) -> str:
    """One line, trimmed, at most `limit` code points. May be empty. Raises BadText."""
    if not known.PLAIN.fullmatch(text):
        text = _checked(text.translate(known.IN_A_LINE), keep=frozenset())
    return _fitting(" ".join(text.split()), limit)


def paragraphs(text: str, *, limit: int, markdown: bool = False) -> str:
    """Lines ended by LF, at most one empty in a row, at most `limit` code points. May be empty.

    Markdown keeps its indentation, trailing spaces and empty lines. Raises BadText.
    """
    broken = text.replace("\r\n", "\n").translate(known.IN_PARAGRAPHS)
    if not markdown:
        broken = broken.replace("\t", " ")
    broken = known.LOOSE_BREAKS.sub("", known.REPEATED_BREAKS.sub(known.ZWSP, broken))
    checked = _checked(broken, keep=known.IN_TEXT)
    if markdown:
        return _fitting(_LEADING_BLANK_LINES.sub("", checked).rstrip(" \t\n"), limit)
    lines = (_SPACES.sub(" ", one).strip(" ") for one in checked.split("\n"))
    return _fitting(_BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n"), limit)


def _fitting(text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadText(format_lazy(_LONG, length=len(text), limit=limit))
    return text


def _checked(text: str, *, keep: frozenset[str]) -> str:
    """The text in NFC without loose joiners, every character allowed where it stands."""
    if text.isascii() and text.isprintable():
        return text
    _refuse_endless_stacks(text)
    whole = _without_loose_joiners(normalize("NFC", text))
    flags = {
        place for flag in known.FLAGS.finditer(whole) for place in range(flag.start(), flag.end())
    }
    common = own = 0
    bare = True  # nothing stands yet in this line that a mark could sit on
    for place, char in enumerate(whole):
        kind = category(char)
        if kind in ("Mn", "Me"):
            if bare:
                raise BadText(_BARE)
            common, own = common + (char in known.COMMON_MARKS), own + 1
            if common > COMMON_MARKS or own > SCRIPT_MARKS:
                raise BadText(_STACKED)
        elif kind != "Cf":
            common = own = 0
            bare = char == "\n" or (bare and char in " \t")
        if place not in flags and char not in keep:
            _refuse(whole, place, char, kind)
    return whole


def _refuse_endless_stacks(text: str) -> None:
    run = 0
    for char in text:
        run = run + 1 if combining(char) else 0
        if run > _STREAM_SAFE:
            raise BadText(_STACKED)


def _without_loose_joiners(text: str) -> str:
    """Beside a space or at an end a joiner joins nothing: keyboards leave it there."""
    if "\u200c" not in text and "\u200d" not in text:
        return text
    return known.LOOSE_JOINERS.sub(
        lambda loose: loose[0] if known.after_virama(text, loose.start()) else "", text
    )


def _refuse(text: str, place: int, char: str, kind: str) -> None:
    """Raises BadText unless this character may stand where it stands."""
    if char in known.TURNING:
        raise BadText(_TURNED)
    if char in known.JOINERS:
        if not known.joins(text, place):
            raise BadText(_HIDDEN)
    elif char in known.VARIATION_SELECTORS:
        if not known.varies(text, place):
            raise BadText(_HIDDEN)
    elif kind in ("Cc", "Cf") or char in known.LOOKING_LIKE_NOTHING:
        raise BadText(_HIDDEN)
    elif (
        kind in ("Cs", "Co")
        or char in known.BROKEN
        or (kind == "Cn" and not known.from_a_newer_unicode(char))
    ):
        raise BadText(_UNKNOWN)
