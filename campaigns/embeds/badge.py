"""The count as a small picture, for places where nothing but an image may stand."""

import re
import unicodedata
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from campaigns.palette import checked_hex

_HEIGHT, _MARK, _PAD, _GAP = 32, 40, 11, 6  # user units, pixels at natural size
_VALUE_SIZE, _LABEL_SIZE = 16, 12.5
_LONGEST = 60  # characters of label or value
_SERIF = "Iowan Old Style,Palatino Linotype,Palatino,P052,Charter,Georgia,Noto Serif,serif"
_SANS = "system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,sans-serif"

# XML 1.0, section 2.2: anything else makes the whole document unreadable.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)

# Advance widths in em, over the faces named above; `textLength` makes up the difference.
_NARROW, _WIDE = (
    frozenset("fijlrtI.,:;!|'’()[]·/- \u00a0\u202f"),
    frozenset("mwMWÆŒ@%&—"),
)


def svg(
    label: str,
    value: str,
    *,
    accent: str,
    language: str,
    direction: Literal["ltr", "rtl"] = "ltr",
) -> str:
    """A standalone SVG that says `value label` ("12,408 signatures") and refers to nothing else.

    `accent` is a hex colour that white can be read on; raises palette.NotAColour for another text.
    """
    accent = checked_hex(accent)
    label, value = shown(label), shown(value)
    value_width = round(_width(value) * _VALUE_SIZE, 1)
    label_width = round(_width(label) * _LABEL_SIZE, 1)
    width = round(_MARK + 2 * _PAD + value_width + (_GAP if label else 0) + label_width)
    mark_at, value_at, label_at = 0.0, float(_MARK + _PAD), width - _PAD - label_width
    if direction == "rtl":
        mark_at, value_at = width - _MARK, width - _MARK - _PAD - value_width
        label_at = _PAD
    name = f"{value} {label}".strip()
    lang = quoteattr(language if _LANGUAGE.fullmatch(language) else "und")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" '
        f'viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label={quoteattr(name)} '
        f'xml:lang={lang} lang={lang} direction="{"rtl" if direction == "rtl" else "ltr"}">'
        f"<title>{escape(name)}</title>"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{_HEIGHT - 1}" rx="3" '
        f'fill="#fbf9f4" stroke="#e2dccf"/>'
        f"{_mark(mark_at, accent)}"
        f"{_text(value, value_at, value_width, _VALUE_SIZE, _SERIF, '#1c1b18', weight=600)}"
        f"{_text(label, label_at, label_width, _LABEL_SIZE, _SANS, '#5d5a52', weight=400)}"
        "</svg>\n"
    )


def _mark(x: float, accent: str) -> str:
    # The wave of static/img/mark.svg in a field of the accent.
    return (
        f'<rect x="{x:g}" width="{_MARK}" height="{_HEIGHT}" rx="3" fill="{accent}"/>'
        f'<path transform="translate({x + 7:g} 9.5) scale(.867)" '
        'd="M0 14C8 14 9 1 15 1s7 13 15 13" '
        'fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>'
    )


def _text(
    text: str,
    x: float,
    width: float,
    size: float,
    family: str,
    colour: str,
    *,
    weight: int,
) -> str:
    if not text:
        return ""
    return (
        f'<text x="{x + width / 2:.1f}" y="21.5" text-anchor="middle" textLength="{width}" '
        f'lengthAdjust="spacingAndGlyphs" font-family="{family}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">{escape(text)}</text>'
    )


def shown(text: str) -> str:
    """One line of what an XML document and a small picture can hold."""
    line = " ".join(NOT_XML.sub("", text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _width(text: str) -> float:
    """The text's width in em."""
    return sum(map(_advance, text))


def _advance(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0 if ord(character) < 0x1F000 else 1.25
    if character in _NARROW:
        return 0.31
    if character in _WIDE:
        return 0.9
    return 0.68 if character.isupper() else 0.56
