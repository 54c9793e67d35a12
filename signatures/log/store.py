"""The log's entries in the database, by index: the one module of this drawer that knows it.

They are only ever added, and only by the sequencer.
"""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Max

from signatures.models import LogEntry


class Gap(Exception):
    """Entries are missing from the middle of the table: it was damaged, nothing else does this."""

    def __init__(self, index: int) -> None:
        super().__init__(f"entry {index} is missing from the database")
        self.index = index


def append(entries: Sequence[bytes], at: int) -> None:
    """Add entries from index `at` on. IntegrityError when one of the places is taken."""
    table = connection.ops.quote_name(LogEntry._meta.db_table)  # noqa: SLF001 - Django's documented name
    index = connection.ops.quote_name("index")
    places = range(at, at + len(entries))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({index}, entry) "  # noqa: S608 - names of ours
                "SELECT * FROM unnest(%s::bigint[], %s::bytea[])",
                [list(places), list(entries)],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({index}, entry) VALUES (%s, %s)",  # noqa: S608 - as above
                list(zip(places, entries, strict=True)),
            )


def read(start: int, stop: int) -> list[bytes]:
    """The entries from `start` to before `stop`; fewer where the log ends earlier.

    Raises Gap rather than leave one out.
    """
    rows = LogEntry.objects.filter(index__gte=start, index__lt=stop).order_by("index")
    entries = []
    for expected, (index, entry) in enumerate(rows.values_list("index", "entry"), start):
        if index != expected:
            raise Gap(expected)
        entries.append(bytes(entry))
    return entries


def picked(indexes: Iterable[int]) -> dict[int, bytes]:
    """Those of these entries that there are, by index."""
    rows = LogEntry.objects.filter(index__in=list(indexes)).values_list("index", "entry")
    return {index: bytes(entry) for index, entry in rows}


def size() -> int:
    """How many entries there are."""
    last = LogEntry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else int(last) + 1
