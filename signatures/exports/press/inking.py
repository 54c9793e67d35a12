"""What pages are drawn with: the fonts, their glyphs and the texts those stand for."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image as Pixels
from weasyprint.images import RasterImage
from weasyprint.pdf.fonts import Font as Embedded
from weasyprint.text.ffi import ffi, gobject, pango
from weasyprint.text.fonts import FontConfiguration, get_hb_object_data, get_pango_font_key

from signatures.exports.press import reading

Style = Any  # WeasyPrint's computed style of an element
Font = Any  # weasyprint.pdf.fonts.Font
Image = Any  # weasyprint.images.RasterImage


@dataclass(slots=True)
class Face:
    """A font file as drawn with in one process. Its name is the same in every process."""

    name: str
    description: str  # as Pango says it, without a size
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
        """Add to the fonts of a document that WeasyPrint drew. Of glyphs of both, we know more."""
        for key, font in self.fonts.items():
            if key in fonts:
                fonts[key].to_unicode.update(font.to_unicode)
                fonts[key].widths.update(font.widths)
            else:
                fonts[key] = font


_SIZE = 12 * 1024  # in Pango's units; glyphs and their widths are the same at any


class FaceGone(Exception):
    """A font is another one than it was a moment ago."""


def real(inked: Inked, fonts: FontConfiguration) -> Ink:
    """Find every face again, here: what is to be written into the file is read from it."""
    ink = Ink({}, {}, inked.missing)
    context = ffi.gc(pango.pango_font_map_create_context(fonts.font_map), gobject.g_object_unref)
    for name, face in sorted(inked.faces.items()):
        key, font = _load(face.description, fonts, context)
        if font.hash != name:
            raise FaceGone(face.description)
        font.to_unicode = dict(sorted(face.texts.items()))
        font.widths = dict(sorted(face.widths.items()))
        ink.fonts[key] = font
        for glyph in sorted(face.pictures):
            picture = f"i{name}{glyph}"
            data = get_hb_object_data(font.hb_font, "png", glyph)
            ink.images[picture] = RasterImage(Pixels.open(BytesIO(data)), picture, data)
    return ink


def _load(words: str, fonts: FontConfiguration, context: Any) -> tuple[int, Font]:
    description = ffi.gc(
        pango.pango_font_description_from_string(words.encode()),
        pango.pango_font_description_free,
    )
    pango.pango_font_description_set_absolute_size(description, _SIZE)
    font = ffi.gc(
        pango.pango_font_map_load_font(fonts.font_map, context, description),
        gobject.g_object_unref,
    )
    key, found, size = get_pango_font_key(font)
    embedded = Embedded(font, found, size)
    embedded.kept = font  # what it points to goes with this
    return key, embedded
