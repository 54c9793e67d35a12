"""Text in, glyphs out: shaped by WeasyPrint's own Pango, without its box tree.

WeasyPrint spends its time on boxes and styles, not on text: a table cell costs it a millisecond,
the same text here thirty microseconds, and less where it was met before. This rests on names
WeasyPrint doesn't promise, so its version is pinned and a test compares all glyphs with its own.
Lengths are points; a line is drawn from the left end of its baseline.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from weasyprint.text.ffi import ffi

from signatures.exports.press import reading
from signatures.exports.press.cutting import Cutter
from signatures.exports.press.glyphs import Picture, Run, draw, infos, joined, lacking
from signatures.exports.press.inking import Style
from signatures.exports.press.setting import Setting

_SUBSTITUTES = "\ufffd\u25a1?"  # drawn for what no font has
_LETTERS = ("A-Za-zÀ-ÖØ-öø-ĿŁ-ňŊ-žƀ-ǃǍ-ǰǴ-ɏḀ-ẙẛ-ỿ", "ΆΈ-ώἀ-ἅἇ-Ὥ", "Ѐ-ҁҊ-ԯ")
_SIGNS = r"0-9!-/:-@\[-`{-~’‘–"
# Words of one of these scripts don't touch each other: nothing joins, nothing is turned round.
_APART = re.compile(
    # Possessive, so that a text that doesn't match is seen through once and not in every way.
    "|".join(f"(?:[{_SIGNS}]*+[{some}][{_SIGNS}{some}]*+(?: |$))++" for some in _LETTERS)
)
_FIGURES = re.compile("[0-9,.]+")
_PAIRS = "".join(f"{a}{b}" for a in "0123456789,." for b in "0123456789,.")


@dataclass(frozen=True, slots=True)
class Line:
    """`show` are operators for inside BT and ET, from the current position; they leave it anywhere.

    `said` is the text in its true order where readers are told another (see reading.py).
    """

    width: float
    height: float
    show: str
    pictures: tuple[Picture, ...] = ()
    said: str = ""


class Undrawable(Exception):
    """Characters no font has a glyph for."""

    def __init__(self, missing: set[int]) -> None:
        super().__init__(len(missing))
        self.missing = missing


class Shaper:
    """Sets text in the styles of sample elements; `rtl` says how most lines of a page run."""

    def __init__(self, samples: dict[str, Style], *, rtl: bool) -> None:
        self._samples = samples
        self._settings: dict[str, Setting] = {}
        self._cutter = Cutter()
        self._rtl = rtl
        self.inked = self._cutter.inked

    def setting(self, kind: str) -> Setting:
        setting = self._settings.get(kind)
        if setting is None:
            setting = self._settings[kind] = Setting(self._samples[kind], self._cutter)
        return setting

    def line(self, kind: str, text: str) -> Line:
        """`text` in one line, however wide."""
        setting = self.setting(kind)
        made: Line | None = setting.lines.get(text)
        if made is None:
            (made,) = self._set(setting, text, None)
            setting.lines.put(text, made)
        return made

    def lines(self, kind: str, text: str, width: float) -> tuple[Line, ...]:
        """`text` wrapped to `width`, between words where it can be, and never cut."""
        if not text:
            return ()
        line = self.line(kind, text)
        if line.width <= width:
            return (line,)
        setting = self.setting(kind)
        made: tuple[Line, ...] | None = setting.wrapped.get((text, width))
        if made is None:
            made = self._set(setting, text, width)
            setting.wrapped.put((text, width), made)
        return made

    def _set(self, setting: Setting, text: str, width: float | None) -> tuple[Line, ...]:
        if reading.has_turned(text):
            setting.learn_forms()
        drawn, missing = text, set[int]()
        while True:
            try:
                return self._drawn(setting, drawn, text, width)
            except Undrawable as error:
                if error.missing <= missing:
                    raise
                missing |= error.missing
            sign = setting.substitute(_SUBSTITUTES)
            drawn = "".join(sign if ord(each) in missing else each for each in text)
            self.inked.missing |= missing

    def _drawn(
        self, setting: Setting, drawn: str, text: str, width: float | None
    ) -> tuple[Line, ...]:
        """`drawn` in one line or several, which say `text`: both have as many characters."""
        raw = drawn.encode()
        if width is None:
            if drawn is text and (line := self._separate(setting, text)):
                return (line,)
            return (self._composed(setting, setting.first_line(raw), raw, text, drawn),)
        made = []
        for line in setting.broken(raw, width):
            start = len(raw[: line.start_index].decode())
            stop = start + len(raw[line.start_index : line.start_index + line.length].decode())
            part = slice(start, stop)
            made.append(self._composed(setting, line, raw, text[part], drawn[part]))
        return tuple(made)

    def _composed(self, setting: Setting, line: Any, raw: bytes, text: str, drawn: str) -> Line:
        runs = self._runs(setting, line, raw)
        said, clean = "", reading.beside(text).strip(" ")
        if not any(run.turned for run in runs):
            whole = joined(runs)
            show = whole.show
            readable = all(run.readable for run in runs) and reading.lettered(clean)
            if text != drawn or not readable:
                show = reading.span(clean, show)
        elif text == drawn and self._ordered(setting, runs):
            whole = joined(self._runs(setting, line, raw, mixed=True))
            show = whole.show
        else:
            whole, said = joined(runs), clean
            show = reading.span(reading.before_turning(said, rtl=self._rtl), whole.show)
        return Line(whole.width, whole.ascent + whole.descent, show, whole.pictures, said)

    def _ordered(self, setting: Setting, runs: list[Run]) -> bool:
        """Whether readers put a line with letters from right to left in order by themselves."""
        if setting.rtl or self._rtl:
            in_order = all(run.turned for run in runs)
        else:
            in_order = all(a.start < b.start for a, b in pairwise(runs))
        return in_order and all(run.readable and _clear(run) for run in runs)

    def _runs(self, setting: Setting, line: Any, raw: bytes, *, mixed: bool = False) -> list[Run]:
        """The runs of a line from left to right. Raises Undrawable.

        `mixed` keeps what stands between a stretch from right to left and the next out of both.
        """
        made: list[Run] = []
        missing: set[int] = set()
        run = line.runs
        while run != ffi.NULL:
            item, string = run.data.item, run.data.glyphs
            run = run.next
            turned = item.analysis.level % 2 == 1
            text = raw[item.offset : item.offset + item.length].decode()
            cut = setting.cut(item.analysis.font)
            glyphs, texts, readable = infos(string, text, turned=turned)
            if lacks := lacking(cut, glyphs, texts):
                missing |= lacks
                continue
            if turned:
                readable = setting.readable(cut, glyphs, texts) and readable
            outside = 0
            if mixed and made and made[-1].turned and not turned and len(glyphs) == len(text):
                outside = reading.neutral_start(text)
            made.append(draw(cut, glyphs, texts, item.offset, turned, text, readable, outside))
        if missing:
            raise Undrawable(missing)
        return made

    def _separate(self, setting: Setting, text: str) -> Line | None:
        """A line put together from words or figures met before, where those stand alone."""
        if setting.rtl:
            return None
        if _FIGURES.fullmatch(text):
            figures = self._figures(setting)
            runs = [figures[figure] for figure in text] if figures else []
        elif " " in text and _APART.fullmatch(text):
            *first, last = text.split(" ")
            runs = [self._word(setting, word + " ") for word in first]
            if last:
                runs.append(self._word(setting, last))
        else:
            return None
        if not runs:
            return None
        line = joined(runs)
        return Line(line.width, line.ascent + line.descent, line.show, line.pictures)

    def _word(self, setting: Setting, word: str) -> Run:
        run = setting.words.get(word)
        if run is None:
            raw = word.encode()
            run = joined(self._runs(setting, setting.first_line(raw), raw))
            setting.words.put(word, run)
        return run

    def _figures(self, setting: Setting) -> dict[str, Run]:
        """Each figure by itself, if this style sets them so that none moves another."""
        if setting.figures is None:
            apart = {figure: self._word(setting, figure) for figure in sorted(set(_PAIRS))}
            together = joined([apart[figure] for figure in _PAIRS])
            setting.figures = apart if together == self._word(setting, _PAIRS) else {}
        return setting.figures


def _clear(run: Run) -> bool:
    text = reading.beside(run.text)
    return reading.turned(text) if run.turned else reading.lettered(text)
