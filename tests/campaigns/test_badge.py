"""The badge is one well-formed picture, whatever is written on it."""

from xml.etree import ElementTree  # noqa: ICN001 - read in words below

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import palette
from campaigns.embeds import badge
from tests.polyglots import POLYGLOTS

SVG = "{http://www.w3.org/2000/svg}"


def drawn(label="signatures", value="12,408", **options):
    chosen = {"accent": "#0b5563", "language": "en"} | options
    return badge.svg(label, value, **chosen)


def test_it_says_the_count_to_eyes_and_to_screen_readers():
    root = ElementTree.fromstring(drawn())
    assert root.get("role") == "img"
    assert root.get("aria-label") == "12,408 signatures"
    assert root.findtext(f"{SVG}title") == "12,408 signatures"
    assert [element.text for element in root.iter(f"{SVG}text")] == [
        "12,408",
        "signatures",
    ]


@pytest.mark.parametrize("polyglot", POLYGLOTS)
def test_t29_text_on_a_badge_adds_no_element_and_no_attribute(polyglot):
    plain = ElementTree.fromstring(drawn("x", "1"))
    for options in ({"label": polyglot}, {"value": polyglot}, {"language": polyglot}):
        root = ElementTree.fromstring(drawn(**({"label": "x", "value": "1"} | options)))
        expected = [(element.tag, sorted(element.attrib)) for element in plain.iter()]
        found = [(element.tag, sorted(element.attrib)) for element in root.iter()]
        assert [pair for pair in found if pair not in expected] == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_t29_any_text_at_all_is_well_formed(label, value):
    ElementTree.fromstring(drawn(label, value).encode())


def test_it_refers_to_nothing_outside():
    text = drawn().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in text
    assert "url(" not in text
    assert "href" not in text


@pytest.mark.parametrize("label", ["signatures", "人签名", "توقيعًا", "🐝" * 8, "W" * 30, "x" * 500])
def test_text_stays_inside_the_picture(label):
    root = ElementTree.fromstring(drawn(label))
    width = float(root.attrib["width"])
    spans = []
    for text in root.iter(f"{SVG}text"):
        middle, length = float(text.attrib["x"]), float(text.attrib["textLength"])
        spans.append((middle - length / 2, middle + length / 2))
    assert 40 <= spans[0][0] < spans[0][1] <= spans[1][0] < spans[1][1] <= width
    assert width < 800


def test_it_is_mirrored_for_right_to_left():
    root = ElementTree.fromstring(drawn("توقيعًا", "١٢", language="ar", direction="rtl"))
    value, label = (float(text.attrib["x"]) for text in root.iter(f"{SVG}text"))
    assert label < value
    assert root.get("direction") == "rtl"


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(palette.NotAColour):
        drawn(accent='red"/><script/>')
