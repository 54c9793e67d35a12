"""The product's PDF of made-up people, timed in the process that asks for it."""

import json
import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from signatures.exports import pdf
from signatures.exports.document import Document, Row

SIGNED = date(2026, 7, 24)


def ours(*, people: str, count: int, to: str) -> float:
    """Seconds from the first row to the finished file."""
    began = time.perf_counter()
    pdf.write(_document(count), _rows(people, count), Path(to), progress=lambda _done: None)
    return time.perf_counter() - began


def largest_child() -> int:
    """The most memory, in megabytes, of any process started for a document so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def _rows(people: str, count: int) -> Iterator[Row]:
    with Path(people).open(encoding="utf8") as file:
        for position, line in enumerate(islice(file, count), start=1):
            name, affiliation, place = json.loads(line)
            yield Row(
                position=position,
                name=name,
                affiliation=affiliation,
                place=place,
                signed_on=SIGNED,
            )


def _document(count: int) -> Document:
    return Document(
        title="Give the Aller its water back",
        body_html="<p>Dear Minister,</p><p>Forty years ago children swam below the weir.</p>",
        language="en",
        targets=(("Marta Velander", "Minister for Water"),),
        sender="Friends of the Aller",
        accent="#0b5563",
        count=count,
        revision=1,
        revision_sha256="0" * 64,
        snapshot=datetime(2026, 7, 24, 12, tzinfo=UTC),
        url="https://letters.example.org/letters/aller/",
        sort="date",
        withheld_count=0,
        withdrawn_count=0,
        invalidated_count=0,
        paper_count=0,
        first_signed_on=SIGNED,
        last_signed_on=SIGNED,
        opened_on=SIGNED,
        closed_on=None,
        curve=(0, count // 2, count),
    )
