"""What pages are drawn with: the fonts, their glyphs and the texts those stand for."""

from dataclasses import dataclass, field
from typing import Any

from signatures.exports.press import reading

Style = Any  # WeasyPrint's computed style of an element
Font = Any  # weasyprint.pdf.fonts.Font
Image = Any  # weasyprint.images.RasterImage


@dataclass(slots=True)
class Face:
    """A font file as drawn with in one process. Its name is the same in every process."""

    name: str
    sample: tuple[str, str]  # a kind of style and a text in it that is drawn with this face
    texts: dict[int, str] = field(default_factory=dict)  # glyph: what it stands for
    widths: dict[int, int] = field(default_factory=dict)  # glyph: thousandths of the size
    pictures: set[int] = field(default_factory=set)  # glyphs drawn as an image

    def says(self, glyph: int, text: str) -> None:
        old = self.texts.get(glyph)
        if old is None or (old != text and reading.weight(text) < reading.weight(old)):
            self.texts[glyph] = text

    def is_wide(self, glyph: int, width: int) -> None:
        self.widths[glyph] = min(width, self.widths.get(glyph, width))

    def add(self, other: "Face") -> None:
        self.sample = min(self.sample, other.sample)
        for glyph, text in other.texts.items():
            self.says(glyph, text)
        for glyph, width in other.widths.items():
            self.is_wide(glyph, width)
        self.pictures |= other.pictures


@dataclass(slots=True)
class Inked:
    """What one process drew with, small and fit to be sent."""

    faces: dict[str, Face] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)  # code points no font has

    def add(self, other: "Inked") -> None:
        for name, face in other.faces.items():
            if name in self.faces:
                self.faces[name].add(face)
            else:
                self.faces[name] = face
        self.missing |= other.missing


@dataclass(slots=True)
class Ink:
    """What the pages are drawn with, as WeasyPrint writes it."""

    fonts: dict[int, Font]  # as in a WeasyPrint document's `fonts`; drawn by font.hash
    images: dict[str, Image]  # name in the content: image
    missing: set[int]  # code points no font has

    def merge_into(self, fonts: dict[int, Font]) -> None:
        """Add to the fonts of a document that WeasyPrint drew."""
        for key, font in self.fonts.items():
            theirs = fonts.setdefault(key, font)
            if theirs is font:
                continue
            for glyph, text in font.to_unicode.items():
                old = theirs.to_unicode.get(glyph, text)
                theirs.to_unicode[glyph] = min(old, text, key=reading.weight)
            theirs.widths.update(font.widths)
