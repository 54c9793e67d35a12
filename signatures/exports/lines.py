"""Lines of text shaped and drawn by WeasyPrint's own text engine, without its box tree.

WeasyPrint spends its time on boxes and styles, not on text: a row of four table cells costs four
milliseconds, the same four lines a tenth of that. This module rests on names WeasyPrint does not
promise, so the version is pinned exactly and a test compares the outcome with WeasyPrint's own.
"""

import re
import unicodedata
from codecs import BOM_UTF16_BE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pydyf
from weasyprint.draw import text as drawing
from weasyprint.draw.text import draw_emojis, draw_first_line
from weasyprint.images import RasterImage
from weasyprint.matrix import Matrix
from weasyprint.text.ffi import pango, unicode_to_char_p
from weasyprint.text.line_break import Layout, line_size, split_first_line

Style = Any  # WeasyPrint's computed style of an element
Stream = Any  # WeasyPrint's content stream

_BREAKS = re.compile("[\0-\x1f\x7f\x85\u2028\u2029]+")
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff]")
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


_LEFTWARD = {"R", "AL"}
_JOINING = {"Mn", "Mc", "Me", "Cf"}


@dataclass(slots=True)
class Line:
    """One line ready to draw. The first three names are what WeasyPrint's drawing looks for."""

    text: str
    style: Style
    pango_layout: Any
    width: float
    height: float
    kept: bool  # the layout is shared and alive; otherwise it is made again to draw


def styles(pages: Iterable[Any]) -> dict[str, Style]:
    """The computed style of every element that has an id."""
    found: dict[str, Style] = {}
    for page in pages:
        for box in page._page_box.descendants():
            element = getattr(box, "element", None)
            if element is not None and element.get("id"):
                found.setdefault(element.get("id"), box.style)
    return found


def plain(text: str) -> str:
    """A cell is one paragraph: whatever would break a line becomes a space."""
    return _BREAKS.sub(" ", text).strip()


def direction(text: str) -> str:
    """The direction of the first letter that has one (UAX 9, P2)."""
    if text.isascii():
        return "ltr"
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def han(text: str, fallback: str) -> str:
    """Whose shapes Han characters take: kana and hangul tell, otherwise `fallback`."""
    if text.isascii():
        return fallback
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    return fallback if _HAN.search(text) else "sc"


def remember_emoji() -> None:
    """Decode each emoji once in this process: WeasyPrint does it again at each appearance."""
    pictures: dict[str, Any] = {}

    def picture(opened: Any, name: str, data: bytes) -> Any:
        if name not in pictures:
            pictures[name] = RasterImage(opened, name, data)
        return pictures[name]

    drawing.RasterImage = picture


class Setter:
    """Sets text in the styles of sample elements; remembers one layout for each of them."""

    def __init__(self, samples: dict[str, Style]) -> None:
        self._styles = samples
        self._layouts: dict[tuple[str, int], Any] = {}

    def fit(self, kind: str, text: str, width: float, *, slot: int = 0) -> list[Line]:
        """`text` in the style `kind`, wrapped to `width` CSS pixels, never cut.

        A line that fits shares its layout with the next of the same kind and slot: draw it before.
        """
        if not text:
            return []
        style = self._styles[kind]
        layout = self._layouts.get((kind, slot))
        if layout is None:
            layout = self._layouts[kind, slot] = Layout(style)
        layout.text = text
        pointer, kept_alive = unicode_to_char_p(text)
        pango.pango_layout_set_text(layout.layout, pointer, len(kept_alive))
        first, _ = layout.get_first_line()
        wide, high = line_size(first, style)
        if wide <= width:
            return [Line(text, style, layout, wide, high, True)]
        return list(_wrapped(text, style, width))

    def draw(self, stream: Stream, line: Line, x: float, baseline: float) -> None:
        """Draw `line` with its left end at `x` on `baseline`."""
        stream.set_color(line.style["color"])
        if not line.kept:
            line.pango_layout.reactivate(line.style)
        stacked = _stacks(line.text)
        if stacked:
            text = b"<" + (BOM_UTF16_BE + line.text.encode("utf-16-be")).hex().encode() + b">"
            stream.begin_marked_content("Span", pydyf.Dictionary({"ActualText": text}))
        stream.begin_text()
        emojis = draw_first_line(stream, line, "clip", "none", Matrix(d=-1, e=x, f=baseline))
        stream.end_text()
        if stacked:
            stream.end_marked_content()
        draw_emojis(stream, line.style, x, baseline, emojis)
        if not line.kept:
            line.pango_layout.deactivate()


def _stacks(text: str) -> bool:
    """Whether letters join into signs: then only the text itself, kept beside, reads back right.

    Not where anything runs from right to left: readers turn such a text round a second time.
    """
    if text.isascii() or any(unicodedata.bidirectional(letter) in _LEFTWARD for letter in text):
        return False
    return any(unicodedata.category(letter) in _JOINING for letter in text)


def _wrapped(text: str, style: Style, width: float) -> Iterator[Line]:
    while text:
        layout, _, resume, wide, high, _ = split_first_line(text, style, None, width, 0)
        yield Line(layout.text, style, layout, wide, high, False)
        if not resume:
            return
        text = text.encode()[resume:].decode().lstrip(" ")
