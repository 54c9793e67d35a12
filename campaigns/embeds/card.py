"""The picture others show beside a link to a letter."""

import io
from collections.abc import Sequence

import cairocffi

from campaigns.bcp47 import is_rtl
from campaigns.embeds import curve as growth
from campaigns.embeds.typesetting import (
    Setting,
    Style,
    has_italics,
    printable,
    sans,
    serif,
)
from campaigns.palette import checked_hex

WIDTH, HEIGHT = 1200, 630  # pixels, what Open Graph readers expect
_PAPER, _INK, _QUIET = "#fbf9f4", "#1c1b18", "#5d5a52"
_BAR, _MARGIN, _COLUMN = 16, 76, WIDTH - 2 * 76
_TO_BASE, _TITLE_TOP, _TITLE_BOTTOM = 94, 122, 370
_NUMBER_BASE = 474
_WAVE_TOP = 498
_SIZES = (92, 84, 76, 68, 60, 53, 47)  # of the title, tried in turn
_TITLE_LINES, _TITLE_CHARACTERS = 4, 300
_WAVE = (
    (0, 14),
    ((8, 14), (9, 1), (15, 1)),
    ((21, 1), (22, 14), (30, 14)),
)  # static/img/mark.svg


def png(
    title: str,
    to: str,
    count: str,
    label: str,
    *,
    accent: str,
    language: str,
    curve: Sequence[tuple[float, int]],
) -> bytes:
    """A PNG of 1200 × 630 pixels; the same arguments and fonts give the same bytes.

    `to` is the whole line above the title ("An open letter to Marta Velander"), `count` and
    `label` what stands below ("12,408", "signatures"), all in the reader's language; `curve` the
    points of `curve.cumulate`. Raises palette.NotAColour if `accent` isn't a hex colour.
    """
    accent = checked_hex(accent)
    surface = cairocffi.ImageSurface(cairocffi.FORMAT_RGB24, WIDTH, HEIGHT)
    canvas = cairocffi.Context(surface)
    _ground(canvas, accent)
    _wave(canvas, accent, curve)
    _to_line(canvas, to, language)
    _title(canvas, title, language)
    wordmark = _wordmark(canvas, accent, language)
    _number(canvas, count, label, language, room=_COLUMN - wordmark - 40)
    surface.flush()
    written = io.BytesIO()
    surface.write_to_png(written)
    return written.getvalue()


def _ground(canvas: cairocffi.Context, accent: str) -> None:
    _ink(canvas, _PAPER)
    canvas.paint()
    _ink(canvas, accent)
    canvas.rectangle(0, 0, WIDTH, _BAR)
    canvas.fill()


def _wave(canvas: cairocffi.Context, accent: str, points: Sequence[tuple[float, int]]) -> None:
    start, pieces = growth.cubics(points, WIDTH, HEIGHT - _WAVE_TOP - 8)
    canvas.save()
    canvas.translate(0, _WAVE_TOP)
    canvas.move_to(*start)
    for one, other, end in pieces:
        canvas.curve_to(*one, *other, *end)
    line = canvas.copy_path()
    canvas.line_to(WIDTH, HEIGHT)
    canvas.line_to(0, HEIGHT)
    canvas.close_path()
    _ink(canvas, accent, opacity=0.13)
    canvas.fill()
    canvas.append_path(line)
    _ink(canvas, accent)
    canvas.set_line_width(5)
    canvas.stroke()
    canvas.restore()


def _wordmark(canvas: cairocffi.Context, accent: str, language: str) -> float:
    """Draw the mark and our name at the far end of the last line; return their width."""
    style = Style(serif("en"), 27, weight=700)
    name = Setting(canvas, "Groundswell", style, language="en", width=_COLUMN)
    mark = 46.0
    total: float = mark + 14 + name.width
    left = _MARGIN if is_rtl(language) else WIDTH - _MARGIN - total
    canvas.save()
    canvas.translate(left, _NUMBER_BASE - 21)
    canvas.scale(mark / 30, mark / 30)
    start, *pieces = _WAVE
    canvas.move_to(*start)
    for one, other, end in pieces:
        canvas.curve_to(*one, *other, *end)
    _ink(canvas, accent)
    canvas.set_line_width(2.6)
    canvas.set_line_cap(cairocffi.LINE_CAP_ROUND)
    canvas.stroke()
    canvas.restore()
    _ink(canvas, _INK)
    name.draw(left + mark + 14, _NUMBER_BASE - name.baseline)
    return total


def _to_line(canvas: cairocffi.Context, to: str, language: str) -> None:
    line = _to_setting(canvas, to, language, 34)
    for size in (30, 27):
        if not line.is_cut:
            break
        line = _to_setting(canvas, to, language, size)
    _ink(canvas, _QUIET)
    line.draw(_MARGIN, _TO_BASE - line.baseline)


def _to_setting(canvas: cairocffi.Context, to: str, language: str, size: int) -> Setting:
    style = Style(serif(language), size, italic=has_italics(language))
    return Setting(canvas, to[:_TITLE_CHARACTERS], style, language=language, width=_COLUMN)


def _title(canvas: cairocffi.Context, title: str, language: str) -> None:
    setting = _fitted(canvas, printable(title)[:_TITLE_CHARACTERS], language)
    setting.balance(_COLUMN)
    _ink(canvas, _INK)
    left = WIDTH - _MARGIN - setting.box if is_rtl(language) else _MARGIN
    setting.draw(left, _TITLE_TOP)


def _fitted(canvas: cairocffi.Context, title: str, language: str) -> Setting:
    """The title as large as it can be without breaking a word; at the smallest size it is cut."""
    room = _TITLE_BOTTOM - _TITLE_TOP
    tries = [(size, breaks) for size in _SIZES for breaks in (False, True)]
    setting = _title_setting(canvas, title, language, *tries[0])
    for size, breaks in tries:
        setting = _title_setting(canvas, title, language, size, breaks)
        fits = setting.height <= room and setting.width <= _COLUMN and not setting.is_cut
        if fits and (not breaks or size == _SIZES[-1]):
            break
    return setting


def _title_setting(
    canvas: cairocffi.Context, title: str, language: str, size: int, break_words: bool
) -> Setting:
    return Setting(
        canvas,
        title,
        Style(serif(language), size, weight=700, leading=0.84),
        language=language,
        width=_COLUMN,
        lines=_TITLE_LINES,
        break_words=break_words,
    )


def _number(
    canvas: cairocffi.Context, count: str, label: str, language: str, *, room: float
) -> None:
    number_style = Style(serif(language), 92, weight=700)
    number = Setting(canvas, count, number_style, language=language, width=room * 0.75)
    words = Setting(
        canvas,
        label,
        Style(sans(language), 30),
        language=language,
        width=room - number.width - 22,
    )
    rtl = is_rtl(language)
    _ink(canvas, _INK)
    left = WIDTH - _MARGIN - number.box if rtl else _MARGIN
    number.draw(left, _NUMBER_BASE - number.baseline)
    _ink(canvas, _QUIET)
    gap = number.width + 22
    beside = WIDTH - _MARGIN - gap - words.box if rtl else _MARGIN + gap
    words.draw(beside, _NUMBER_BASE - words.baseline)


def _ink(canvas: cairocffi.Context, colour: str, *, opacity: float = 1.0) -> None:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    canvas.set_source_rgba(red, green, blue, opacity)
