"""Which characters `cleaning` treats in which way, and the places where joiners may stand.

Sources: Unicode chapters 9, 12, 13 and 23, UAX #31 section 2.3 (joiners), UTS #51 (emoji), UTS #37
(ideographic variation). Everything here is data or a pure question about one place in a text.
"""

import re
from unicodedata import category, combining


def _each(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


# Letters that NFC leaves alone and that carry nothing hidden: most names need no closer look.
PLAIN = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u024f\u0400-\u0482\u048a-\u052f\u3041-\u3096\u30a1-\u30fa\u30fc"
    "\u4e00-\u9fff\uac00-\ud7a3]*"
)

LINE_ENDS = "\n\r\v\f\u0085\u2028\u2029"
SPACES = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
ZWSP = "\u200b"
LEFT_BY_PASTING = "\u00ad\u2060\ufeff"
IN_TEXT = frozenset("\n\t" + ZWSP)

IN_A_LINE: dict[int, str | None] = {
    **{ord(char): " " for char in LINE_ENDS + "\t" + SPACES},
    **{ord(char): None for char in LEFT_BY_PASTING + ZWSP},
}
IN_PARAGRAPHS: dict[int, str | None] = {
    **{ord(char): "\n" for char in LINE_ENDS},
    **{ord(char): " " for char in SPACES if char not in "\u00a0\u202f\u3000"},
    **{ord(char): None for char in LEFT_BY_PASTING},
}

# Thai, Lao, Myanmar and Khmer are written without spaces; there U+200B says where a line may end.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
REPEATED_BREAKS = re.compile("\u200b{2,}")
LOOSE_BREAKS = re.compile(f"(?<![{_UNSPACED}])\u200b|\u200b(?![{_UNSPACED}])")

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
JOINERS = frozenset("\u200c\u200d")
LOOSE_JOINERS = re.compile("(?<!\\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\\S)")

# Not format characters by category, yet drawn as nothing: the empty-looking name is made of these.
LOOKING_LIKE_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    "\U0001d159"
}
BROKEN = frozenset("\ufffc\ufffd")  # what is left of an image, or of a wrong encoding

# Marks that any letter can take (script Inherited): what stacks of accents are built from.
COMMON_MARKS = _each(
    (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)
)

_MONGOLIAN_SELECTORS = _each((0x180B, 0x180D), (0x180F, 0x180F))
_EMOJI_SELECTORS = frozenset("\ufe0e\ufe0f")
VARIATION_SELECTORS = _MONGOLIAN_SELECTORS | _each((0xFE00, 0xFE0F)) | _each((0xE0100, 0xE01EF))
_PUNCTUATION_EMOJI = frozenset("‼⁉〰〽")
_KEYCAP = "\u20e3"

# England, Scotland, Wales: the only sequences of tag characters in general use.
FLAGS = re.compile(
    "\U0001f3f4(?:"
    + "|".join(
        "".join(chr(0xE0000 + ord(letter)) for letter in nation)
        for nation in ("gbeng", "gbsct", "gbwls")
    )
    + ")\U000e007f"
)

# One row a group of scripts whose letters change their shape with a joiner between them.
_JOINING_SCRIPTS = (
    (0x0620, 0x06FF, 0x0750, 0x077F, 0x08A0, 0x08FF, 0xFB50, 0xFDFF, 0xFE70, 0xFEFC),  # Arabic
    (0x0710, 0x074F, 0x0860, 0x086F),  # Syriac
    (0x07CA, 0x07FF),  # N'Ko
    (0x0840, 0x085F),  # Mandaic
    (0x0900, 0x097F, 0xA8E0, 0xA8FF, 0x1CD0, 0x1CFF),  # Devanagari, Vedic
    (0x0980, 0x09FF),  # Bengali
    (0x0A00, 0x0A7F),  # Gurmukhi
    (0x0A80, 0x0AFF),  # Gujarati
    (0x0B00, 0x0B7F),  # Odia
    (0x0B80, 0x0BFF),  # Tamil
    (0x0C00, 0x0C7F),  # Telugu
    (0x0C80, 0x0CFF),  # Kannada
    (0x0D00, 0x0D7F),  # Malayalam
    (0x0D80, 0x0DFF),  # Sinhala
    (0x1000, 0x109F, 0xA9E0, 0xA9FF, 0xAA60, 0xAA7F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1800, 0x18AF),  # Mongolian
    (0x1B00, 0x1B7F),  # Balinese
    (0xA980, 0xA9DF),  # Javanese
    (0x11000, 0x1107F),  # Brahmi
    (0x11100, 0x1114F),  # Chakma
    (0x1E900, 0x1E95F),  # Adlam
)


def joins(text: str, place: int) -> bool:
    """Whether the joiner at `place` does something there: in its script, or inside an emoji."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if not before:
        return False
    if after and text[place] == "\u200d" and _ends_emoji(before) and _starts_emoji(after):
        return True
    script = _joining_script(before)
    if script is None:
        return False
    if after_virama(text, place) and not (after and category(after) == "Cf"):
        return True
    return bool(after) and script == _joining_script(after) and category(after)[0] in "LM"


def after_virama(text: str, place: int) -> bool:
    """Whether a virama stands before `place`: a joiner there shapes it, even at a word's end."""
    return place > 0 and combining(text[place - 1]) == 9


def varies(text: str, place: int) -> bool:
    """Whether the variation selector at `place` follows a character it can vary."""
    before, selector = text[place - 1 : place], text[place]
    if not before:
        return False
    if selector in _MONGOLIAN_SELECTORS:
        return "\u1800" <= before <= "\u18af" and category(before)[0] == "L"
    if selector in _EMOJI_SELECTORS:
        if before in "0123456789#*":
            return text[place + 1 : place + 2] == _KEYCAP
        if category(before)[0] == "S" or before in _PUNCTUATION_EMOJI:
            return True
    return _is_han(before)


def from_a_newer_unicode(char: str) -> bool:
    """Whether an unassigned code point lies in a block kept for emoji or Han.

    Those two grow every year and normalisation leaves them alone: a Python with older tables must
    not refuse somebody's name or heart.
    """
    code = ord(char)
    if code & 0xFFFE == 0xFFFE:
        return False
    return 0x1F300 <= code <= 0x1FAFF or 0x20000 <= code <= 0x3FFFD


def _joining_script(char: str) -> int | None:
    if category(char)[0] not in "LM":
        return None
    code = ord(char)
    for number, ranges in enumerate(_JOINING_SCRIPTS):
        if any(
            first <= code <= last for first, last in zip(ranges[::2], ranges[1::2], strict=True)
        ):
            return number
    return None


def _starts_emoji(char: str) -> bool:
    return 0x2190 <= ord(char) <= 0x2BFF or 0x1F000 <= ord(char) <= 0x1FAFF


def _ends_emoji(char: str) -> bool:
    return _starts_emoji(char) or char == "\ufe0f"


def _is_han(char: str) -> bool:
    code = ord(char)
    return (
        0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFD
        or char in "〆々〇"
    )
