"""Rows to write tables of, and a process that writes a long one and says what memory it took.

`python -m tests.tables csv 5000 /tmp/table.csv` answers in kilobytes.
"""

import datetime as dt
import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from signatures import world_names
from signatures.exports import comma, objects, sheet
from signatures.exports.document import Document, OrganiserRow

DAY = dt.date(2026, 11, 3)
SNAPSHOT = dt.datetime(2026, 11, 20, 9, 14, tzinfo=dt.UTC)
DOCUMENT = Document(
    title="Give the Aller its water back",
    body_html="",
    language="en",
    targets=(),
    sender="Friends of the Aller",
    accent="#0b5563",
    count=1,
    revision=2,
    revision_sha256="9f49" * 16,
    snapshot=SNAPSHOT,
    url="https://letters.example.org/letters/aller/",
)


def row(name: str, **changes: Any) -> OrganiserRow:
    given: dict[str, Any] = {"position": 1, "name": name, "signed_on": DAY}
    return OrganiserRow(**{**given, **changes})


def rows(count: int) -> Iterator[OrganiserRow]:
    """Everybody a name of their own, a third with a comment, a quarter with an address."""
    chance = random.Random(11)
    for position in range(1, count + 1):
        name, affiliation, place = world_names.somebody(chance)[:3]
        yield OrganiserRow(
            position=position,
            name=name,
            affiliation=affiliation,
            place=place,
            country="DE",
            signed_on=DAY,
            comment=f"Because of {chance.random()} it matters." if position % 3 == 0 else "",
            email=f"signer-{position}@example.org",
            updates=position % 4 == 0,
            language="en",
        )


def write(kind: str, count: int, out: Path) -> None:
    if kind == "xlsx":
        sheet.write(rows(count), out, snapshot=SNAPSHOT)
        return
    with out.open("wb") as file:
        if kind == "csv":
            file.writelines(comma.stream(rows(count)))
        else:
            file.writelines(objects.stream(rows(count), document=DOCUMENT))


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
