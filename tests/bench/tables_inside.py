"""Tables of a letter's signatories: the product's, and what one would write first."""

import csv
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from django.urls import get_resolver

from campaigns.models import Letter
from signatures import personal
from signatures.exports import columns
from signatures.exports.wish import Wish
from signatures.models import Signature
from signatures.services import making
from signatures.services.watching import Meter

SLICE = 2_000
PLAIN = ("name", "title", "affiliation", "place", "country", "day", "comment", "language")


def warm() -> None:
    """What a worker has loaded long since: the views, by way of the addresses."""
    get_resolver().url_patterns  # noqa: B018 - found by being asked for


def peak() -> int:
    """The most memory this process ever held, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def export(*, slug: str, kind: str, to: str) -> float:
    """Seconds from the look at the rows to the finished, checked file."""
    found = Letter.objects.get(slug=slug)
    return _timed(
        lambda: making.write(letter=found, wish=Wish(format=kind), out=Path(to), meter=Meter())
    )


def plain_csv(*, slug: str, to: str) -> float:
    """Columns as they are stored, nothing opened and nothing made harmless."""

    def write() -> None:
        rows = _rows(slug).order_by("day", "name_key", "id").values_list(*PLAIN)
        with Path(to).open("w", newline="", encoding="utf8") as file:
            csv.writer(file).writerows(rows.iterator(chunk_size=SLICE))

    return _timed(write)


def naive_csv(*, slug: str, to: str) -> float:
    """All objects at once into Python's own writer."""

    def write() -> None:
        with Path(to).open("w", newline="", encoding="utf8") as file:
            writer = csv.writer(file)
            writer.writerow(columns.ORGANISER)
            writer.writerows(_opened(slug))

    return _timed(write)


def naive_xlsx(*, slug: str, to: str) -> float:
    """All objects at once into a workbook in memory."""

    def write() -> None:
        book = openpyxl.Workbook()
        page = book.active
        page.append(columns.ORGANISER)
        for cells in _opened(slug):
            page.append(cells)
        book.save(to)

    return _timed(write)


def lean_xlsx(*, slug: str, to: str) -> float:
    """The same through XlsxWriter, which keeps its rows in temporary files."""

    def write() -> None:
        with xlsxwriter.Workbook(to, {"constant_memory": True}) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, columns.ORGANISER)
            for at, cells in enumerate(_opened(slug), start=1):
                page.write_row(at, 0, cells)

    return _timed(write)


def _rows(slug: str) -> Any:
    return Signature.objects.counted().filter(letter__slug=slug)


def _opened(slug: str) -> Iterator[list[Any]]:
    rows = _rows(slug).order_by("day", "-public", "name_key", "uid").all()
    for position, signature in enumerate(rows, start=1):
        person = personal.person_of(signature)
        yield [
            position,
            person.name,
            person.title,
            person.affiliation,
            person.place,
            signature.country,
            signature.day,
            person.comment,
            person.group,
            str(not signature.public),
            personal.address_of(signature) if signature.updates else "",
            str(signature.updates),
            signature.language,
            signature.ref,
        ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
