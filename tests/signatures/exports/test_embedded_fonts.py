"""Every glyph shown is in the file, as wide as its font says, and says its characters.

ISO 19005-3, 6.2.11, whose numbers these are; ISO 14289-1, 7.21 asks for the same.
"""

import io
import re
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from signatures.exports import pdf
from tests import paper
from tests.anatomy import Anatomy


def descendant(font: Any) -> Any:
    (found,) = font["/DescendantFonts"]
    return found.get_object()


def program(font: Any) -> Any:
    descriptor = descendant(font)["/FontDescriptor"]
    return descriptor.get("/FontFile2") or descriptor["/FontFile3"]


def shown(made: Anatomy) -> list[tuple[Any, set[int]]]:
    return [(made.fonts[name], codes) for name, codes in made.codes().items()]


def test_a_6_2_11_2_and_3_every_font_is_composite_and_mapped_as_it_is(made: Anatomy) -> None:
    assert len(made.codes()) >= 8
    for font, _ in shown(made):
        below = descendant(font)
        assert font["/Type"] == below["/Type"] == "/Font"
        assert font["/Subtype"] == "/Type0"
        assert font["/Encoding"] == "/Identity-H"
        assert below["/CIDSystemInfo"]["/Ordering"] == "Identity"
        if below["/Subtype"] == "/CIDFontType2":
            assert below["/CIDToGIDMap"] == "/Identity"
        else:
            assert below["/Subtype"] == "/CIDFontType0"
            assert "/CIDToGIDMap" not in below
        assert font["/BaseFont"] == below["/BaseFont"] == below["/FontDescriptor"]["/FontName"]
        assert re.match(r"/[A-Z]{6}\+.", font["/BaseFont"])


def test_a_6_2_11_4_every_glyph_shown_is_embedded(made: Anatomy) -> None:
    for font, codes in shown(made):
        stream = program(font)
        face = TTFont(io.BytesIO(stream.get_data()), fontNumber=0)
        assert max(codes) < face["maxp"].numGlyphs
        if descendant(font)["/Subtype"] == "/CIDFontType0":
            assert stream["/Subtype"] == "/OpenType"
            assert "CFF " in face
        else:
            assert stream["/Length1"] == len(stream.get_data())
            assert {"glyf", "loca", "head", "hhea", "hmtx", "maxp"} <= set(face.keys())


def widths(font: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    given = descendant(font)["/W"]
    for first, several in zip(given[::2], given[1::2], strict=True):
        found |= {int(first) + i: float(width) for i, width in enumerate(several)}
    return found


def test_a_6_2_11_5_widths_are_those_of_the_font(made: Anatomy) -> None:
    for font, codes in shown(made):
        face = TTFont(io.BytesIO(program(font).get_data()), fontNumber=0)
        scale = 1000 / face["head"].unitsPerEm
        metrics, order = face["hmtx"], face.getGlyphOrder()
        stated = widths(font)
        for code in codes:
            assert abs(stated[code] - metrics[order[code]][0] * scale) <= 1, font["/BaseFont"]


def unicode_of(font: Any) -> dict[int, str]:
    text = font["/ToUnicode"].get_data().decode()
    found = {}
    for block in re.findall(r"beginbfchar\n(.*?)\nendbfchar", text, re.DOTALL):
        for code, value in re.findall(r"<([0-9a-f]{4})> <([0-9a-f]*)>", block):
            found[int(code, 16)] = bytes.fromhex(value).decode("utf-16-be")
    return found


def test_a_6_2_11_7_every_glyph_shown_says_its_characters(made: Anatomy) -> None:
    for font, codes in shown(made):
        stated = unicode_of(font)
        assert codes <= set(stated)
        for text in stated.values():
            assert not {"\0", "\ufeff", "\ufffe"} & set(text)


def test_a_6_2_11_8_no_box_is_shown_for_a_missing_glyph(made: Anatomy) -> None:
    for _, codes in shown(made):
        assert 0 not in codes
    assert "\u2fe0" not in paper.text(made.path).partition("Signatories")[0]


def test_a_blank_sheet_follows_the_same_standards(tmp_path: Path) -> None:
    pdf.write_sheet(paper.document(), tmp_path / "sheet.pdf")
    sheet = Anatomy(tmp_path / "sheet.pdf")
    assert len(sheet.pages) == 1
    assert b"<pdfuaid:part>1" in sheet.root["/Metadata"].get_data()
    assert "/AF" not in sheet.root
    _, unmarked = sheet.marks(sheet.pages[0])
    assert unmarked == []
    test_a_6_2_11_5_widths_are_those_of_the_font(sheet)
    test_a_6_2_11_8_no_box_is_shown_for_a_missing_glyph(sheet)
