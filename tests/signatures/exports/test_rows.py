"""The table of signatories: nothing cut, nothing parted, heads where a reader looks for them."""

from typing import Any

import pytest

from signatures.exports.press.paging import Page
from signatures.exports.press.paper import BOTTOM, LEFT, RIGHT, TOP
from tests import paper, press, world

NAMED = ("position", "name", "place")


def row(name: str, *, place: str = "", comment: str = "") -> list[Any]:
    cells = [["number", "7", ""], ["name", name, "sc"], ["place", place, "sc"]]
    return ["r", cells, ["comment", comment, "sc"] if comment else None]


def tags(page: Page) -> list[str]:
    return [tag for tag, *_ in page.tagged]


def rows_of(page: Page) -> list[Any]:
    return [row for tag, _, rows, _ in page.tagged if tag == "Table" for row in rows]


def test_the_heads_are_read_once_and_stand_on_every_page() -> None:
    pages = press.pages(world.rows(150), columns=NAMED)
    assert len(pages) > 3
    assert tags(pages[0]) == ["H2", "P", "Table"]
    first = rows_of(pages[0])
    assert [[cell[0] for cell in row[2]] for row in first[:2]] == [["TH"] * 3, ["TD"] * 3]
    for page in pages[1:]:
        assert tags(page) == ["Table"]
        assert all(cell[0] == "TD" for row in rows_of(page) for cell in row[2])
        artifacts = [op for op, given in press.drawn(page) if op == "BMC"]
        assert len(artifacts) >= 2
    assert sum(len(rows_of(page)) for page in pages) == 151


def test_nothing_leaves_the_frame_of_the_page() -> None:
    given = [paper.row("W" * 150, place="i" * 900), paper.row("क्षत्रिय " * 30, comment="x " * 900)]
    pages = press.pages([*given, *world.rows(80), *given], columns=(*NAMED, "comment"))
    for page in pages:
        for x, y in press.places(page):
            assert LEFT - 0.01 <= x < RIGHT
            assert BOTTOM < y < TOP


@pytest.mark.parametrize("before", range(31, 38, 2))
def test_a_row_is_not_parted_from_its_comment(before: int) -> None:
    lines = [*([row("Ada")] * before), row("Eve", comment="word " * 100)]
    *_, last = press.lines_set(lines, columns=(*NAMED, "comment"))
    eve = rows_of(last)[-1]
    parts = eve[2][1][2]
    assert [part[0] for part in parts] == ["P", "P"]


def test_a_row_taller_than_a_page_goes_on_in_rows_of_its_own() -> None:
    pages = press.lines_set(
        [row("Ada"), row("Eve", place="word " * 2000), row("Ida")], columns=NAMED
    )
    assert len(pages) > 2
    assert all(BOTTOM < y < TOP for page in pages for _, y in press.places(page))
    shown = sum(len(each) for page in pages for each in [press.drawn(page)])
    assert shown > 500
    cells = [len(row[2]) for page in pages for row in rows_of(page)]
    assert set(cells) == {3}


def test_tall_letters_get_more_room() -> None:
    def gap(name: str) -> float:
        (page,) = press.lines_set([row("Ada"), row(name), row("Ida")], columns=NAMED)
        ys = sorted({y for _, y in press.places(page)})
        return ys[-1] - ys[0]

    assert gap("བསྟན་འཛིན") > gap("Eve") + 2


@pytest.mark.parametrize("before", range(30, 39, 2))
def test_a_heading_stays_with_the_row_after_it(before: int) -> None:
    lines = [*([row("Ada")] * before), ["g", "Germany", "1,204 signatories"], *([row("Eve")] * 5)]
    pages = press.lines_set(lines, columns=NAMED)
    (page,) = [page for page in pages if "H3" in tags(page)]
    assert tags(page)[-1] == "Table"
    assert tags(page)[-3:-1] == ["H3", "P"]
    assert [label for label, _ in page.bookmarks] == ["Germany"]
    table = page.tagged[-1]
    assert [cell[0] for cell in table[2][0][2]] == ["TH"] * 3
    assert len(table[2]) > 1


def test_a_heading_at_the_end_is_still_there() -> None:
    pages = press.lines_set([row("Ada"), ["g", "Name withheld", "3 people"]], columns=NAMED)
    assert tags(pages[-1])[-2:] == ["H3", "P"]


def test_figures_stand_at_the_end_of_their_column() -> None:
    lines = [
        ["r", [["number", figure, ""], ["name", "Ada", "sc"], ["place", "", "sc"]], None]
        for figure in ("8", "1,204")
    ]
    (page,) = press.lines_set(lines, columns=NAMED, count=1204)
    x_of_eight, x_of_thousand = [x for x, _ in press.places(page) if x < LEFT + 20][-2:]
    assert x_of_eight > x_of_thousand + 10


def test_a_page_from_right_to_left_is_its_mirror() -> None:
    (page,) = press.pages([paper.row("محمد الحربي", position=7)], columns=NAMED, language="ar")
    assert max(x for x, _ in press.places(page)) > 480
    (page,) = press.pages([paper.row("Ada", position=7)], columns=NAMED)
    assert min(x for x, _ in press.places(page)) == pytest.approx(LEFT, abs=0.01)


def test_what_readers_are_told_in_another_order_is_told_in_its_own_by_the_tags() -> None:
    names = ["Ada", "محمد", "مُحَمَّد", "مدرسة 12", "प्रिया"]
    (page,) = press.lines_set([row(name) for name in names], columns=NAMED)
    told = [row[2][1][3] for row in rows_of(page)[1:]]
    assert told == ["", "", "مُحَمَّد", "مدرسة 12", ""]
