"""Fonts as Pango picks them: a face, and a cut of it for each style it is drawn in."""

from dataclasses import dataclass, field
from typing import Any

from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import ffi, gobject, pango
from weasyprint.text.fonts import get_pango_font_key

from signatures.exports.press.inking import Face, Inked, Style

PT = 0.75  # points in a CSS pixel
UNITS = 1024  # of Pango in a CSS pixel

ffi.cdef("""
    gpointer g_object_ref (gpointer object);
    PangoFontDescription * pango_font_description_from_string (const char *str);
""")


@dataclass(slots=True)
class Cut:
    """A face at the size of a style. Widths are thousandths of that size, the rest points."""

    face: Face
    font: Any  # PangoFont
    size: float
    ascent: float
    descent: float
    scale: float  # Pango's units to thousandths of the size
    pictured: bool  # an emoji font: its glyphs are images
    drawable: bool  # an emoji font whose images we can't draw is not
    select: str  # the operator that chooses it
    widths: dict[int, int] = field(default_factory=dict)

    def width(self, glyph: int) -> int:
        """Measured once, and noted for the font's table of widths."""
        wide = round(_box(self.font, glyph, ink=False)[2] * self.scale)
        self.widths[glyph] = wide
        self.face.is_wide(glyph, wide)
        return wide

    def picture(self, glyph: int) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of an emoji, from where its glyph is drawn."""
        self.face.pictures.add(glyph)
        x, y, width, height = (part / UNITS * PT for part in _box(self.font, glyph, ink=True))
        return x, -y - height, width, height


class Cutter:
    """Knows every font a process drew with; a font is asked about once for each style."""

    def __init__(self) -> None:
        self.inked = Inked()
        self._kinds: dict[str, tuple[Face, bool, bool]] = {}

    def cut(self, font: Any, style: Style) -> Cut:
        gobject.g_object_ref(font)  # its address is remembered, so it must not be given away
        _, description, size = get_pango_font_key(font)
        words = ffi.string(pango.pango_font_description_to_string(description)).decode()
        if words not in self._kinds:
            self._kinds[words] = self._meet(font, words)
        face, pictured, drawable = self._kinds[words]
        if pictured:
            size = style["font_size"]
        _, top, _, height = _box(font, 0, ink=False)
        return Cut(
            face,
            font,
            size * PT,
            ascent=-top / UNITS * PT,
            descent=(top + height) / UNITS * PT,
            scale=1000 / UNITS / size,
            pictured=pictured,
            drawable=drawable,
            select=f"/{face.name} {size * PT:g} Tf ",
        )

    def _meet(self, font: Any, words: str) -> tuple[Face, bool, bool]:
        _, description, size = get_pango_font_key(font)
        known = Font(font, description, size)
        face = self.inked.faces.setdefault(known.hash, Face(known.hash, words))
        colours = bool(known.png or known.svg or known.colr)
        return face, bool(known.png), bool(known.png) or not colours


def _box(font: Any, glyph: int, *, ink: bool) -> tuple[int, int, int, int]:
    """Left, top, width and height in Pango's units, down from the baseline."""
    box = ffi.new("PangoRectangle *")
    there = (box, ffi.NULL) if ink else (ffi.NULL, box)
    pango.pango_font_get_glyph_extents(font, glyph, *there)
    return box.x, box.y, box.width, box.height
