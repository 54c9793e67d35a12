"""Puts a document together: cover and letter, the list, the method; then one file of all of it."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from signatures.exports.press import navigation, structure
from signatures.exports.press.archive import Attachment
from signatures.exports.press.assembly import Assembly, Made, Parts, Say
from signatures.exports.press.crew import Crew
from signatures.exports.press.front import Bookmark, Front, bookmarks
from signatures.exports.press.spool import Spool

_OVER = b"null\n"  # ends the rows: a stream cut short is not a short list
_EVERY = 100  # rows between two words of progress
_POINTS = 0.75  # in a CSS pixel


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
    if "samples" not in job:
        sheet = Front(missing).render(job["html"])
        return Assembly(Parts(sheet, sheet.pages), out, folder, say).write()
    crew, spool = Crew(job, processes=processes), Spool(folder)  # the crew before all else
    setter = Front(missing)
    rows = _Rows(source, say)
    filling = _Filling(spool, crew, rows)
    letter = setter.render(job["html"])
    filling.finish()
    tail = json.loads(source.readline())
    method = setter.render(tail["method"])
    missing |= crew.ink().missing
    parts = Parts(letter, letter.pages, method.pages, crew, spool)
    parts.cover, parts.language = job["cover"], job["spoken"]
    parts.attachments = [_attachment(told) for told in tail.get("attachments", ())]
    parts.bookmarks = _bookmarks(job, parts, letter, method)
    return Assembly(parts, out, folder, lambda _: say(rows.done)).write()


def _attachment(told: dict[str, Any]) -> Attachment:
    """From a descriptor when it is long, as a text when it is short."""
    if "text" in told:
        return Attachment(io.BytesIO(told.pop("text").encode()), **told)
    source = open(told.pop("fd"), "rb")  # noqa: SIM115, PTH123  # until the process ends
    return Attachment(source, **told)


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
                if self.done % _EVERY == 0:
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


def _bookmarks(job: dict[str, Any], parts: Parts, letter: Any, method: Any) -> list[Bookmark]:
    assert parts.spool is not None
    first, top = len(parts.front), letter.pages[0].height * _POINTS
    below: list[Bookmark] = [
        (label, first + page, y, []) for page, label, y in parts.spool.bookmarks
    ]
    below = below or navigation.landmarks(
        parts.listed, first=first, top=top, words=job["page"], total=parts.total
    )
    return [
        *bookmarks(letter, first=0),
        (job["heading"], first, top, below),
        *bookmarks(method, first=first + parts.listed),
    ]
