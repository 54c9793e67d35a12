"""The sheet for signatures by hand: one page, room to write, and what people must know."""

import re
from typing import Any

import pytest
from weasyprint import HTML

from signatures.exports import typesetting
from signatures.exports.codes import code
from tests import paper

LONG = {
    "title": "Suspend the licence of all four wells above Kesten until the low flow "
    "of the Aller has been measured for two full years and published, as promised.",
    "summary": "Four wells may take more water than the river carries in a dry year. " * 5,
    "targets": tuple((f"Marta Velander {i}", "Minister for Water " * 7) for i in range(30)),
    "sender": "Friends of the Aller and of all other rivers of the country " * 2,
    "url": f"https://letters.example.org/letters/{'give-the-aller-' * 5}/",
}


def rendered(**changes: Any) -> Any:
    return HTML(string=typesetting.sheet(paper.document(**changes)), base_url=None).render()


def rows(document: Any) -> list[float]:
    """The height of each row to write in, in millimetres."""
    return [
        box.height * 25.4 / 96
        for box in document.pages[0]._page_box.descendants()
        if getattr(box, "element_tag", "") == "tr" and type(box).__name__ == "TableRowBox"
    ][1:]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar", "ja"])
@pytest.mark.parametrize("changes", [{}, LONG], ids=["short", "long"])
def test_a_sheet_is_one_page_with_room_to_write(language: str, changes: dict[str, Any]) -> None:
    sheet = rendered(language=language, **changes)
    assert len(sheet.pages) == 1
    heights = rows(sheet)
    assert 11 <= len(heights) <= 15
    assert min(heights) >= 11


def test_a_sheet_without_a_summary_begins_as_the_letter_does() -> None:
    html = typesetting.sheet(paper.document(body_html="<p>Dear &amp; kind</p><p>Minister</p>"))
    assert "Dear &amp; kind Minister" in html


def test_a_sheet_says_who_collects_what_for_and_how_to_take_it_back() -> None:
    html = typesetting.sheet(paper.document())
    for words in (
        "Friends of the Aller: to hand the sheet over",
        "can show a political opinion",
        "To take your signature back",
        "Only if you want news of this letter",
        "letters.example.org/letters/aller<",
    ):
        assert words in html


def test_a_sheet_for_a_letter_from_right_to_left_is_turned_round() -> None:
    html = typesetting.sheet(paper.document(language="ar"))
    assert '<table dir="rtl">' in html
    assert '<div class="notice" dir="ltr">' in html


def test_t29_markup_on_a_sheet_is_printed_as_letters() -> None:
    bad = "<script>alert(1)</script>"
    html = typesetting.sheet(
        paper.document(title=bad, sender=bad, targets=((bad, bad),), summary=bad, url=f"x{bad}")
    )
    assert "<script" not in html


def test_a_code_is_drawn_as_it_was_made() -> None:
    """Three corners a reader finds it by, and white around."""
    drawn = code("https://letters.example.org/letters/aller/")
    dark = set()
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", drawn.path):
        dark |= {(int(x) + i, int(y)) for i in range(int(wide))}
    finder = {(x, y) for x in range(7) for y in range(7)}
    finder -= {(x, y) for x in range(1, 6) for y in range(1, 6)}
    finder |= {(x, y) for x in range(2, 5) for y in range(2, 5)}
    far = drawn.side - 4 - 7
    for left, top in ((4, 4), (far, 4), (4, far)):
        square = {(x, y) for x, y in dark if left <= x < left + 7 and top <= y < top + 7}
        assert square == {(x + left, y + top) for x, y in finder}
    assert min(min(one) for one in dark) == 4
    assert max(max(one) for one in dark) == drawn.side - 5
