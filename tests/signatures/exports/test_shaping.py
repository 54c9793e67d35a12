"""Text set by our own hand is what WeasyPrint would have drawn, and reads back as written."""

import json
import random
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pydyf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from weasyprint import HTML
from weasyprint.pdf.stream import Stream

from signatures.exports.press import reading
from signatures.exports.press.shaping import Shaper
from signatures.world_names import TONGUES
from tests import press, world

VECTORS = Path(__file__).parents[2] / "vectors" / "names.json"


@cache
def names() -> list[str]:
    """More than three thousand names, in the scripts of the world."""
    chance = random.Random(5)  # the same each time
    found = [name for script in json.loads(VECTORS.read_text()).values() for name in script]
    found += [tongue.name(chance) for tongue in TONGUES for _ in range(40)]
    found += [row.name for row in world.rows(3000) if row.name]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def shaper() -> Shaper:
    return press.shaper()


@cache
def weasyprints() -> list[tuple[list[tuple[str, str]], float]]:
    """Of each name, as WeasyPrint draws it: fonts, glyphs, and how the pen is moved besides."""
    samples = press.job()["samples"]
    paragraphs = "".join(
        f'<p class="name sans {kind[9:]}" dir="{kind[5:8]}">{escape(name)}</p>'
        for name in names()
        for kind in [reading.kind("name", name, "sc")]
    )
    html = samples.partition("<body>")[0] + "<style>p { white-space: nowrap }</style><body>"
    resources: dict[str, Any] = {
        kind: {} for kind in ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
    }
    stream = Stream({}, (0, 0, 800, 1000), resources, {}, None, {}, None)
    for page in HTML(string=html + paragraphs).render(font_config=press.fonts()).pages:
        page.paint(stream)
    lines: list[list[Any]] = []
    font = ""
    for part in stream.stream:
        text = pydyf._to_bytes(part).decode("latin-1")
        if text.endswith(" Tm"):
            lines.append([[], 0.0])
        elif text.endswith(" Tf"):
            font = text[1:].split()[0]
        elif text.endswith("TJ") and lines:
            hexes = "".join(re.findall("<([0-9a-f]*)>", text))
            lines[-1][0] += [(font, hexes[i : i + 4]) for i in range(0, len(hexes), 4)]
            lines[-1][1] += sum(map(float, re.findall(r"[>\[]\s*(-?[\d.]+)", text)))
    return [(glyphs, moved) for glyphs, moved in lines]


def test_the_glyphs_of_names_from_everywhere_are_weasyprints_own(shaper: Shaper) -> None:
    """Set from words and figures met before, and as a whole: the same glyphs, font by font."""
    assert len(names()) > 3000
    assert len(weasyprints()) == len(names())
    for name, (glyphs, moved) in zip(names(), weasyprints(), strict=True):
        line = press.line(shaper, name)
        assert press.glyphs(line.show) == glyphs, name
        assert abs(press.moves(line.show) - moved) < 4 * len(name), name
        kind = reading.kind("name", name, "sc")
        setting, raw = shaper.setting(kind), name.encode()
        whole = shaper._composed(setting, setting.first_line(raw), raw, name, name)
        assert press.glyphs(whole.show) == glyphs, name
        assert whole.width == pytest.approx(line.width, abs=0.01), name
        assert press.moves(whole.show) == pytest.approx(press.moves(line.show), abs=4), name


def test_names_are_in_at_least_twenty_scripts() -> None:
    assert len(json.loads(VECTORS.read_text())) >= 20


@pytest.mark.parametrize("text", ["7", "4711", "1,234,567", "10.000", "0123456789"])
def test_figures_stand_apart_as_they_stand_together(shaper: Shaper, text: str) -> None:
    setting, raw = shaper.setting("number"), text.encode()
    whole = shaper._composed(setting, setting.first_line(raw), raw, text, text)
    line = shaper.line("number", text)
    assert press.glyphs(line.show) == press.glyphs(whole.show)
    assert line.width == pytest.approx(whole.width)


@given(st.text(min_size=1, max_size=60))
def test_any_text_becomes_operators_a_strict_reader_takes(text: str) -> None:
    clean = reading.plain(text.encode(errors="ignore").decode())
    for line in _shaper().lines(reading.kind("place", clean, "tc"), clean, 90):
        press.glyphs(line.show)
        assert line.width <= 90 or len(line.show) < 400


@cache
def _shaper() -> Shaper:
    return press.shaper()


def test_long_words_are_broken_between_signs_and_nothing_is_lost(shaper: Shaper) -> None:
    for text in ("x" * 300, "क्षत्रिय" * 40, "👩🏿‍🌾" * 40, "W" * 50 + " " + "i" * 400):
        kind = reading.kind("name", text, "sc")
        lines = shaper.lines(kind, text, 100)
        assert all(line.width <= 100.01 for line in lines)
        assert len(lines) > 3
        glyphs = [glyph for line in lines for glyph in press.glyphs(line.show)]
        whole = press.glyphs(shaper.line(kind, text).show)
        spaces = press.glyphs(shaper.line(kind, "a ").show)[-1]
        assert [each for each in glyphs if each != spaces] == [
            each for each in whole if each != spaces
        ]


def test_a_letter_no_font_has_is_drawn_as_a_sign_and_keeps_its_text() -> None:
    shaper = press.shaper()
    line = press.line(shaper, "Ada \U000e1234")
    assert shaper.inked.missing == {0xE1234}
    assert "ffff" not in line.show
    assert len(press.glyphs(line.show)) == 5
    assert "Ada \U000e1234".encode("utf-16-be").hex() in line.show


def test_an_emoji_grows_with_its_line_keeps_its_shape_and_stands_on_it() -> None:
    shaper = press.shaper()
    small, large = shaper.line("run-name-ltr-sc", "🌍"), shaper.line("title", "🌍")
    for line, size in ((small, 8.5), (large, 16)):
        (picture,) = line.pictures
        assert picture.width / picture.height == pytest.approx(136 / 128, rel=0.02)
        assert picture.width == pytest.approx(1.245 * size, rel=0.03)
        assert -0.3 * size < picture.y < 0
    assert "🌍".encode("utf-16-be").hex() in small.show


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada", "ltr"),
        ("محمد", "rtl"),
        ("(שרה) Cohen", "rtl"),
        ("7 Ada", "ltr"),
        ("123", "ltr"),
        ("\u2068جامعة\u2069, Cairo", "ltr"),
        ("\u2068جامعة\u2069", "rtl"),
    ],
)
def test_the_first_letter_decides_the_direction(text: str, expected: str) -> None:
    assert reading.direction(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("岡本さくら", "ja"), ("김 金", "ko"), ("王小明", "tc"), ("Ada", "tc")],
)
def test_kana_and_hangul_decide_the_shapes_of_han(text: str, expected: str) -> None:
    assert reading.han(text, "tc") == expected


def test_a_cell_is_one_paragraph() -> None:
    assert reading.plain(" a\r\nb\u2028c\0 ") == "a b c"


def _as_poppler(text: str, *, rtl: bool) -> str:
    """How poppler puts a line in order that was drawn from left to right."""
    made, at = "", 0
    if not rtl:
        while at < len(text):
            stop = reading._next(text, at, "R")
            end = reading._next(text, stop, "LN")
            made += text[at:stop] + text[stop:end][::-1]
            at = end
        return made
    text = text[::-1]
    while at < len(text):
        stop = reading._next(text, at, "LN")
        end = reading._next(text, stop, "R")
        made += text[at:stop] + text[stop:end][::-1]
        at = end
    return made


@pytest.mark.parametrize("rtl", [False, True])
@given(text=st.text(st.sampled_from("ab אבם, ()12.-\u064e\u05b4ߛ🌍"), max_size=14))
def test_text_beside_a_line_is_turned_into_itself(text: str, *, rtl: bool) -> None:
    told = reading.before_turning(text, rtl=rtl)
    assert _as_poppler(told, rtl=rtl).replace("\u200f", "") == text
