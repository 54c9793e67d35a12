"""The badge as pixels shows every script, and the same count always gives the same picture."""

import io

import pytest
from PIL import Image

from campaigns import palette
from campaigns.embeds import picture
from tests.polyglots import POLYGLOTS

ACCENT, PAPER = (0x0B, 0x55, 0x63, 255), (0xFB, 0xF9, 0xF4, 255)


def drawn(label="signatures", value="12,408", **options) -> Image.Image:
    chosen = {"accent": "#0b5563", "language": "en"} | options
    image = Image.open(io.BytesIO(picture.png(label, value, **chosen)))
    image.load()
    return image


def inked(image: Image.Image, left: int, right: int) -> bool:
    """Whether anything dark stands between two columns."""
    part = image.crop((left, 8, right, 56)).convert("L")
    darkest = part.getextrema()[0]
    assert isinstance(darkest, int | float)
    return darkest < 128


def test_it_is_twice_the_badge_with_clear_corners():
    image = drawn()
    assert (image.format, image.mode, image.height) == ("PNG", "RGBA", 64)
    corner = image.getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert corner[3] < 40
    assert image.getpixel((6, 32)) == ACCENT
    assert image.getpixel((image.width - 8, 32)) == PAPER


def test_the_same_count_is_the_same_picture_and_another_is_another():
    assert drawn().tobytes() == drawn().tobytes()
    assert drawn(value="12,409").tobytes() != drawn().tobytes()


@pytest.mark.parametrize(
    ("label", "value", "language"),
    [
        ("signatures", "12,408", "en"),
        ("Unterschriften", "1.204.408", "de"),
        ("人签名", "12", "zh-hans"),
        ("हस्ताक्षर", "१२", "hi"),
        ("", "7", "en"),
    ],
)
def test_the_words_stand_beside_the_mark_and_inside_the_picture(label, value, language):
    image = drawn(label, value, language=language)
    assert inked(image, 100, image.width - 20)
    assert not inked(image, image.width - 14, image.width - 4)


def test_it_is_mirrored_for_right_to_left():
    image = drawn("توقيعًا", "١٢", language="ar")
    assert image.getpixel((image.width - 6, 32)) == ACCENT
    assert image.getpixel((8, 32)) == PAPER
    assert not inked(image, 4, 14)
    assert inked(image, 20, image.width - 100)


def test_t29_any_text_is_drawn_and_none_makes_it_endless():
    for text in [*POLYGLOTS, "x" * 5000, "\0\ud800", "🐝" * 200, ""]:
        assert drawn(text, text).width < 2200


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(palette.NotAColour):
        drawn(accent="red")
