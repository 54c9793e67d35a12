"""Every name is printed in the script it was written in."""

import unicodedata
from pathlib import Path

import pytest

from signatures.exports import pdf
from signatures.exports.press import reading
from tests import paper

NAMES = {
    "Adlam": "𞤀𞤣𞤤𞤢𞤥 𞤔𞤢𞤤𞥆𞤮",
    "Arabic": "محمد الحربي",
    "Arabic among others": "Ada محمد Lovelace",
    "Arabic, joined": "علاء الإسلام",
    "Arabic, vowelled": "مُحَمَّدٌ الأَمِين",
    "Arabic, with figures": "مدرسة 12",
    "Armenian": "Անի Պետրոսյան",
    "Bengali": "অনন্যা সেন",
    "Canadian Aboriginal": "ᐃᓄᒃᑎᑐᑦ",
    "Cherokee": "ᏣᎳᎩ",
    "Chinese, simplified": "王小明",
    "Chinese, traditional": "陳怡君",
    "Coptic": "Ⲕⲩⲣⲓⲗⲗⲟⲥ",
    "Cyrillic": "Федір Товстоліс",
    "Devanagari": "प्रिया शर्मा",
    "Ethiopic": "አበበ ቢቂላ",
    "Georgian": "ნინო ბერიძე",
    "Glagolitic": "Ⰳⰾⰰⰳⱁⰾⰹⱌⰰ",
    "Gothic": "𐍅𐌿𐌻𐍆𐌹𐌻𐌰",
    "Greek": "Ευσταθία Τσούρα",
    "Gujarati": "મહેશ પટેલ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Hebrew": "אביגיל כהן",
    "Hebrew, hyphenated": "שי-לי מזרחי",
    "Hebrew, pointed": "מִרְיָם בַּת־שֶׁבַע",
    "Japanese": "岡本 さくら",
    "Japanese, katakana": "マリア テレサ",
    "Javanese": "ꦗꦮ",
    "Kannada": "ಕಾವ್ಯ ರಾವ್",
    "Khmer": "សុខា ចាន់",
    "Korean": "김민준",
    "Lao": "ສົມສັກ",
    "Latin": "Zoë Ångström-Ó Néill",
    "Lisu": "ꓡꓲꓢꓴ",
    "Malayalam": "അനിൽ കുമാർ",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "Myanmar": "အောင်ဆန်း",
    "N’Ko": "ߒߞߏ",
    "Ogham": "ᚑᚌᚐᚋ",
    "Ol Chiki": "ᱥᱟᱱᱛᱟᱲᱤ",
    "Oriya": "ସୁମିତ୍ରା ଦାସ",
    "Persian": "شیرین عبادی",
    "Persian, not joined": "علی‌رضا محمدی",
    "Runic": "ᚱᚢᚾᚨ",
    "Sinhala": "නිමල් පෙරේරා",
    "Syriac": "ܐܦܪܝܡ",
    "Tai Le": "ᥖᥭᥰ",
    "Tamil": "தங்கவேல் இசைமணி",
    "Telugu": "లక్ష్మి రెడ్డి",
    "Thaana": "އައިޝަތު",
    "Thai": "ศรลักษณ์ ซูสารอ",
    "Tibetan": "བསྟན་འཛིན",
    "Tifinagh": "ⵜⵉⴼⵉⵏⴰⵖ",
    "Urdu": "فیض احمد",
    "Vai": "ꕙꔤ",
    "Vietnamese": "Nguyễn Thị Minh Khai",
    "Yi": "ꆈꌠ",
}

Read = tuple[pdf.Printed, str]


@pytest.fixture(scope="module")
def paper_of_all(tmp_path_factory: pytest.TempPathFactory) -> Read:
    out = tmp_path_factory.mktemp("scripts") / "letter.pdf"
    rows = (paper.row(name, position=i) for i, name in enumerate(NAMES.values(), start=1))
    letter = paper.document(count=len(NAMES))
    told = pdf.write(letter, rows, out, progress=lambda done: None, limits=paper.LIMITS)
    return told, paper.text(out)


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("script", NAMES)
def test_t41_a_name_in_any_script_reads_back_as_written(paper_of_all: Read, script: str) -> None:
    assert plain(NAMES[script]) in plain(reading.beside(paper_of_all[1]))


def test_t41_a_font_has_every_letter(paper_of_all: Read) -> None:
    assert paper_of_all[0].missing == ""


def test_a_letter_no_font_has_is_reported_not_fatal(tmp_path: Path) -> None:
    told = pdf.write(
        paper.document(),
        iter([paper.row("Ada \U000e1234")]),
        tmp_path / "letter.pdf",
        progress=lambda done: None,
        limits=paper.LIMITS,
    )
    assert told.missing == "\U000e1234"


def test_emoji_are_drawn_and_digits_are_not_emoji(tmp_path: Path) -> None:
    without = paper.printed(tmp_path, [paper.row("Ada 1234567890")], name="digits.pdf")
    assert b"/Subtype /Image" not in without.read_bytes()
    drawn = paper.printed(tmp_path, [paper.row("Ada 🌍 👩🏿‍🌾")], name="emoji.pdf")
    assert b"/Subtype /Image" in drawn.read_bytes()
