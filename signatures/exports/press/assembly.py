"""Writes the parts of a document into one file, in one pass: streams, then what refers to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pydyf

from signatures.exports.ends import Ends
from signatures.exports.press import archive, navigation, structure
from signatures.exports.press.crew import Crew
from signatures.exports.press.front import Bookmark, draw
from signatures.exports.press.spool import Spool
from signatures.exports.press.writing import File

Say = Callable[[int], None]  # told how many rows are done, again and again while we work

_EVERY = 50  # pages between two words of progress


@dataclass(frozen=True, slots=True)
class Made:
    pages: int
    ends: Ends


@dataclass(slots=True)
class Parts:
    """All that is to be written. Without a crew there is no list, and no foot on any page."""

    like: Any  # the WeasyPrint document with title, author and dates of the whole
    front: list[Any]
    back: list[Any] = field(default_factory=list)
    crew: Crew | None = None
    spool: Spool | None = None
    attachments: list[archive.Attachment] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    cover: str = ""  # what the first page is called, which bears no number
    language: str = ""  # of the words around the list, and of the pages behind it

    @property
    def listed(self) -> int:
        return self.spool.count if self.spool else 0

    @property
    def total(self) -> int:
        return len(self.front) + self.listed + len(self.back)


class Assembly:
    """WeasyPrint's objects keep their numbers; ours come after them."""

    def __init__(self, parts: Parts, out: BinaryIO, folder: Path, say: Say) -> None:
        self._parts, self._folder, self._say = parts, folder, say
        ink = parts.crew.ink() if parts.crew else None
        self._pdf = draw([*parts.front, *parts.back], parts.like, ink)
        references = [b"%d 0 R" % number for number in self._pdf.pages["Kids"][::3]]
        self._front = references[: len(parts.front)]
        self._back = references[len(parts.front) :]
        structure.repair(self._pdf)
        if self._back:
            structure.section(self._pdf, set(self._back), parts.language)
        archive.describe(self._pdf, parts.like.metadata)
        archive.amend(self._pdf)
        self._file = File(out)
        self._file.number(len(self._pdf.objects) - 1)

    def write(self) -> Made:
        self._feet()
        self._streams()
        listed = self._list() if self._parts.spool else []
        self._navigation(listed)
        self._attach()
        return Made(self._parts.total, self._rest())

    def _feet(self) -> None:
        """The foot of WeasyPrint's pages; the cover has none."""
        parts = self._parts
        if parts.crew is None:
            return
        for i, reference in enumerate([*self._front, *self._back]):
            if i == 0:
                continue
            page = structure.at(self._pdf, reference)
            place = i + 1 if i < len(self._front) else i + 1 + parts.listed
            foot = self._file.number()
            # WeasyPrint leaves its pages upside down: turned once more, they stand as ours.
            turned = b"1 0 0 -1 0 %b cm\n" % pydyf._to_bytes(page["MediaBox"][3])
            self._file.stream(foot, b"", turned + parts.crew.foot(place, parts.total))
            page["Contents"] = pydyf.Array([page["Contents"], b"%d 0 R" % foot])

    def _streams(self) -> None:
        for item in self._pdf.objects:
            if isinstance(item, pydyf.Stream):
                self._file.plain(item.number, item.data)

    def _list(self) -> list[int]:
        """Write the pages of the list and hang them into both trees; their object numbers."""
        parts, pdf, file = self._parts, self._pdf, self._file
        assert parts.crew
        assert parts.spool
        above = structure.document(pdf).number
        key = structure.next_key(pdf)
        tags = structure.Listed(file, above, key=key, language=parts.language)
        first = structure.at(pdf, self._front[0])
        pages = navigation.Pages(file, pdf.pages.reference, b"/MediaBox%b" % first["MediaBox"].data)
        listed = []
        for i, page in enumerate(parts.spool.pages()):
            if i % _EVERY == 0:
                self._say(0)
            content = file.number(3)
            file.stream(content, b"", page.content, deflated=True)
            file.stream(content + 1, b"", parts.crew.foot(len(self._front) + i + 1, parts.total))
            key = tags.page(content + 2, page.tagged)
            # Each page names its resources: PDF/A forbids to inherit them (ISO 19005-3, 6.2.2).
            body = b"/Resources %b/Contents[%d 0 R %d 0 R]/Tabs/S/StructParents %d"
            pages.add(content + 2, body % (first["Resources"], content, content + 1, key))
            listed.append(content + 2)
        pages.finish()
        structure.plant(pdf, file, tags.finish(), next_key=key + 1)
        structure.insert(pdf, b"%d 0 R" % tags.number, before=set(self._back))
        pdf.pages["Kids"] = pydyf.Array([*self._front, *pages.branches, *self._back])
        pdf.pages["Count"] = parts.total
        return listed

    def _navigation(self, listed: list[int]) -> None:
        parts, catalog = self._parts, self._pdf.catalog
        front, back = ([int(ref.split()[0]) for ref in refs] for refs in (self._front, self._back))
        if parts.cover:
            catalog["PageLabels"] = navigation.labels(parts.cover)
        if parts.bookmarks:
            pages = navigation.PageNumbers(front, listed, back)
            number = navigation.outline(self._file, parts.bookmarks, pages)
            catalog["Outlines"] = b"%d 0 R" % number

    def _attach(self) -> None:
        """In the order of their names, as a name tree wants them (ISO 32000-1, 7.9.6)."""
        catalog, named = self._pdf.catalog, []
        modified = self._pdf.info["ModDate"].data
        for each in sorted(self._parts.attachments, key=lambda each: each.name):
            number, name = archive.attach(self._file, each, modified=modified, folder=self._folder)
            named.append((name, b"%d 0 R" % number))
        if not named:
            return
        names = catalog.setdefault("Names", pydyf.Dictionary())
        flat = [part for pair in named for part in pair]
        names["EmbeddedFiles"] = pydyf.Dictionary({"Names": pydyf.Array(flat)})
        catalog["AF"] = pydyf.Array([reference for _name, reference in named])

    def _rest(self) -> Ends:
        """Write what isn't a stream. The catalog and the first page stand by themselves."""
        pdf, file = self._pdf, self._file
        first = structure.at(pdf, self._front[0])
        for item in pdf.objects[1:]:
            if item is pdf.catalog or item is first:
                file.plain(item.number, item.data)
            elif not isinstance(item, pydyf.Stream):
                file.pack(item.number, item.data)
        info = file.number()
        file.pack(info, pdf.info.data)
        end = file.close(root=pdf.catalog.number, info=info)
        return Ends(
            next_number=end.next_number,
            startxref=end.startxref,
            catalog=(pdf.catalog.number, pdf.catalog.data),
            first_page=(first.number, first.data),
            info=b"%d 0 R" % info,
            identifier=end.identifier,
        )
