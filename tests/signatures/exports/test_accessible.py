"""For everybody: ISO 14289-1, PDF/UA-1 (its clauses as ua), and what ISO 19005-3 asks besides (a).

That every mark has its element is tested with the tree of tags.
"""

import re
from typing import Any

from tests import paper
from tests.anatomy import Anatomy

STANDARD = {
    *("Document", "Part", "Art", "Sect", "Div", "BlockQuote"),
    *("Caption", "NonStruct", "H1", "H2", "H3", "H4", "H5", "H6"),
    *("P", "L", "LI", "Lbl", "LBody"),
    *("Table", "TR", "TH", "TD", "THead", "TBody", "TFoot"),
    *("Span", "Link", "Figure"),
}


def test_a_6_3_annotations_are_links_that_print(made: Anatomy) -> None:
    found = annotations(made)
    assert found
    for _, annotation in found:
        assert annotation["/Subtype"] == "/Link"
        assert int(annotation["/F"]) & 0b100100111 == 0b100  # printed, neither hidden nor unseen
        assert "/AA" not in annotation
        assert annotation["/A"]["/S"] == "/URI"  # 6.5.1


def annotations(made: Anatomy) -> list[tuple[Any, Any]]:
    pages = [page for page in made.pages if "/Annots" in page]
    return [(page, one.get_object()) for page in pages for one in page["/Annots"]]


def test_a_6_7_and_ua_7_1_the_file_is_tagged_titled_and_in_a_language(made: Anatomy) -> None:
    assert made.root["/MarkInfo"]["/Marked"].value is True
    assert made.root["/MarkInfo"].get("/Suspects") is None
    assert made.root["/Lang"] == "en"
    assert made.root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "/RoleMap" not in made.root["/StructTreeRoot"]  # only standard types, 6.7.3.4
    assert {element.tag for element in made.document.all()} <= STANDARD


def test_ua_7_2_and_a_6_7_4_languages_are_tags(made: Anatomy) -> None:
    stated = [e.dictionary["/Lang"] for e in made.document.all() if "/Lang" in e.dictionary]
    assert stated
    for tag in [made.root["/Lang"], *stated]:
        assert re.fullmatch("[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*", tag)


def test_ua_7_3_figures_say_in_words_what_they_show(made: Anatomy) -> None:
    figures = [element for element in made.document.all() if element.tag == "Figure"]
    assert figures
    for figure in figures:
        assert figure.dictionary["/Alt"]
        left, bottom, right, top = map(float, figure.dictionary["/A"]["/BBox"])
        assert -1 < left < right < 597
        assert -1 < bottom < top < 843


def test_ua_7_2_lists_hold_items_and_items_a_label_and_a_body(made: Anatomy) -> None:
    items = [element for element in made.document.all() if element.tag == "LI"]
    assert {"P", "L"} & {kid.tag for item in items for kid in item.all()}  # loose and nested ones
    for item in items:
        assert [kid.tag for kid in item.kids] in (["Lbl", "LBody"], ["LBody"])


def test_ua_7_5_headers_say_whose_they_are(made: Anatomy) -> None:
    cells = [element for element in made.document.all() if element.tag == "TH"]
    assert {cell.dictionary["/A"]["/Scope"] for cell in cells} == {"/Column", "/Row"}
    for element in made.document.all():
        assert "/ID" not in element.dictionary  # there is no tree of identifiers
        assert "/Headers" not in element.dictionary.get("/A", {})


def test_ua_7_5_tables_are_regular(made: Anatomy) -> None:
    tables = [element for element in made.document.all() if element.tag == "Table"]
    assert tables
    for table in tables:
        rows = [element for element in table.all() if element.tag == "TR"]
        spans = {
            sum(cell.dictionary.get("/A", {}).get("/ColSpan", 1) for cell in row.kids)
            for row in rows
        }
        assert len(spans) == 1


def test_ua_7_8_page_numbers_agree_with_the_labels(made: Anatomy) -> None:
    assert made.reader.page_labels[0] == "Cover"
    texts = paper.text(made.path).split("\f")
    total = len(made.pages)
    for label, text in list(zip(made.reader.page_labels, texts, strict=False))[1:]:
        assert f"Page {label} of {total}" in text


def test_ua_7_11_the_attached_file_has_both_names(made: Anatomy) -> None:
    spec = made.root["/AF"][0].get_object()
    assert {"/F", "/UF"} <= set(spec)


def test_ua_7_17_bookmarks_lead_to_every_part(made: Anatomy) -> None:
    outline = [item for item in made.reader.outline if not isinstance(item, list)]
    pages = [made.reader.get_destination_page_number(item) for item in outline]
    assert pages == sorted(pages)
    titles = [item.title for item in outline]
    assert pages[0] == 0
    assert titles[-3:] == ["Signatories", "How this number was made", "How to check this number"]


def test_ua_7_18_links_are_tagged_described_and_in_order(made: Anatomy) -> None:
    links = [element for element in made.document.all() if element.tag == "Link"]
    referred = {one.raw_get("/Obj").idnum: link for link in links for one in link.objects}
    found = annotations(made)
    assert len(found) == len(referred)
    for page, annotation in found:
        assert page["/Tabs"] == "/S"
        assert annotation["/Contents"]
        owner = referred[annotation.indirect_reference.idnum]
        assert made.parents[int(annotation["/StructParent"])].idnum == owner.number
