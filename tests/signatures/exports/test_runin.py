"""Names that run on: few pages, even columns, and every name where it belongs."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from signatures.exports.press import reading
from signatures.exports.press.paging import Page
from signatures.exports.press.paper import BOTTOM, LEFT, RIGHT, TOP
from tests import paper, press, world

COMPACT: dict[str, Any] = {"layout": "compact", "columns": ("name", "place")}


def set_lines(lines: list[Any]) -> list[Page]:
    return press.lines_set(lines, **COMPACT)


def entry(name: str, place: str = "") -> list[Any]:
    return ["r", [["run-name", name, "sc"], *([["run-place", place, "sc"]] if place else [])], None]


def test_a_hundred_names_take_a_fraction_of_the_paper() -> None:
    rows = [row for row in world.rows(400) if row.name]
    table = press.pages(rows, columns=("name", "place"))
    compact = press.pages(rows, **COMPACT)
    names = press.pages(rows, layout="compact", columns=("name",))
    assert len(table) >= 4 * len(compact)
    assert len(table) >= 6 * len(names)


def test_entries_are_a_list_and_dots_are_not_read() -> None:
    (page,) = set_lines([entry("Ada", "Leeds"), entry("Eve"), entry("Ida")])
    assert [tag for tag, *_ in page.tagged] == ["H2", "P", "L"]
    items = page.tagged[-1][2]
    assert [(item[0], item[2][0][0]) for item in items] == [("LI", "LBody")] * 3
    assert [op for op, _ in press.drawn(page)].count("BMC") == 2


def test_nothing_leaves_its_column_and_no_line_begins_with_a_comma() -> None:
    given = [entry("Ada " * 3 + "W" * (i % 90), "Place " * (i % 7)) for i in range(400)]
    comma = press.glyphs(press.shaper().line("run-mark", ",").show)[0][1].encode()
    for page in set_lines(given):
        assert all(BOTTOM < y < TOP for _, y in press.places(page))
        shown = press.drawn(page)
        begun = False
        for operator, operands in shown:
            if operator == "Tm":
                begun = operands[4] < LEFT + 0.01
                assert LEFT - 0.01 < operands[4] < RIGHT
            elif operator == "TJ" and begun:
                begun = False
                assert not operands[0][0][1:].startswith(comma)


def test_the_last_page_ends_evenly() -> None:
    pages = set_lines([entry(f"Name{i} Surname", "Place") for i in range(500)])
    ends: dict[bool, float] = {}
    for x, y in press.places(pages[-1]):
        right = x > (LEFT + RIGHT) / 2
        ends[right] = min(ends.get(right, TOP), y)
    assert abs(ends[True] - ends[False]) < 12


@pytest.mark.parametrize("before", range(242, 262, 4))
def test_a_heading_is_never_the_last_line_of_a_column(before: int) -> None:
    lines = [*([entry("Ada Ada Ada Ada Ada Ada Ada", "Ada Ada")] * before)]
    lines += [["g", "Germany", "12 signatories"], *([entry("Eve")] * 30)]
    pages = set_lines(lines)
    (page,) = [page for page in pages if page.bookmarks]
    kinds = [tag for tag, *_ in page.tagged]
    at = kinds.index("H3")
    assert kinds[at + 2] == "L"
    ((label, y),) = page.bookmarks
    assert label == "Germany"
    assert BOTTOM < y <= TOP


def test_an_entry_longer_than_a_page_is_there_in_full() -> None:
    pages = set_lines([entry("Ada"), entry("word " * 9000), entry("Eve")])
    assert len(pages) > 2
    glyphs = sum(
        (len(each) - 2) // 4
        for page in pages
        for op, operands in press.drawn(page)
        if op == "TJ"
        for each in operands[0]
        if isinstance(each, bytes)
    )
    assert glyphs > 9000 * 4


@pytest.mark.parametrize("language", ["en", "ar"])
def test_names_of_both_directions_read_back_whole(tmp_path: Path, language: str) -> None:
    names = [
        *("محمد الحربي", "Ada Lovelace", "אביגיל כהן", "Zoë Ångström", "علاء الدين", "王小明"),
        *("प्रिया शर्मा", "Łukasz Żółć", "فیض احمد", "岡本 さくら", "김민준", "Ελένη Παπαδόπουλος"),
    ]
    more = [row.name for row in world.rows(40) if row.name.isascii() and row.name]
    ours = names + more if language == "en" else names + ["سمير آل سعود", "خلف آل صفوان"] * 6
    rows = [paper.row(name, position=i) for i, name in enumerate(ours, start=1)]
    path = paper.printed(tmp_path, rows, count=len(rows), language=language, **COMPACT)
    text = reading.beside(paper.text(path) + paper.text(path, "-raw"))
    flat = "".join(unicodedata.normalize("NFKC", text).split())
    for name in ours:
        assert "".join(re.split(r"\s", unicodedata.normalize("NFKC", name))) in flat
