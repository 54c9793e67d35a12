"""Puts a document together: cover and letter, the list, the method; then one file of all of it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pydyf

from signatures.exports.ends import Ends
from signatures.exports.press import archive, navigation, structure
from signatures.exports.press.front import Bookmark, Front, bookmarks, draw
from signatures.exports.press.interim import Crew, Ink
from signatures.exports.press.spool import Spool
from signatures.exports.press.writing import File

Say = Callable[[int], None]  # told how many rows are done, again and again while we work

_OVER = b"null\n"  # ends the rows: a stream cut short is not a short list
_EVERY_ROW, _EVERY_PAGE = 100, 50  # between two words of progress


@dataclass(frozen=True, slots=True)
class Made:
    pages: int
    ends: Ends


@dataclass(slots=True)
class Parts:
    """All that is needed to write; `like` has the title, author and dates of the whole."""

    like: Any
    front: list[Any]
    back: list[Any] = field(default_factory=list)
    crew: Crew | None = None
    spool: Spool | None = None
    job: dict[str, Any] = field(default_factory=dict)
    attachment: archive.Attachment | None = None
    bookmarks: list[Bookmark] = field(default_factory=list)

    @property
    def listed(self) -> int:
        return self.spool.count if self.spool else 0

    @property
    def total(self) -> int:
        return len(self.front) + self.listed + len(self.back)


def write(
    source: BinaryIO,
    out: BinaryIO,
    *,
    folder: Path,
    processes: int,
    missing: set[int],
    say: Say,
) -> Made:
    """Read a job, its rows and its tail from `source`; write the document to `out`.

    A job without samples is a sheet: its HTML and nothing else. What doesn't fit in memory waits in
    nameless files in `folder`. Characters no font has are added to `missing`.
    """
    structure.attend_to_boxes()
    job = json.loads(source.readline())
    setter = Front(missing)
    if "samples" not in job:
        sheet = setter.render(job["html"])
        return _Writer(Parts(sheet, sheet.pages, job=job), out, folder, say).write()
    crew, spool = Crew(job, processes=processes), Spool(folder)
    rows = _Rows(source, say)
    filling = _Filling(spool, crew, rows)
    letter = setter.render(job["html"])
    filling.finish()
    tail = json.loads(source.readline())
    method = setter.render(tail["method"])
    missing |= crew.ink().missing
    parts = Parts(letter, letter.pages, method.pages, crew, spool, job)
    parts.attachment = _attachment(tail)
    parts.bookmarks = _bookmarks(letter, method, parts)
    return _Writer(parts, out, folder, lambda _: say(rows.done)).write()


def _attachment(tail: dict[str, Any]) -> archive.Attachment | None:
    told = tail.get("attachment")
    if not told:
        return None
    source = open(told.pop("fd"), "rb")  # noqa: SIM115, PTH123  # until the process ends
    return archive.Attachment(source, **told)


class _Rows:
    """The lines of the rows; counts them aloud."""

    def __init__(self, source: BinaryIO, say: Say) -> None:
        self.done = 0
        self._source, self._say = source, say

    def __iter__(self) -> Iterator[bytes]:
        for line in self._source:
            if line == _OVER:
                self._say(self.done)
                return
            if line.startswith(b'["r"'):
                if self.done % _EVERY_ROW == 0:
                    self._say(self.done)
                self.done += 1
            yield line
        raise EOFError


class _Filling:
    """Fills the spool beside, while WeasyPrint sets the letter here."""

    def __init__(self, spool: Spool, crew: Crew, rows: _Rows) -> None:
        self._failed: BaseException | None = None
        self._given = (spool, crew, rows)
        self._thread = threading.Thread(target=self._fill, daemon=True)
        self._thread.start()

    def _fill(self) -> None:
        spool, crew, rows = self._given
        try:
            for page in crew.pages(rows):
                spool.add(page)
        except BaseException as failed:  # noqa: BLE001  # raised again by finish
            self._failed = failed

    def finish(self) -> None:
        self._thread.join()
        if self._failed:
            raise self._failed


def _bookmarks(letter: Any, method: Any, parts: Parts) -> list[Bookmark]:
    assert parts.spool is not None
    first, top = len(parts.front), letter.pages[0].height * 0.75
    below: list[Bookmark] = [
        (label, first + page, y, []) for page, label, y in parts.spool.bookmarks
    ]
    below = below or navigation.landmarks(
        parts.listed, first=first, top=top, words=parts.job["page"], total=parts.total
    )
    return [
        *bookmarks(letter, first=0),
        (parts.job["heading"], first, top, below),
        *bookmarks(method, first=first + parts.listed),
    ]


class _Writer:
    """Writes all parts in one pass: streams as they come, then what refers to them."""

    def __init__(self, parts: Parts, out: BinaryIO, folder: Path, say: Say) -> None:
        self._parts, self._folder, self._say = parts, folder, say
        ink: Ink | None = parts.crew.ink() if parts.crew else None
        self._pdf = draw([*parts.front, *parts.back], parts.like, ink)
        structure.repair(self._pdf)
        archive.describe(self._pdf, parts.like.metadata)
        archive.amend(self._pdf)
        self._file = File(out)
        self._file.number(len(self._pdf.objects) - 1)
        self._numbers = [int(number) for number in self._pdf.pages["Kids"][::3]]

    def write(self) -> Made:
        self._feet()
        self._streams()
        listed = self._list()
        pages = navigation.PageNumbers(
            self._numbers[: len(self._parts.front)],
            listed,
            self._numbers[len(self._parts.front) :],
        )
        self._catalog(pages)
        return Made(self._parts.total, self._rest())

    def _feet(self) -> None:
        """The foot of WeasyPrint's pages; the cover has none."""
        parts = self._parts
        if parts.crew is None:
            return
        for i, number in enumerate(self._numbers[1:], start=1):
            page = i + 1 if i < len(parts.front) else i + 1 + parts.listed
            foot = self._file.number()
            height = self._pdf.objects[number]["MediaBox"][3]
            # WeasyPrint's own content leaves the page upside down.
            turned = b"1 0 0 -1 0 %b cm\n" % pydyf._to_bytes(height)
            self._file.stream(foot, b"", turned + parts.crew.foot(page, parts.total))
            contents = self._pdf.objects[number]["Contents"]
            self._pdf.objects[number]["Contents"] = pydyf.Array([contents, b"%d 0 R" % foot])

    def _streams(self) -> None:
        for item in self._pdf.objects:
            if isinstance(item, pydyf.Stream):
                self._file.plain(item.number, item.data)

    def _list(self) -> list[int]:
        """Write the pages of the list and hang them into both trees; their object numbers."""
        parts, pdf, file = self._parts, self._pdf, self._file
        numbers = structure.at(pdf, structure.root(pdf)["ParentTree"])["Nums"]
        key = numbers[-2] + 1 if numbers else 0
        tags = structure.Listed(
            file, structure.document(pdf).number, key=key, language=parts.job.get("spoken", "")
        )
        first = pdf.objects[self._numbers[0]]
        shared = b"/MediaBox%b/Resources %b" % (first["MediaBox"].data, first["Resources"])
        pages = navigation.Pages(file, pdf.pages.reference, shared)
        listed = []
        for i, page in enumerate(parts.spool.pages() if parts.spool else ()):
            assert parts.crew is not None
            if i % _EVERY_PAGE == 0:
                self._say(0)
            content = file.number(3)
            file.stream(content, b"", page.content, deflated=True)
            file.stream(content + 1, b"", parts.crew.foot(len(parts.front) + i + 1, parts.total))
            key = tags.page(content + 2, page.tagged)
            body = b"/Contents[%d 0 R %d 0 R]/Tabs/S/StructParents %d" % (content, content + 1, key)
            pages.add(content + 2, body)
            listed.append(content + 2)
        pages.finish()
        structure.plant(pdf, file, tags.finish(), next_key=key + 1)
        if listed:
            back = {b"%d 0 R" % number for number in self._numbers[len(parts.front) :]}
            structure.insert(pdf, b"%d 0 R" % tags.number, before=back)
        front_pages = [b"%d 0 R" % number for number in self._numbers[: len(parts.front)]]
        back_pages = [b"%d 0 R" % number for number in self._numbers[len(parts.front) :]]
        pdf.pages["Kids"] = pydyf.Array([*front_pages, *pages.branches, *back_pages])
        pdf.pages["Count"] = parts.total
        return listed

    def _catalog(self, pages: navigation.PageNumbers) -> None:
        parts, catalog, file = self._parts, self._pdf.catalog, self._file
        if cover := parts.job.get("cover"):
            catalog["PageLabels"] = navigation.labels(cover)
        if parts.bookmarks:
            catalog["Outlines"] = b"%d 0 R" % navigation.outline(file, parts.bookmarks, pages)
        if parts.attachment:
            modified = self._pdf.info["ModDate"].data
            number, name = archive.attach(
                file, parts.attachment, modified=modified, folder=self._folder
            )
            reference = b"%d 0 R" % number
            names = catalog.setdefault("Names", pydyf.Dictionary())
            names["EmbeddedFiles"] = pydyf.Dictionary({"Names": pydyf.Array([name, reference])})
            catalog["AF"] = pydyf.Array([reference])

    def _rest(self) -> Ends:
        """Write what isn't a stream. The catalog and the first page stand by themselves."""
        pdf, file = self._pdf, self._file
        alone = (pdf.catalog, pdf.objects[self._numbers[0]])
        for item in pdf.objects[1:]:
            if item is alone[0] or item is alone[1]:
                file.plain(item.number, item.data)
            elif not isinstance(item, pydyf.Stream):
                file.pack(item.number, item.data)
        info = file.number()
        file.pack(info, pdf.info.data)
        end = file.close(root=pdf.catalog.number, info=info)
        return Ends(
            next_number=end.next_number,
            startxref=end.startxref,
            catalog=(alone[0].number, alone[0].data),
            first_page=(alone[1].number, alone[1].data),
            info=b"%d 0 R" % info,
            identifier=end.identifier,
        )
