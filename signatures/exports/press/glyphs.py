"""The glyphs Pango chose, as operators of PDF text (ISO 32000-1, 9.4)."""

import struct
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from weasyprint.text.ffi import ffi

from signatures.exports.press import reading
from signatures.exports.press.cutting import PT, UNITS, Cut

Glyph = tuple[int, int, int, int, int]  # PangoGlyphInfo: glyph, width, x and y offset, flags

EMPTY = 0x0FFFFFFF  # PANGO_GLYPH_EMPTY: a character that only steers
UNKNOWN = 0x10000000  # PANGO_GLYPH_UNKNOWN_FLAG
_INFO = struct.Struct("=IiiiI")


@dataclass(frozen=True, slots=True)
class Picture:
    """An emoji, drawn where its glyph stands empty: points from the start of the text."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def moved(self, by: float) -> "Picture":
        return replace(self, x=self.x + by)


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one cut and one direction; `show` draws it, beginning with `select`."""

    start: int  # bytes before it in the text: Pango hands runs out from left to right
    turned: bool  # from right to left
    text: str
    select: str  # the cut at its start
    last: str  # the cut at its end
    show: str
    width: float
    ascent: float
    descent: float
    readable: bool  # the font's table says of each glyph what it stands for here
    pictures: tuple[Picture, ...] = ()


def infos(string: Any, text: str, *, turned: bool) -> tuple[list[Glyph], list[str], bool]:
    """Glyphs from left to right, the text of each, and whether each has one of its own.

    Where several glyphs make a sign, each gets the text of the sign. Text from right to left is in
    the order it is drawn, as everything in a font's table is.
    """
    count = string.num_glyphs
    glyphs: list[Glyph] = list(_INFO.iter_unpack(ffi.buffer(string.glyphs, _INFO.size * count)))
    starts: list[int] = ffi.unpack(string.log_clusters, count)
    if count == len(text) == len(set(starts)):
        return glyphs, list(text[::-1] if turned else text), True
    ends = sorted({*starts, len(text.encode())})
    raw = text.encode()
    signs = {}
    for start, end in pairwise(ends):
        sign = raw[start:end].decode()
        signs[start] = sign[::-1] if turned else sign
    return glyphs, [signs[start] for start in starts], len(signs) == count


def lacking(cut: Cut, glyphs: list[Glyph], texts: list[str]) -> set[int]:
    """The code points of this run for which there is no glyph that can be drawn."""
    if not cut.drawable:
        return {ord(letter) for text in texts for letter in text}
    return {glyph ^ UNKNOWN for glyph, *_ in glyphs if glyph >= UNKNOWN}


def draw(
    cut: Cut,
    glyphs: list[Glyph],
    texts: list[str],
    start: int,
    turned: bool,
    text: str,
    readable: bool,
    outside: int,
) -> Run:
    """`outside`: so many characters at the start stay outside the stretch drawn before them."""
    show, width, pictures = _show(cut, glyphs[outside:], texts[outside:])
    if outside:
        first, wide, _ = _show(cut, glyphs[:outside], texts[:outside])
        show = (reading.span(reading.after_turning(text[:outside]), first) if first else "") + show
        width += wide
        pictures = tuple(picture.moved(wide) for picture in pictures)
    show = cut.select + show
    return Run(
        start,
        turned,
        text,
        cut.select,
        cut.select,
        show,
        width,
        cut.ascent,
        cut.descent,
        readable,
        pictures,
    )


def joined(runs: list[Run]) -> Run:
    """One run after the other, as one to draw."""
    if len(runs) == 1:
        return runs[0]
    show, pictures = "", []
    width = ascent = descent = 0.0
    select = ""
    for run in runs:
        show += run.show.removeprefix(select) if run.select == select else run.show
        select = run.last
        pictures += [picture.moved(width) for picture in run.pictures]
        width += run.width
        ascent, descent = max(ascent, run.ascent), max(descent, run.descent)
    text = "".join(run.text for run in runs)
    show = show.replace(">]TJ [<", "")
    first = runs[0].select if runs else ""
    return Run(0, False, text, first, select, show, width, ascent, descent, True, tuple(pictures))


def _show(
    cut: Cut, glyphs: list[Glyph], texts: list[str]
) -> tuple[str, float, tuple[Picture, ...]]:
    """`owed`: how far right of its place the pen stands, in thousandths, as TJ takes it."""
    scale, widths, known = cut.scale, cut.widths, cut.face.texts
    out, pictures = ["["], []
    hexes = ""
    owed, pen = 0.0, 0
    for (glyph, width, x, y, _), text in zip(glyphs, texts, strict=True):
        if glyph == EMPTY:
            owed -= width * scale
            pen += width
            continue
        if known.get(glyph) != text:
            cut.face.says(glyph, text)
        wide = widths.get(glyph)
        if wide is None:
            wide = cut.width(glyph)
        owed -= x * scale
        if owed >= 0.5 or owed <= -0.5:
            step = round(owed)
            owed -= step
            out.append(f"<{hexes}>{step}" if hexes else f"{step}")
            hexes = ""
        if y:
            out.append(f"<{hexes}>" if hexes else "")
            out.append(f"]TJ {-y / UNITS * PT:.2f} Ts [<{glyph:04x}>]TJ 0 Ts [")
            hexes = ""
        else:
            hexes += f"{glyph:04x}"
        if cut.pictured:
            pictures.append(_picture(cut, glyph, pen + x, y))
        owed += wide + (x - width) * scale
        pen += width
    out.append(f"<{hexes}>" if hexes else "")
    if owed >= 0.5 or owed <= -0.5:
        out.append(f"{round(owed)}")
    out.append("]TJ ")
    return "".join(out).replace("[]TJ ", ""), pen / UNITS * PT, tuple(pictures)


def _picture(cut: Cut, glyph: int, x: int, y: int) -> Picture:
    left, bottom, width, height = cut.picture(glyph)
    return Picture(
        f"i{cut.face.name}{glyph}", x / UNITS * PT + left, bottom - y / UNITS * PT, width, height
    )
