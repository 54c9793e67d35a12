"""Every accent can be read, on light and on dark paper."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import palette

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"


@pytest.mark.parametrize("name", palette.NAMED)
def test_every_named_colour_reads_in_both_schemes(name):
    accent = palette.NAMED[name]
    assert palette.is_readable(accent.light, scheme=0)
    assert palette.is_readable(accent.dark, scheme=1)
    assert name in palette.LABELS


def test_contrast_is_that_of_wcag():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert palette.contrast("#ffffff", "#777777") == palette.contrast("#777777", "#ffffff")


@given(st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True))
def test_an_organisers_colour_becomes_readable_or_is_refused(colour):
    try:
        accent = palette.accent(colour)
    except palette.PoorContrast as refused:
        assert str(refused.reason)  # noqa: PT017 - refusing is one of two right answers
        return
    for scheme, (value, text) in enumerate(
        [(accent.light, accent.on_light), (accent.dark, accent.on_dark)]
    ):
        assert palette.is_readable(value, scheme=scheme)
        assert palette.contrast(value, text) >= palette.READABLE


def test_a_readable_colour_is_kept_as_it_is():
    assert palette.accent("#0B5563").light == "#0b5563"
    assert palette.accent("#123").light == "#112233"


@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#aef", "#c0ffc0"])
def test_a_pale_colour_is_refused_with_a_reason(colour):
    with pytest.raises(palette.PoorContrast) as refused:
        palette.accent(colour)
    assert "pale" in str(refused.value.reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "red",
        "#12345",
        "#1234567",
        "#12345g",
        "0b5563",
        "#0b5563;}",
        "#0b5563\n",
        "#١٢٣",
    ],
)
def test_what_is_not_a_hex_colour_is_refused(text):
    with pytest.raises(palette.NotAColour):
        palette.accent(text)


def test_a_style_sheet_holds_nothing_but_checked_colours():
    assert re.fullmatch(
        r":root\{--accent:light-dark\(#\w{6},#\w{6}\);--on-accent:light-dark\(#\w{6},#\w{6}\)\}\n",
        palette.stylesheet(palette.NAMED["iris"]),
    )
    with pytest.raises(palette.NotAColour):
        palette.stylesheet(palette.Accent("red;}body{display:none", "#ffffff"))


def test_the_grounds_are_those_of_the_design_tokens():
    tokens = TOKENS.read_text(encoding="utf-8")
    grounds = {
        "paper": palette.PAPER,
        "card": palette.CARD,
        "on-accent": palette.ON_ACCENT,
    }
    for name, (light, dark) in grounds.items():
        assert f"--{name}: light-dark({light}, {dark})" in tokens
    water = palette.NAMED[palette.DEFAULT]
    assert f"--accent: light-dark({water.light}, {water.dark})" in tokens
    assert f"var(--accent) {palette.TINT:.0%}" in tokens
