"""The tree of tags: every mark on every page has its element, and every element its mark."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests import paper, world
from tests.anatomy import Anatomy, Element

BODY = (
    "<p>Dear Minister,</p><h4>What we ask</h4><ul><li>water</li><li>time</li></ul>"
    '<ol><li>first</li></ol><blockquote><p>Once <a href="https://river.example/">told</a>.</p>'
    "</blockquote><h6>Why</h6><p>The Aller runs dry 🌊.</p>" + "<p>It does, each summer.</p>" * 60
)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Anatomy:
    folder = tmp_path_factory.mktemp("structure")
    return Anatomy(paper.printed(folder, world.rows(1300), count=1300, body_html=BODY))


def grouped(folder: Path, layout: str) -> Anatomy:
    """A list in groups, with comments where a table shows them."""
    rows = list(world.rows(200, withheld=0))
    rows = [
        replace(row, group="ABC"[i // 70], comment="It matters to me. " * (i % 7))
        for i, row in enumerate(rows)
    ]
    withheld = paper.row("", withheld=True, position=201)
    columns = ("name", "affiliation", "comment")[: 3 if layout == "table" else 2]
    given = {"groups": tuple(Counter(row.group for row in rows).items()), "grouping": "group"}
    changes = {**given, "layout": layout, "columns": columns, "comment_count": 100}
    return Anatomy(paper.printed(folder, [*rows, withheld], count=201, **changes))


@pytest.fixture(scope="module", params=["whole", "table", "compact"])
def any_list(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Anatomy:
    if request.param == "whole":
        return request.getfixturevalue("long")
    return grouped(tmp_path_factory.mktemp("grouped"), request.param)


def leaves(element: Element) -> list[tuple[int, int]]:
    return [kid for each in element.all() for kid in each.kids if isinstance(kid, tuple)]


def test_every_mark_has_its_element_and_every_element_its_mark(any_list: Anatomy) -> None:
    owners = {
        kid: each for each in any_list.document.all() for kid in each.kids if type(kid) is tuple
    }
    assert len(owners) == len(leaves(any_list.document))  # none stands in two places
    seen = set()
    for page, number in zip(any_list.pages, any_list.page_numbers, strict=True):
        parents = any_list.parents[int(page["/StructParents"])].get_object()
        marks, _ = any_list.marks(page)
        numbers = sorted(mark.mcid for mark in marks if mark.mcid is not None)
        assert numbers == list(range(len(parents)))
        for mcid, parent in enumerate(parents):
            assert owners[number, mcid].number == parent.idnum
            seen.add((number, mcid))
    assert seen == set(owners)


def test_all_that_is_painted_is_tagged_or_an_artifact(any_list: Anatomy) -> None:
    for page in any_list.pages:
        marks, unmarked = any_list.marks(page)
        assert unmarked == []
        for mark in marks:
            assert mark.tag == "Artifact" or mark.mcid is not None or mark.above
            if mark.mcid is not None:
                assert "Artifact" not in mark.above
            if mark.tag == "Artifact":
                assert mark.above == []


def test_no_two_pages_have_the_same_key(any_list: Anatomy) -> None:
    keys = Counter(int(page["/StructParents"]) for page in any_list.pages)
    assert max(keys.values()) == 1
    assert max(any_list.parents) + 1 == any_list.root["/StructTreeRoot"]["/ParentTreeNextKey"]


def test_the_list_stands_between_letter_and_method(long: Anatomy) -> None:
    parts = [(kid.tag, [below.tag for below in kid.kids[:3]]) for kid in long.document.kids]
    place = next(i for i, (_, below) in enumerate(parts) if "Table" in below)
    assert parts[place] == ("Sect", ["H2", "P", "Table"])
    assert 0 < place < len(parts) - 1
    assert {tag for tag, _ in parts} == {"Sect"}


def test_one_table_holds_all_rows_in_order(long: Anatomy) -> None:
    (table,) = (
        each for each in long.document.all() if each.tag == "Table" and len(list(each.all())) > 5000
    )
    head, *bodies = table.kids
    assert head.tag == "THead"
    assert {body.tag for body in bodies} == {"TBody"}
    (names,) = head.kids
    assert [cell.tag for cell in names.kids] == ["TH"] * len(names.kids)
    for cell in names.kids:
        assert cell.dictionary["/A"]["/Scope"] == "/Column"
    rows = [row for body in bodies for row in body.kids]
    assert len(rows) == 1300
    assert {row.tag for row in rows} == {"TR"}
    assert {len(row.kids) for row in rows} == {len(names.kids)}
    assert {cell.tag for row in rows for cell in row.kids} == {"TD"}
    places = [long.page_numbers.index(page) for page, _ in leaves(table)]
    assert places == sorted(places)


def test_each_group_has_a_heading_and_a_table_or_list_of_its_own(tmp_path: Path) -> None:
    for layout, kind in (("table", "Table"), ("compact", "L")):
        folder = tmp_path / layout
        folder.mkdir()
        made = grouped(folder, layout)
        listed = next(kid for kid in made.document.kids if "H3" in [each.tag for each in kid.kids])
        tags = [each.tag for each in listed.kids]
        assert tags[:2] == ["H2", "P"]
        assert tags[2:] == ["H3", "P", kind] * 3 + ["H3", "P"]  # those without a name come last
        parts = [each for each in listed.kids if each.tag == kind]
        rows = [sum(each.tag in ("TR", "LI") for each in part.all()) for part in parts]
        heads = 1 if layout == "table" else 0
        assert [count - heads for count in rows] == [70, 70, 60]
        titles = [one.title for one in next(o for o in made.reader.outline if type(o) is list)]
        assert [title[0] for title in titles[:3]] == ["A", "B", "C"]


def test_a_long_table_is_parted_so_that_no_element_is_endless(long: Anatomy) -> None:
    most = max(len(each.kids) for each in long.document.all())
    assert most < 1100


def test_headings_leave_no_level_out(any_list: Anatomy) -> None:
    levels = [
        int(e.tag[1]) for e in any_list.document.all() if e.tag in ("H1", "H2", "H3", "H4", "H5")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert 3 in levels  # of the letter's own, or of the groups
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_lists_say_how_they_are_numbered(long: Anatomy) -> None:
    kinds = [e.dictionary["/A"]["/ListNumbering"] for e in long.document.all() if e.tag == "L"]
    assert kinds[:2] == ["/Disc", "/Decimal"]
    for element in long.document.all():
        if element.tag == "L":
            assert {kid.tag for kid in element.kids} <= {"LI", "L", "Caption"}
        if element.tag == "LI":
            assert {kid.tag for kid in element.kids} <= {"Lbl", "LBody"}


def test_parts_in_another_language_say_so(tmp_path: Path) -> None:
    given = {"language": "cy", "body_html": "<p>Annwyl Weinidog</p>"}
    made = Anatomy(paper.printed(tmp_path, world.rows(2), **given))
    assert made.root["/Lang"] == "cy"
    for heading in (e for e in made.document.all() if e.tag in ("H2", "TH")):
        assert language(heading) == ("cy" if heading is letter(made) else "en")


@cache
def letter(made: Anatomy) -> Element:
    return next(e for e in made.document.all() if e.tag == "H2")


def language(element: Element | None) -> str:
    while element is not None:
        if "/Lang" in element.dictionary:
            return str(element.dictionary["/Lang"])
        element = element.above
    return "cy"
