"""Finished pages, kept on disk until all of them are there: their number is printed on each."""

import marshal
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from signatures.exports.press.blocks import Tag
from signatures.exports.press.paging import Page

_HEAD = struct.Struct("<II")


class Spooled(NamedTuple):
    content: bytes
    tagged: list[Tag]


class Spool:
    """A file without a name: it is gone with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self.bookmarks: list[tuple[int, str, float]] = []  # page from 0, label, points from below
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # lives as long as we

    def add(self, page: Page) -> None:
        tags = marshal.dumps(page.tagged)
        self._file.write(_HEAD.pack(len(page.content), len(tags)))
        self._file.write(page.content)
        self._file.write(tags)
        self.bookmarks += [(self.count, label, y) for label, y in page.bookmarks]
        self.count += 1

    def pages(self) -> Iterator[Spooled]:
        self._file.seek(0)
        for _ in range(self.count):
            content, tags = _HEAD.unpack(self._file.read(_HEAD.size))
            yield Spooled(self._file.read(content), marshal.loads(self._file.read(tags)))  # noqa: S302  # our own

    def close(self) -> None:
        self._file.close()
