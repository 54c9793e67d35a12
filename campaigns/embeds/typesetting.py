"""Text in every script on a cairo surface, set by Pango."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import cairocffi
import cffi

from campaigns.bcp47 import is_rtl

# The few functions we need of the Pango that WeasyPrint sets PDFs with too.
_DECLARATIONS = """
    typedef struct { int x, y, width, height; } PangoRectangle;
    void g_object_unref(void *object);
    void *pango_cairo_create_layout(void *cairo);
    void pango_cairo_show_layout(void *cairo, void *layout);
    void pango_cairo_context_set_font_options(void *context, void *options);
    void *pango_layout_get_context(void *layout);
    void pango_layout_context_changed(void *layout);
    void pango_context_set_language(void *context, void *language);
    void pango_context_set_base_dir(void *context, int direction);
    void pango_context_set_round_glyph_positions(void *context, int round);
    void *pango_language_from_string(const char *language);
    void *pango_font_description_new(void);
    void pango_font_description_free(void *font);
    void pango_font_description_set_family(void *font, const char *family);
    void pango_font_description_set_weight(void *font, int weight);
    void pango_font_description_set_style(void *font, int style);
    void pango_font_description_set_absolute_size(void *font, double size);
    void pango_layout_set_font_description(void *layout, void *font);
    void pango_layout_set_text(void *layout, const char *text, int length);
    void pango_layout_set_width(void *layout, int width);
    void pango_layout_set_height(void *layout, int height);
    void pango_layout_set_wrap(void *layout, int mode);
    void pango_layout_set_ellipsize(void *layout, int mode);
    void pango_layout_set_alignment(void *layout, int alignment);
    void pango_layout_set_auto_dir(void *layout, int automatic);
    void pango_layout_set_line_spacing(void *layout, float factor);
    int pango_layout_get_line_count(void *layout);
    int pango_layout_get_baseline(void *layout);
    int pango_layout_is_ellipsized(void *layout);
    int pango_layout_get_unknown_glyphs_count(void *layout);
    void pango_layout_get_extents(void *layout, PangoRectangle *ink, PangoRectangle *logical);
"""
_SCALE = 1024  # Pango units in a pixel
_LEFT, _RIGHT = 0, 2  # PangoAlignment
_WRAP_WORD, _WRAP_WORD_CHAR = 0, 2  # PangoWrapMode
_ELLIPSIZE_END = 3

_HAN = {"ja": "JP", "ko": "KR", "zh-hant": "TC", "zh-tw": "TC", "zh-hk": "HK"}
# Languages whose scripts have no slanted form, besides those that run from right to left.
_UPRIGHT = frozenset(
    "am bn bo gu hi hy ja ka km kn ko lo ml mr my ne pa si ta te th ti zh".split()  # noqa: SIM905
)
# Emoji are not among them: Pango asks for those itself, and named here they take the digits too.
_SCRIPTS = [
    "Hebrew",
    "Devanagari",
    "Bengali",
    "Gurmukhi",
    "Gujarati",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Sinhala",
    "Thai",
    "Lao",
    "Khmer",
    "Myanmar",
    "Tibetan",
    "Georgian",
    "Armenian",
    "Ethiopic",
]

ffi = cffi.FFI()
ffi.cdef(_DECLARATIONS)


@cache
def _pango() -> Any:
    # Opened late, so that a machine without it is told by a system check and not by a traceback.
    return ffi.dlopen("libpangocairo-1.0.so.0")


@dataclass(frozen=True)
class Style:
    family: str
    size: float  # pixels
    weight: int = 400
    italic: bool = False
    leading: float = 0.0  # times the font's own line height; 0 keeps it


class Setting:
    """A text set in a style within a width; sizes in pixels of the surface."""

    def __init__(
        self,
        canvas: cairocffi.Context,
        text: str,
        style: Style,
        *,
        language: str,
        width: float,
        lines: int = 1,
        break_words: bool = True,
    ) -> None:
        self._canvas, self._pango = canvas, _pango()
        self._cairo = ffi.cast("void *", int(cairocffi.ffi.cast("uintptr_t", canvas._pointer)))
        layout = self._pango.pango_cairo_create_layout(self._cairo)
        self._layout = ffi.gc(layout, self._pango.g_object_unref)
        self._speak(language)
        self._dress(style)
        wrap = _WRAP_WORD_CHAR if break_words else _WRAP_WORD
        self._pango.pango_layout_set_wrap(layout, wrap)
        self._pango.pango_layout_set_height(layout, -lines)
        self._pango.pango_layout_set_ellipsize(layout, _ELLIPSIZE_END if break_words else 0)
        encoded = printable(text).encode()
        self._pango.pango_layout_set_text(layout, encoded, len(encoded))
        self.fit(width)

    def fit(self, width: float) -> None:
        """Break the lines again for another width."""
        self.box = width
        self._pango.pango_layout_set_width(self._layout, round(width * _SCALE))
        ink: Any = ffi.new("PangoRectangle *")
        box: Any = ffi.new("PangoRectangle *")
        self._pango.pango_layout_get_extents(self._layout, ink, box)
        self.width, self.height = box.width / _SCALE, box.height / _SCALE
        self.lines: int = self._pango.pango_layout_get_line_count(self._layout)
        self.baseline: float = self._pango.pango_layout_get_baseline(self._layout) / _SCALE

    @property
    def is_cut(self) -> bool:
        return bool(self._pango.pango_layout_is_ellipsized(self._layout))

    @property
    def unknown(self) -> int:
        """How many characters no installed font can show."""
        return int(self._pango.pango_layout_get_unknown_glyphs_count(self._layout))

    def balance(self, width: float) -> None:
        """Make the lines about equally long without making more of them."""
        lines, narrow, wide = self.lines, width / 2, width
        if lines == 1 or self.is_cut:
            return
        while wide - narrow > 4:
            middle = (narrow + wide) / 2
            self.fit(middle)
            if self.lines > lines or self.width > middle or self.is_cut:
                narrow = middle
            else:
                wide = middle
        self.fit(wide)

    def draw(self, x: float, y: float) -> None:
        """Draw with the top of the first line at y, in the canvas's colour."""
        self._canvas.move_to(x, y)
        self._pango.pango_cairo_show_layout(self._cairo, self._layout)

    def _speak(self, language: str) -> None:
        rtl = is_rtl(language)
        context = self._pango.pango_layout_get_context(self._layout)
        tag = self._pango.pango_language_from_string(language.encode("ascii", "ignore"))
        self._pango.pango_context_set_language(context, tag)
        self._pango.pango_context_set_base_dir(context, 1 if rtl else 0)
        self._pango.pango_context_set_round_glyph_positions(context, 0)
        # Without these the machine's own taste in hinting would show in the picture.
        options = cairocffi.FontOptions(
            antialias=cairocffi.ANTIALIAS_GRAY,
            hint_style=cairocffi.HINT_STYLE_NONE,
            hint_metrics=cairocffi.HINT_METRICS_OFF,
        )
        pointer = ffi.cast("void *", int(cairocffi.ffi.cast("uintptr_t", options._pointer)))
        self._pango.pango_cairo_context_set_font_options(context, pointer)
        self._pango.pango_layout_context_changed(self._layout)
        self._pango.pango_layout_set_auto_dir(self._layout, 0)
        self._pango.pango_layout_set_alignment(self._layout, _RIGHT if rtl else _LEFT)

    def _dress(self, style: Style) -> None:
        pango = self._pango
        font = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
        pango.pango_font_description_set_family(font, style.family.encode())
        pango.pango_font_description_set_absolute_size(font, style.size * _SCALE)
        pango.pango_font_description_set_weight(font, style.weight)
        pango.pango_font_description_set_style(font, 2 if style.italic else 0)
        pango.pango_layout_set_font_description(self._layout, font)
        pango.pango_layout_set_line_spacing(self._layout, style.leading)


def has_italics(language: str) -> bool:
    """Whether the language's script has a slanted form of its own; leaning others is a fault."""
    return not is_rtl(language) and language.lower().split("-")[0] not in _UPRIGHT


def serif(language: str) -> str:
    """Families by name: what "serif" means to a machine is an accident."""
    scripts = ",".join(f"Noto Serif {script}" for script in _SCRIPTS)
    return f"Noto Serif,Noto Naskh Arabic,Noto Serif CJK {_han(language)},{scripts},DejaVu Serif"


def sans(language: str) -> str:
    return f"Noto Sans,Noto Sans Arabic,Noto Sans CJK {_han(language)},DejaVu Sans"


def printable(text: str) -> str:
    """One line of what a font can be asked for."""
    kept = (
        " " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character
        for character in text
    )
    return " ".join("".join(kept).split())


def _han(language: str) -> str:
    tag = language.lower()
    return _HAN.get(tag) or _HAN.get(tag.split("-")[0], "SC")
