"""A PDF taken apart: pages, marks, tags, fonts. What standards ask of them is asked of these."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdf
from pypdf.generic import ContentStream, IndirectObject

PAINTING = {
    *(b"Tj", b"TJ", b"'", b'"', b"Do", b"sh", b"EI", b"INLINE IMAGE"),
    *(b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"),
}
TEXT = {b"Tj", b"TJ", b"'", b'"'}


@dataclass
class Mark:
    """A marked sequence of a page: its tag, its number, what is shown in it."""

    tag: str
    mcid: int | None
    above: list[str]
    shown: list[bytes] = field(default_factory=list)


@dataclass(repr=False)
class Element:
    """An element of the tree of tags, with what it holds in order."""

    number: int
    dictionary: Any
    above: "Element | None"
    kids: list[Any] = field(default_factory=list)  # Element, (page, mcid) or a referred object

    @property
    def tag(self) -> str:
        return str(self.dictionary["/S"])[1:]

    @property
    def objects(self) -> list[Any]:
        """References to annotations."""
        return [kid for kid in self.kids if isinstance(kid, dict)]

    def all(self) -> Iterator["Element"]:
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.all()


class Anatomy:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = path.read_bytes()
        self.reader: Any = pypdf.PdfReader(path, strict=True)
        self.root: Any = self.reader.root_object
        self.pages: list[Any] = list(self.reader.pages)
        self.page_numbers = [page.indirect_reference.idnum for page in self.pages]

    def objects(self) -> Iterator[tuple[int, Any]]:
        """Every object there is, by its number."""
        numbers = {*self.reader.xref_objStm}
        for generation in self.reader.xref.values():
            numbers |= set(generation)
        for number in sorted(numbers - {0}):
            yield number, self.reader.get_object(IndirectObject(number, 0, self.reader))

    def streams(self) -> Iterator[tuple[int, Any]]:
        for number, found in self.objects():
            if hasattr(found, "get_data"):
                yield number, found

    def operations(self, page: Any) -> list[tuple[Any, bytes]]:
        content = page["/Contents"].get_object()
        return list(ContentStream(content, self.reader).operations)

    def marks(self, page: Any) -> tuple[list[Mark], list[bytes]]:
        """The marked sequences of a page, and the painting operators outside of all of them."""
        done: list[Mark] = []
        open_: list[Mark] = []
        unmarked = []
        for operands, operator in self.operations(page):
            if operator in (b"BDC", b"BMC"):
                given = operands[1] if operator == b"BDC" else {}
                mcid = given.get("/MCID")
                above = [mark.tag for mark in open_]
                open_.append(Mark(str(operands[0])[1:], None if mcid is None else int(mcid), above))
            elif operator == b"EMC":
                done.append(open_.pop())
            elif operator in PAINTING:
                for mark in open_:
                    mark.shown.append(operator)
                if not open_:
                    unmarked.append(operator)
        assert not open_
        return done, unmarked

    @cached_property
    def parents(self) -> dict[int, Any]:
        """The parent tree: key of a page or annotation → element or elements."""
        found: dict[int, Any] = {}

        def read(node: Any) -> list[int]:
            keys: list[int] = []
            numbers = node.get("/Nums", [])
            for i in range(0, len(numbers), 2):
                keys.append(int(numbers[i]))
                found[int(numbers[i])] = list.__getitem__(numbers, i + 1)
            for kid in node.get("/Kids", []):
                keys += read(kid.get_object())
            if "/Limits" in node:
                assert [keys[0], keys[-1]] == [int(limit) for limit in node["/Limits"]]
            assert keys == sorted(keys)
            return keys

        tree = self.root["/StructTreeRoot"]["/ParentTree"]
        read(tree)
        return found

    @cached_property
    def document(self) -> Element:
        (top,) = self.root["/StructTreeRoot"]["/K"]
        return self._element(top, None)

    def _element(self, reference: Any, above: Element | None) -> Element:
        dictionary = reference.get_object()
        element = Element(reference.idnum, dictionary, above)
        if above:
            assert dictionary.raw_get("/P").idnum == above.number
        kids = dictionary.get("/K", [])
        raw = dictionary.raw_get("/K") if "/K" in dictionary else []
        for kid in raw if isinstance(kids, list) and isinstance(raw, list) else [raw]:
            element.kids.append(self._kid(kid, dictionary, element))
        return element

    def _kid(self, kid: Any, dictionary: Any, element: Element) -> Any:
        if isinstance(kid, int):
            return (dictionary.raw_get("/Pg").idnum, int(kid))
        if kid.get_object().get("/Type") == "/OBJR":
            return kid.get_object()
        return self._element(kid, element)

    @cached_property
    def fonts(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for page in self.pages:
            found |= {str(k): v.get_object() for k, v in page["/Resources"]["/Font"].items()}
        return found

    def codes(self) -> dict[str, set[int]]:
        """The character codes shown in each font, by the font's name in the resources."""
        used: dict[str, set[int]] = {}
        for page in self.pages:
            font = ""
            for operands, operator in self.operations(page):
                if operator == b"Tf":
                    font = str(operands[0])
                elif operator in TEXT:
                    used.setdefault(font, set()).update(_codes(operands[0]))
        return used


def _codes(shown: Any) -> Iterator[int]:
    for part in shown if isinstance(shown, list) else [shown]:
        data = getattr(part, "original_bytes", part)
        if isinstance(data, bytes):
            yield from (int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))
