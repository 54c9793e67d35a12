"""Letters with signatories, files of them, and another connection: what tests of exports share."""

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Letter
from signatures.exports.wish import Wish
from signatures.models import Export, Signature
from signatures.services import exporting, making, sequencing
from tests import make


def asked(letter: Letter, kind: str = "csv", **options: Any) -> Export:
    wish = Wish(format=kind, **options)
    return exporting.ask(letter=letter, by=letter.organiser, wish=wish)


def made(letter: Letter, kind: str = "csv", **options: Any) -> Export:
    return run(asked(letter, kind, **options))


def run(export: Export) -> Export:
    making.run(export=export.pk, now=timezone.now())
    export.refresh_from_db()
    return export


def rows(export: Export) -> list[dict[str, str]]:
    text = exporting.path_of(export).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def names(export: Export) -> list[str]:
    return [row["name"] for row in rows(export)]


def crowd(letter: Letter, count: int, **fields: Any) -> list[Signature]:
    """So many signatories, counted."""
    signatures = [make.confirmed(letter, name=f"Person {n:03}", **fields) for n in range(count)]
    sequencing.sequence(now=timezone.now())
    return signatures


def elsewhere(work: Callable[[], object]) -> None:
    """Over another connection, as another process would."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()
