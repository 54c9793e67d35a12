"""Who sets the pages of signatories: rows go in as lines, finished pages come out in order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Font = Any  # weasyprint.pdf.fonts.Font
Image = Any  # weasyprint.images.RasterImage


@dataclass(slots=True)
class Tagged:
    """What a page holds, for the tree of tags: a tag, its marked content, its parts.

    TH, TD, P, H2, H3, LBody have marked content or nothing; Table, TR, L, LI have parts. A Table or
    L that starts a page without a heading before it goes on with the one of the page before.
    """

    tag: str
    mcid: int | None = None
    parts: list["Tagged"] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    content: bytes  # deflated, in points from the bottom left; uses fonts and images by name
    tagged: list[Tagged]  # in reading order; marked content counts from 0
    bookmarks: list[tuple[str, float]]  # label, points from the bottom


@dataclass(slots=True)
class Ink:
    """What the pages are drawn with."""

    fonts: dict[int, Font]  # as in a WeasyPrint document's `fonts`; drawn by font.hash
    images: dict[str, Image]  # name in the content: image
    missing: set[int]  # code points no font has

    def merge_into(self, fonts: dict[int, Font]) -> None:
        """Add to the fonts of a document that WeasyPrint drew."""
        raise NotImplementedError


class Crew:
    """Made once WeasyPrint is there; `pages` first, then `ink`; `foot` at any time."""

    def __init__(self, job: dict[str, Any], *, processes: int) -> None:
        raise NotImplementedError

    def pages(self, lines: Iterable[bytes]) -> Iterator[Page]:
        raise NotImplementedError

    def ink(self) -> Ink:
        raise NotImplementedError

    def foot(self, page: int, total: int) -> bytes:
        """The line at the foot of a page, as a content stream of its own, an artifact."""
        raise NotImplementedError
