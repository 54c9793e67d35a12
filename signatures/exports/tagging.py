"""The tree of tags for the pages of signatories, beside the one WeasyPrint makes for the rest."""

from collections.abc import Sequence
from typing import Any

import pydyf

from signatures.exports.listing import ListPage, Tagged


def add(pdf: Any, pages: Sequence[ListPage], *, first: int) -> None:
    """Give `pages`, which stand at index `first`, a heading and one table (ISO 32000-1, 14.7)."""
    if not pages:
        return
    references = pdf.page_references
    root = _at(pdf, pdf.catalog["StructTreeRoot"])
    document = _at(pdf, root["K"][0])
    numbers = _at(pdf, root["ParentTree"])["Nums"]
    tree = _Tree(pdf, document)
    for i, page in enumerate(pages, start=first):
        marked: list[bytes] = numbers[2 * i + 1]
        tree.page(page.tagged, references[i], marked)
    later = set(references[first + len(pages) :])
    kids = document["K"]
    place = next((i for i, kid in enumerate(kids) if _at(pdf, kid)["Pg"] in later), len(kids))
    kids[place:place] = tree.top


class _Tree:
    def __init__(self, pdf: Any, document: Any) -> None:
        self.top: list[bytes] = []
        self._pdf = pdf
        self._document = document
        self._table: Any = None

    def page(self, tagged: list[Tagged], page: bytes, marked: list[bytes]) -> None:
        for item in tagged:
            if item.tag == "Table" and self._table is not None:
                table = self._table  # one table across all pages
            else:
                table = self._element(item, self._document, page, marked)
                self.top.append(table.reference)
            if item.tag == "Table":
                self._table = table
                for row in item.parts:
                    table["K"].append(self._row(row, table, page, marked).reference)

    def _row(self, row: Tagged, table: Any, page: bytes, marked: list[bytes]) -> Any:
        element = self._element(row, table, page, marked)
        for cell in row.parts:
            element["K"].append(self._element(cell, element, page, marked).reference)
        return element

    def _element(self, item: Tagged, parent: Any, page: bytes, marked: list[bytes]) -> Any:
        element = pydyf.Dictionary(
            {
                "Type": "/StructElem",
                "S": f"/{item.tag}",
                "P": parent.reference,
                "Pg": page,
                "K": pydyf.Array([] if item.mcid is None else [item.mcid]),
            }
        )
        if item.tag == "TH":
            element["A"] = pydyf.Dictionary({"O": "/Table", "Scope": "/Column"})
        self._pdf.add_object(element)
        if item.mcid is not None:
            marked.append(element.reference)
        return element


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]
