"""A style to set text in: one Pango layout, kept, and what was set with it lately."""

from collections.abc import Iterator
from typing import Any

from weasyprint.text.ffi import ffi, pango
from weasyprint.text.line_break import Layout

from signatures.exports.press import reading
from signatures.exports.press.cutting import PT, UNITS, Cut, Cutter
from signatures.exports.press.glyphs import EMPTY, Glyph, Run, infos, lacking
from signatures.exports.press.inking import Style
from signatures.exports.press.remembering import Recent

_ALEFS = "اأإآٱ"
_BLOCKS = ((0x05D0, 0x05F4), (0x0620, 0x06FF), (0x0710, 0x072F), (0x0750, 0x077F))


class Setting:
    """What is common to all text of a style."""

    def __init__(self, style: Style, cutter: Cutter) -> None:
        self.rtl = style["direction"] == "rtl"
        self.size: float = style["font_size"] * PT
        red, green, blue = style["color"].to("srgb").coordinates
        self.colour = f"{red:.3g} {green:.3g} {blue:.3g} rg "
        self.lines: Recent[Any] = Recent(4000)
        self.wrapped: Recent[Any] = Recent(1000)
        self.words: Recent[Run] = Recent(20_000)
        self.figures: dict[str, Run] | None = None  # once known
        self._style = style
        self._cutter = cutter
        self._cuts: dict[int, Cut] = {}
        self._forms: dict[tuple[str, int], str] = {}
        self._sign = ""
        self._layout = Layout(style)  # owns what the pointer is to
        self._pointer = self._layout.layout
        pango.pango_layout_set_single_paragraph_mode(self._pointer, True)
        pango.pango_layout_set_wrap(self._pointer, pango.PANGO_WRAP_WORD_CHAR)
        self._never_hyphenate()

    def _never_hyphenate(self) -> None:
        attributes = pango.pango_layout_get_attributes(self._pointer)
        if attributes == ffi.NULL:
            attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
        never = pango.pango_attr_insert_hyphens_new(False)
        never.start_index, never.end_index = 0, 0xFFFFFFFF
        pango.pango_attr_list_change(attributes, never)
        pango.pango_layout_set_attributes(self._pointer, attributes)

    def first_line(self, raw: bytes) -> Any:
        """Good until the next text is set."""
        pango.pango_layout_set_text(self._pointer, raw, len(raw))
        return pango.pango_layout_get_line_readonly(self._pointer, 0)

    def broken(self, raw: bytes, width: float) -> Iterator[Any]:
        """The lines `raw` breaks into at `width` points; each good until the next text is set."""
        pango.pango_layout_set_width(self._pointer, int(width / PT * UNITS))
        try:
            line, i = self.first_line(raw), 0
            while line != ffi.NULL:
                yield line
                i += 1
                line = pango.pango_layout_get_line_readonly(self._pointer, i)
        finally:
            pango.pango_layout_set_width(self._pointer, -1)

    def cut(self, font: Any) -> Cut:
        address = int(ffi.cast("uintptr_t", font))
        cut = self._cuts.get(address)
        if cut is None:
            cut = self._cuts[address] = self._cutter.cut(font, self._style)
        return cut

    def substitute(self, signs: str) -> str:
        """The first of `signs` that can be drawn."""
        if not self._sign:
            self._sign = next(
                sign for sign in signs if not any(lacking(*each) for each in self._look(sign))
            )
        return self._sign

    def _look(self, text: str) -> Iterator[tuple[Cut, list[Glyph], list[str]]]:
        """The cut, the glyphs and their texts of each run of `text`, which isn't drawn."""
        raw = text.encode()
        run = self.first_line(raw).runs
        while run != ffi.NULL:
            item = run.data.item
            part = raw[item.offset : item.offset + item.length].decode()
            glyphs, texts, _ = infos(run.data.glyphs, part, turned=item.analysis.level % 2 == 1)
            yield self.cut(item.analysis.font), glyphs, texts
            run = run.next

    def learn_forms(self) -> None:
        """Learn what each form of a letter from right to left stands for, alone and joined.

        Some letters share forms: such a form stands for the least of them, always.
        """
        if self._forms:
            return
        for text in _forms():
            for cut, glyphs, texts in self._look(text):
                for (glyph, *_), sign in zip(glyphs, texts, strict=True):
                    if glyph < EMPTY and sign != " ":
                        key = (cut.face.name, glyph)
                        self._forms[key] = min(sign, self._forms.get(key, sign), key=reading.weight)

    def readable(self, cut: Cut, glyphs: list[Glyph], texts: list[str]) -> bool:
        """Whether the font's table gives `texts` back; where not, they become what it gives."""
        right = True
        for i, (glyph, *_) in enumerate(glyphs):
            if glyph != EMPTY and texts[i] != " ":
                form = self._forms.get((cut.face.name, glyph), "")
                right = right and form == texts[i]
                texts[i] = form or texts[i]
        return right


def _forms() -> Iterator[str]:
    for start, stop in _BLOCKS:
        for code in range(start, stop + 1):
            if reading.turned(letter := chr(code)) and reading.lettered(letter):
                yield f"{letter} ـ{letter} {letter}ـ ـ{letter}ـ"
    for alef in _ALEFS:
        yield f"ل{alef} ـل{alef}"
