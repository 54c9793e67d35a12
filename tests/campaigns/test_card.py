"""The share card shows every script, and the same letter always gives the same picture."""

import io

import cairocffi
import pytest
from PIL import Image

from campaigns import palette
from campaigns.embeds import card, typesetting
from tests.polyglots import POLYGLOTS

POINTS = [(0.0, 0), (1.0, 300), (2.0, 900), (3.0, 12_408)]
TITLES = {
    "en": "Give the Aller its water back",
    "de": "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikantenverordnung " * 4,
    "el": "Δώστε πίσω το νερό στον ποταμό",
    "ru": "Верните реке Аллер её воду",
    "ar": "أعيدوا إلى النهر مياهه",
    "he": "החזירו לנהר את מימיו",
    "fa": "آب رود را به آن بازگردانید",
    "zh-hans": "把水还给阿勒河",
    "zh-hant": "把水還給阿勒河",
    "ja": "アラー川に水を返してください",
    "ko": "알러강에 물을 돌려주세요",
    "hi": "आलर नदी को उसका पानी लौटाओ",
    "bn": "আলার নদীকে তার জল ফিরিয়ে দাও",
    "ta": "ஆலர் நதிக்கு அதன் நீரைத் திருப்பிக் கொடுங்கள்",
    "th": "คืนน้ำให้แม่น้ำอัลเลอร์",
    "ka": "დაუბრუნეთ ალერს წყალი",
    "hy": "Վերադարձրեք Ալերին իր ջուրը",
    "am": "ለወንዙ ውሃውን መልሱ",
    "km": "ប្រគល់ទឹកទន្លេវិញ",
    "eo": "Save the bees 🐝 👩‍🔬 ❤️",
}


def drawn(title="Give the Aller its water back", **options):
    chosen = {
        "to": "An open letter to Marta Velander",
        "count": "12,408",
        "label": "signatures",
        "accent": "#0b5563",
        "language": "en",
        "curve": POINTS,
    } | options
    return card.png(title, chosen.pop("to"), chosen.pop("count"), chosen.pop("label"), **chosen)


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def test_it_is_a_picture_of_the_size_readers_expect():
    image = opened(drawn())
    assert (image.format, image.size, image.mode) == ("PNG", (1200, 630), "RGB")
    assert image.getpixel((600, 5)) == (0x0B, 0x55, 0x63)
    assert image.getpixel((1190, 300)) == (0xFB, 0xF9, 0xF4)


def test_the_same_letter_gives_the_same_bytes():
    assert drawn() == drawn()
    assert drawn(count="12,409") != drawn()


@pytest.mark.parametrize("language", TITLES)
def test_t41_every_script_has_its_letters(language):
    canvas = cairocffi.Context(cairocffi.ImageSurface(cairocffi.FORMAT_RGB24, 10, 10))
    for families in (typesetting.serif(language), typesetting.sans(language)):
        style = typesetting.Style(families, 40, weight=700)
        setting = typesetting.Setting(
            canvas, TITLES[language], style, language=language, width=900, lines=9
        )
        assert setting.unknown == 0


@pytest.mark.parametrize("language", TITLES)
def test_the_title_stays_in_its_place_however_long(language):
    image = opened(drawn(TITLES[language], language=language))
    paper = Image.new("RGB", image.size, "#fbf9f4")
    for box in ((0, 16, 60, 480), (1140, 16, 1200, 480), (60, 376, 1140, 384)):
        assert image.crop(box).tobytes() == paper.crop(box).tobytes()


def test_right_to_left_letters_begin_on_the_right():
    image = opened(drawn("النهر", language="ar", to="رسالة"))
    paper = Image.new("RGB", image.size, "#fbf9f4")
    left, right = (60, 60, 600, 370), (600, 60, 1140, 370)
    assert image.crop(left).tobytes() == paper.crop(left).tobytes()
    assert image.crop(right).tobytes() != paper.crop(right).tobytes()


@pytest.mark.parametrize("polyglot", POLYGLOTS)
def test_t29_text_on_a_card_is_only_text(polyglot):
    image = opened(drawn(polyglot, to=polyglot, count=polyglot, label=polyglot))
    assert image.size == (1200, 630)


def test_t29_markup_is_drawn_as_it_was_typed():
    assert drawn("<b>Water</b>") != drawn("Water")
    assert drawn("&amp;") != drawn("&")


@pytest.mark.parametrize("points", [[], [(0.0, 5)], [(0.0, 0), (1.0, 0)], [(0.0, 9), (1.0, 3)]])
def test_a_letter_without_growth_still_has_its_card(points):
    assert opened(drawn(curve=points)).size == (1200, 630)


def test_an_empty_letter_and_an_endless_one_have_a_card():
    assert opened(drawn("", to="", count="", label="")).size == (1200, 630)
    long = "x" * 100_000
    assert opened(drawn(long, to=long, count=long, label=long)).size == (1200, 630)


def test_a_colour_that_is_none_is_refused():
    with pytest.raises(palette.NotAColour):
        drawn(accent="red")
