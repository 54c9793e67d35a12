"""The tree of tags: every mark on every page has its element, and every element its mark."""

from collections import Counter
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
def made(tmp_path_factory: pytest.TempPathFactory) -> Anatomy:
    folder = tmp_path_factory.mktemp("structure")
    return Anatomy(paper.printed(folder, world.rows(1300), count=1300, body_html=BODY))


def leaves(element: Element) -> list[tuple[int, int]]:
    return [kid for each in element.all() for kid in each.kids if isinstance(kid, tuple)]


def test_every_mark_has_its_element_and_every_element_its_mark(made: Anatomy) -> None:
    owners = {kid: each for each in made.document.all() for kid in each.kids if type(kid) is tuple}
    assert len(owners) == len(leaves(made.document))  # none stands in two places
    seen = set()
    for page, number in zip(made.pages, made.page_numbers, strict=True):
        parents = made.parents[int(page["/StructParents"])].get_object()
        marks, _ = made.marks(page)
        numbers = sorted(mark.mcid for mark in marks if mark.mcid is not None)
        assert numbers == list(range(len(parents)))
        for mcid, parent in enumerate(parents):
            assert owners[number, mcid].number == parent.idnum
            seen.add((number, mcid))
    assert seen == set(owners)


def test_all_that_is_painted_is_tagged_or_an_artifact(made: Anatomy) -> None:
    for page in made.pages:
        marks, unmarked = made.marks(page)
        assert unmarked == []
        for mark in marks:
            assert mark.tag == "Artifact" or mark.mcid is not None or mark.above
            if mark.mcid is not None:
                assert "Artifact" not in mark.above
            if mark.tag == "Artifact":
                assert mark.above == []


def test_no_two_pages_have_the_same_key(made: Anatomy) -> None:
    keys = Counter(int(page["/StructParents"]) for page in made.pages)
    assert max(keys.values()) == 1
    assert max(made.parents) + 1 == made.root["/StructTreeRoot"]["/ParentTreeNextKey"]


def test_the_list_stands_between_letter_and_method(made: Anatomy) -> None:
    parts = [(kid.tag, [below.tag for below in kid.kids[:3]]) for kid in made.document.kids]
    place = next(i for i, (_, below) in enumerate(parts) if "Table" in below)
    assert parts[place] == ("Sect", ["H2", "P", "Table"])
    assert 0 < place < len(parts) - 1
    assert {tag for tag, _ in parts} == {"Sect"}


def test_one_table_holds_all_rows_in_order(made: Anatomy) -> None:
    (table,) = (
        each for each in made.document.all() if each.tag == "Table" and len(list(each.all())) > 5000
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
    places = [made.page_numbers.index(page) for page, _ in leaves(table)]
    assert places == sorted(places)


def test_a_long_table_is_parted_so_that_no_element_is_endless(made: Anatomy) -> None:
    most = max(len(each.kids) for each in made.document.all())
    assert most < 1100


def test_headings_leave_no_level_out(made: Anatomy) -> None:
    levels = [int(e.tag[1]) for e in made.document.all() if e.tag in ("H1", "H2", "H3", "H4", "H5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert 3 in levels
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_lists_say_how_they_are_numbered(made: Anatomy) -> None:
    kinds = [e.dictionary["/A"]["/ListNumbering"] for e in made.document.all() if e.tag == "L"]
    assert kinds[:2] == ["/Disc", "/Decimal"]
    for element in made.document.all():
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
