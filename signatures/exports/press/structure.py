"""The tree of tags (ISO 32000-1, 14.7; ISO 14289-1, 7): WeasyPrint's, and ours for the list.

Ours is written page by page; what stays in memory is one number for each thousand rows.
"""

from typing import Any

import pydyf
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf import tags

from signatures.exports.press.blocks import Tag
from signatures.exports.press.writing import File

_POINTS = 0.75  # in a CSS pixel
_A_GROUP = 1000  # rows in a TBody or L, at most one page more
_PAGES = 16  # in a leaf of the parent tree
_NUMBERING = {"ol": "/Decimal", "ul": "/Disc"}
_HEADINGS = {f"/H{level}": level for level in range(1, 7)}
_ATTRIBUTES = {
    "TH": b"/A<</O/Table/Scope/Column>>",
    "L": b"/A<</O/List/ListNumbering/None>>",
}


def attend_to_boxes() -> None:
    """Have WeasyPrint tell of each element what it leaves out: language, numbering, scope."""
    build = tags._build_box_tree

    def attended(box: Any, *arguments: Any) -> Any:
        for element in build(box, *arguments):
            _attend(element, box._box if isinstance(box, AbsolutePlaceholder) else box)
            yield element

    tags._build_box_tree = attended


def _attend(element: Any, box: Any) -> None:
    if box.element is None or box.element_tag in ("html", "body") or isinstance(box, boxes.PageBox):
        return
    kind = element["S"]
    if language := box.element.get("lang"):
        element["Lang"] = pydyf.String(language)
    if kind == "/L" and (numbering := _NUMBERING.get(box.element_tag)):
        element["A"] = pydyf.Dictionary({"O": "/List", "ListNumbering": numbering})
    elif kind == "/TH":
        element["A"]["Scope"] = "/Row" if box.element.get("scope") == "row" else "/Column"
    elif kind == "/Figure":
        left, top, right, bottom = element["A"]["BBox"]
        height = box.page_height if hasattr(box, "page_height") else _A4
        element["A"]["BBox"] = pydyf.Array(
            [left * _POINTS, height - bottom * _POINTS, right * _POINTS, height - top * _POINTS]
        )


_A4 = 841.89


def repair(pdf: Any) -> None:
    """Put WeasyPrint's part of the tree in order.

    Headings leave no level out, whatever the letter does. Headers are found by their scope:
    WeasyPrint refers to them by identifiers, but writes no tree of identifiers. What a list item
    holds stands in its body, paragraphs too (ISO 32000-1, 14.8.4.3.3).
    """
    for item in list(pdf.objects):
        if isinstance(item, dict) and item.get("Type") == "/StructElem":
            item.pop("ID", None)
            if "A" in item:
                item["A"].pop("Headers", None)
            if item["S"] == "/TD" and len(item["A"]) == 1:
                del item["A"]
            if item["S"] == "/LI":
                _embody(pdf, item)
    _level(pdf, document(pdf), 0)


def _embody(pdf: Any, item: Any) -> None:
    kinds = {kid: at(pdf, kid)["S"] for kid in item["K"] if isinstance(kid, bytes)}
    loose = [kid for kid, kind in kinds.items() if kind not in ("/Lbl", "/LBody")]
    if not loose:
        return
    body = pydyf.Dictionary({"Type": "/StructElem", "S": "/LBody", "P": item.reference})
    pdf.add_object(body)
    body["Pg"], body["K"] = item["Pg"], pydyf.Array(loose)
    for kid in loose:
        at(pdf, kid)["P"] = body.reference
    item["K"] = pydyf.Array([kid for kid in item["K"] if kid not in loose] + [body.reference])


def _level(pdf: Any, element: Any, above: int) -> int:
    level = _HEADINGS.get(element["S"])
    if level:
        above = min(level, above + 1)
        element["S"] = f"/H{above}"
    for kid in element["K"]:
        if isinstance(kid, bytes):
            below = at(pdf, kid)
            if "S" in below:
                above = _level(pdf, below, above)
    return above


def at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def root(pdf: Any) -> Any:
    return at(pdf, pdf.catalog["StructTreeRoot"])


def document(pdf: Any) -> Any:
    return at(pdf, root(pdf)["K"][0])


def section(pdf: Any, pages: set[bytes], language: str) -> None:
    """Put what stands on `pages`, the last ones, into a section in its language."""
    kids = document(pdf)["K"]
    place = _place(pdf, pages)
    made = pydyf.Dictionary({"Type": "/StructElem", "S": "/Sect", "P": document(pdf).reference})
    pdf.add_object(made)
    made["K"] = pydyf.Array(kids[place:])
    if language:
        made["Lang"] = pydyf.String(language)
    for kid in made["K"]:
        at(pdf, kid)["P"] = made.reference
    made["Pg"] = at(pdf, kids[place])["Pg"]
    kids[place:] = [made.reference]


def insert(pdf: Any, reference: bytes, *, before: set[bytes]) -> None:
    """Put an element into the document in front of the first that stands on one of these pages."""
    document(pdf)["K"].insert(_place(pdf, before), reference)


def _place(pdf: Any, pages: set[bytes]) -> int:
    kids = document(pdf)["K"]
    places = (i for i, kid in enumerate(kids) if at(pdf, kid).get("Pg") in pages)
    return next(places, len(kids))


class _Group:
    """An element whose rows come page by page: a Table, a TBody, an L."""

    __slots__ = ("kids", "number", "parent", "tag")

    def __init__(self, tag: str, number: int, parent: int) -> None:
        self.tag, self.number, self.parent = tag, number, parent
        self.kids: list[int] = []


class Listed:
    """The tags of the list, in a section of their own."""

    def __init__(self, file: File, document: int, *, key: int, language: str) -> None:
        self.number = file.number()
        self._file = file
        self._document = document
        self._language = language
        self._key = key  # of the next page, in the parent tree
        self._kids: list[int] = []
        self._table: _Group | None = None
        self._rows: _Group | None = None
        self._marks: dict[int, int] = {}
        self._leaf: list[bytes] = []
        self._leaves: list[int] = []

    def page(self, number: int, tagged: list[Tag]) -> int:
        """Write what stands on a page and return the page's key in the parent tree."""
        for item in tagged:
            if item[0] == "Table":
                self._add_to_table(item[2], number)
            elif item[0] == "L":
                self._rows = self._rows or self._open("L", self.number, self._kids)
                self._rows.kids += [
                    self._element(part, self._rows.number, number) for part in item[2]
                ]
            else:
                self._end()
                self._kids.append(self._element(item, self.number, number))
        if self._rows and len(self._rows.kids) >= _A_GROUP:
            self._close(self._rows)
            self._rows = None
        return self._remember()

    def finish(self) -> list[int]:
        """Write what is still open; the leaves of the parent tree."""
        self._end()
        if self._leaf:
            self._write_leaf()
        attributes = b"/Lang%b" % pydyf.String(self._language).data if self._language else b""
        self._write(self.number, b"Sect", self._document, self._kids, attributes)
        return self._leaves

    def _add_to_table(self, rows: tuple[Tag, ...], page: int) -> None:
        table = self._table = self._table or self._open("Table", self.number, self._kids)
        for row in rows:
            if row[2] and row[2][0][0] == "TH":
                head = self._open("THead", table.number, table.kids)
                head.kids.append(self._element(row, head.number, page))
                self._close(head)
                continue
            self._rows = self._rows or self._open("TBody", table.number, table.kids)
            self._rows.kids.append(self._element(row, self._rows.number, page))

    def _open(self, tag: str, parent: int, kids: list[int]) -> _Group:
        group = _Group(tag, self._file.number(), parent)
        kids.append(group.number)
        return group

    def _close(self, group: _Group) -> None:
        attributes = _ATTRIBUTES.get(group.tag, b"")
        self._write(group.number, group.tag.encode(), group.parent, group.kids, attributes)

    def _end(self) -> None:
        """A heading ends the table or list before it."""
        for group in (self._rows, self._table):
            if group:
                self._close(group)
        self._rows = self._table = None

    def _write(
        self, number: int, tag: bytes, parent: int, kids: list[int], attributes: bytes
    ) -> None:
        references = b" ".join([b"%d 0 R" % kid for kid in kids])
        body = b"<</S/%b/P %d 0 R%b/K[%b]>>" % (tag, parent, attributes, references)
        self._file.pack(number, body)

    def _element(self, item: Tag, parent: int, page: int) -> int:
        tag, mark, parts, text = item
        number = self._file.number()
        attributes = _ATTRIBUTES.get(tag, b"")
        if text:
            attributes += b"/ActualText%b" % pydyf.String(text).data
        if parts:
            kids = [self._element(part, number, page) for part in parts]
            self._write(number, tag.encode(), parent, kids, attributes)
        elif mark is None:
            self._write(number, tag.encode(), parent, [], attributes)
        else:
            self._marks[mark] = number
            body = b"<</S/%b/P %d 0 R/Pg %d 0 R%b/K %d>>"
            self._file.pack(number, body % (tag.encode(), parent, page, attributes, mark))
        return number

    def _remember(self) -> int:
        key = self._key
        self._key += 1
        owners = b" ".join([b"%d 0 R" % self._marks[mark] for mark in range(len(self._marks))])
        self._marks.clear()
        self._leaf.append(b"%d[%b]" % (key, owners))
        if len(self._leaf) == _PAGES:
            self._write_leaf()
        return key

    def _write_leaf(self) -> None:
        number = self._file.number()
        limits = (self._key - len(self._leaf), self._key - 1)
        body = b"<</Limits[%d %d]/Nums[%b]>>" % (*limits, b"".join(self._leaf))
        self._file.pack(number, body)
        self._leaves.append(number)
        self._leaf.clear()


def next_key(pdf: Any) -> int:
    """The first key of the parent tree that WeasyPrint didn't take."""
    numbers = at(pdf, root(pdf)["ParentTree"])["Nums"]
    return int(numbers[-2]) + 1 if numbers else 0


def plant(pdf: Any, file: File, leaves: list[int], *, next_key: int) -> None:
    """Make one parent tree of WeasyPrint's numbers and the leaves of the list."""
    tree = at(pdf, root(pdf)["ParentTree"])
    numbers = tree.pop("Nums")
    kids = [b"%d 0 R" % leaf for leaf in leaves]
    if numbers:
        leaf = pydyf.Dictionary({"Limits": pydyf.Array([0, numbers[-2]]), "Nums": numbers})
        number = file.number()
        file.pack(number, leaf.data)
        kids.insert(0, b"%d 0 R" % number)
    tree["Kids"] = pydyf.Array(kids)
    root(pdf)["ParentTreeNextKey"] = next_key
