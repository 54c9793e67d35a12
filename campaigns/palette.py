"""One accent per letter: named colours, an organiser's own, and the proof that both can be read."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The grounds of static/css/tokens.css; a test compares them.
PAPER = ("#fbf9f4", "#14171a")
CARD = ("#ffffff", "#1b1f23")
ON_ACCENT = ("#ffffff", "#0c1416")
TINT = 0.12  # how much accent --tint mixes into the paper

READABLE = 4.5  # WCAG 2.2, 1.4.3, text of any size
_FURTHEST = 0.22  # in OKLab lightness: beyond it a colour is no longer the one that was chosen
_AS_LIGHT = 0.80  # where accents sit on the dark paper
_HEX = re.compile(r"#[0-9a-f]{6}|#[0-9a-f]{3}", re.ASCII | re.IGNORECASE)

Triple = tuple[float, float, float]


class BadColour(ValueError):
    """A colour that can't be used; `reason` is safe to show."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAColour(BadColour):
    """It isn't written as a hex colour."""


class PoorContrast(BadColour):
    """No readable colour is near enough to the one asked for."""


@dataclass(frozen=True)
class Accent:
    """A colour for light and dark paper, and what text on it is set in."""

    light: str
    dark: str
    on_light: str = ON_ACCENT[0]
    on_dark: str = ON_ACCENT[1]


DEFAULT = "water"
NAMED: Mapping[str, Accent] = MappingProxyType(
    {
        "water": Accent("#0b5563", "#86d0da"),
        "ink": Accent("#254582", "#9ebef8"),
        "iris": Accent("#4f3797", "#c2b1f8"),
        "plum": Accent("#752b69", "#eaa9db"),
        "brick": Accent("#9a2a20", "#f7a599"),
        "amber": Accent("#845011", "#eabb79"),
        "moss": Accent("#355b2c", "#a2d496"),
        "slate": Accent("#3b434d", "#c3cbd4"),
    }
)
LABELS: Mapping[str, Promise] = MappingProxyType(
    {
        "water": _("Water"),
        "ink": _("Ink"),
        "iris": _("Iris"),
        "plum": _("Plum"),
        "brick": _("Brick"),
        "amber": _("Amber"),
        "moss": _("Moss"),
        "slate": _("Slate"),
    }
)


def checked_hex(text: str) -> str:
    """`#rgb` or `#rrggbb` in any case as lower-case `#rrggbb`, or NotAColour: nothing else may
    reach a style sheet or a picture."""
    if not _HEX.fullmatch(text):
        raise NotAColour(_("Write a colour as # and six digits, for example #0b5563."))
    digits = text[1:].lower()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


def accent(colour: str) -> Accent:
    """The accent nearest to an organiser's colour that can be read on light and on dark paper.

    Raises NotAColour, or PoorContrast where that would be another colour altogether.
    """
    lightness, a, b = _oklab(checked_hex(colour))
    light = _darkened(lightness, a, b)
    if light is None:
        raise PoorContrast(
            _("Text in this colour is too pale to read on paper. Choose a darker one.")
        )
    return Accent(light=light, dark=_lightened(lightness, a, b))


def or_default(colour: str) -> Accent:
    """The same, with our own colour in place of one that can't be used."""
    try:
        return accent(colour)
    except BadColour:
        return NAMED[DEFAULT]


def stylesheet(accent: Accent) -> str:
    """The CSS that puts an accent in place of the default one, made of checked hex values only."""
    values = (accent.light, accent.dark, accent.on_light, accent.on_dark)
    light, dark, on_light, on_dark = map(checked_hex, values)
    return (
        f":root{{--accent:light-dark({light},{dark});"
        f"--on-accent:light-dark({on_light},{on_dark})}}\n"
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two hex colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """`color-mix(in oklab, colour share, ground)` as hex, share from 0 to 1."""
    ours, theirs = _oklab(colour), _oklab(ground)
    one, two, three = (share * x + (1 - share) * y for x, y in zip(ours, theirs, strict=True))
    return _hex(one, two, three) or ground


def is_readable(colour: str, *, scheme: int) -> bool:
    """Whether text in it reads on paper, card and tint, and the button's text on it (0 light, 1
    dark)."""
    grounds = (
        PAPER[scheme],
        CARD[scheme],
        mixed(colour, PAPER[scheme], TINT),
        ON_ACCENT[scheme],
    )
    return all(contrast(colour, ground) >= READABLE for ground in grounds)


def _darkened(lightness: float, a: float, b: float) -> str | None:
    for step in range(round(_FURTHEST * 100) + 1):
        tried = _in_gamut(max(0.0, lightness - step / 100), a, b)
        if is_readable(tried, scheme=0):
            return tried
    return None


def _lightened(lightness: float, a: float, b: float) -> str:
    # White reads on dark paper, so the search always ends with an answer.
    start = max(lightness, _AS_LIGHT)
    for step in range(round((1 - min(start, 1.0)) * 100) + 1):
        tried = _in_gamut(start + step / 100, a, b)
        if is_readable(tried, scheme=1):
            return tried
    return "#ffffff"


def _in_gamut(lightness: float, a: float, b: float) -> str:
    # Keeps hue and lightness and gives up as little colourfulness as sRGB demands.
    for share in range(20, -1, -1):
        found = _hex(lightness, a * share / 20, b * share / 20)
        if found is not None:
            return found
    return "#ffffff" if lightness > 0.5 else "#000000"


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Triple:
    def one(at: int) -> float:
        value = int(colour[at : at + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return one(1), one(3), one(5)


def _oklab(colour: str) -> Triple:
    # CSS Color 4, section 9.2 and its sample code: sRGB → LMS → OKLab.
    r, g, b = _linear(colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _hex(lightness: float, a: float, b: float) -> str | None:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    if not all(-0.0005 <= channel <= 1.0005 for channel in channels):
        return None
    return "#" + "".join(f"{_encoded(channel):02x}" for channel in channels)


def _encoded(channel: float) -> int:
    value = min(1.0, max(0.0, channel))
    return round(
        255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)
    )
