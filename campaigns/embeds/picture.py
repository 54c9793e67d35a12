"""The badge as pixels, for places that show no SVG: mails, chats, forums."""

import io
from math import pi

import cairocffi

from campaigns.bcp47 import is_rtl
from campaigns.embeds import badge
from campaigns.embeds.typesetting import Setting, Style, sans, serif
from campaigns.palette import checked_hex

SCALE = 2  # pixels for each unit of the badge, for dense screens
HEIGHT = 32  # units
_MARK, _PAD, _GAP, _RADIUS = 40, 11, 6, 3
_BASELINE, _WIDEST = 21.5, 440
_PAPER, _LINE, _INK, _QUIET = "#fbf9f4", "#e2dccf", "#1c1b18", "#5d5a52"


def png(label: str, value: str, *, accent: str, language: str) -> bytes:
    """The badge that says `value label`, 64 pixels high on a clear ground; the same arguments and
    fonts give the same bytes.

    Raises palette.NotAColour if `accent` isn't a hex colour.
    """
    accent = checked_hex(accent)
    label, value = badge.shown(label), badge.shown(value)
    measured = _lines(_canvas(1), label, value, language)
    gap = _GAP if label else 0
    width = round(_MARK + 2 * _PAD + gap + sum(line.width for line in measured))
    canvas, mirrored = _canvas(width), is_rtl(language)
    _ground(canvas, width)
    _mark(canvas, width - _MARK if mirrored else 0, accent)
    left: float = _MARK + _PAD
    for line, colour in zip(_lines(canvas, label, value, language), (_INK, _QUIET), strict=True):
        _colour(canvas, colour)
        line.draw(width - left - line.box if mirrored else left, _BASELINE - line.baseline)
        left += line.width + gap
    return _written(canvas)


def _canvas(width: int) -> cairocffi.Context:
    surface = cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, width * SCALE, HEIGHT * SCALE)
    canvas = cairocffi.Context(surface)
    canvas.scale(SCALE)
    return canvas


def _lines(canvas: cairocffi.Context, label: str, value: str, language: str) -> list[Setting]:
    """The number and its words, each in a box as wide as itself."""
    styles = Style(serif(language), 16, weight=600), Style(sans(language), 12.5)
    lines = [
        Setting(canvas, text, style, language=language, width=_WIDEST)
        for text, style in zip((value, label), styles, strict=True)
    ]
    for line in lines:
        line.fit(line.width + 1)  # a hair more, or rounding would cut the last word
    return lines


def _ground(canvas: cairocffi.Context, width: int) -> None:
    _rounded(canvas, 0.5, 0.5, width - 1, HEIGHT - 1)
    _colour(canvas, _PAPER)
    canvas.fill_preserve()
    _colour(canvas, _LINE)
    canvas.set_line_width(1)
    canvas.stroke()


def _mark(canvas: cairocffi.Context, left: float, accent: str) -> None:
    _rounded(canvas, left, 0, _MARK, HEIGHT)
    _colour(canvas, accent)
    canvas.fill()
    canvas.save()
    canvas.translate(left + 7, 9.5)
    canvas.scale(0.867)
    canvas.move_to(0, 14)  # static/img/mark.svg
    canvas.curve_to(8, 14, 9, 1, 15, 1)
    canvas.curve_to(21, 1, 22, 14, 30, 14)
    _colour(canvas, "#ffffff")
    canvas.set_line_width(2.6)
    canvas.set_line_cap(cairocffi.LINE_CAP_ROUND)
    canvas.stroke()
    canvas.restore()


def _rounded(
    canvas: cairocffi.Context, left: float, top: float, width: float, height: float
) -> None:
    right, bottom = left + width - _RADIUS, top + height - _RADIUS
    left, top = left + _RADIUS, top + _RADIUS
    canvas.new_sub_path()
    for turn, (x, y) in enumerate(((right, top), (right, bottom), (left, bottom), (left, top))):
        canvas.arc(x, y, _RADIUS, (turn - 1) * pi / 2, turn * pi / 2)
    canvas.close_path()


def _colour(canvas: cairocffi.Context, colour: str) -> None:
    canvas.set_source_rgb(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))


def _written(canvas: cairocffi.Context) -> bytes:
    surface = canvas.get_target()
    surface.flush()
    written = io.BytesIO()
    surface.write_to_png(written)
    return written.getvalue()
