"""oEmbed 1.0 (oembed.com): what a page needs to show a letter's count from the letter's address."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from campaigns.embeds import badge

WIDTH, HEIGHT = 448, 172  # pixels; what the counter takes when nobody asks for less
NARROW = ((260, 240), (360, 196))  # below a width: its words take more lines there, German most
_LONGEST = 2000  # characters of an address
_PATH = re.compile(
    r"(?:/(?P<language>[a-z-]{2,10}))?/letters/(?P<slug>[-\w]{1,80})(?:/.*)?", re.ASCII
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_USUAL = {None, 80, 443}  # ports that need no saying


@dataclass(frozen=True)
class Named:
    """The letter an address names, and the language it asks for, or "" for the letter's own."""

    slug: str
    language: str


def letter_at(address: str, *, site: str, languages: Collection[str]) -> Named | None:
    """Which letter of `site` an address names: its page or any below it, over http or https, or
    written without a scheme. None for everything else."""
    address = address.strip()
    if len(address) > _LONGEST:
        return None
    if not _SCHEME.match(address):
        address = f"https://{address.removeprefix('//')}"
    try:
        if _place(address) != _place(site):
            return None
        path = urlsplit(address).path
    except ValueError:  # a port or a bracket that is none
        return None
    found = _PATH.fullmatch(path)
    if found is None or (found["language"] and found["language"] not in languages):
        return None
    return Named(found["slug"], found["language"] or "")


@dataclass(frozen=True)
class Room:
    """How many pixels the asking page has, at most; None is as many as wanted."""

    width: int | None = None
    height: int | None = None

    @classmethod
    def from_words(cls, width: str, height: str) -> "Room":
        """From `maxwidth` and `maxheight`; what isn't a number limits nothing."""
        return cls(_limit(width), _limit(height))

    def frame(self) -> tuple[int, int]:
        """Width and height of the counter in it."""
        width = min(WIDTH, self.width or WIDTH)
        height = next((high for below, high in NARROW if width < below), HEIGHT)
        return width, min(height, self.height or height)

    def holds(self, width: int, height: int) -> bool:
        return width <= (self.width or width) and height <= (self.height or height)


def as_xml(told: Mapping[str, str | int]) -> str:
    """The same answer as XML, section 2.3.4 of the standard."""
    parts = (f"<{name}>{escape(_readable(value))}</{name}>" for name, value in told.items())
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
    return f"{head}<oembed>{''.join(parts)}</oembed>\n"


def _readable(value: str | int) -> str:
    return badge.NOT_XML.sub("", str(value))


def _place(address: str) -> tuple[str, int | None, str | None]:
    """Host and port, and who is named before them: `https://us@them/` is theirs."""
    parts = urlsplit(address)
    port = None if parts.port in _USUAL else parts.port
    return (parts.hostname or "").rstrip("."), port, parts.username


def _limit(words: str) -> int | None:
    return int(words) or None if words.isascii() and words.isdigit() and len(words) < 6 else None
