"""A transaction that has outlived a power cut before the next line runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def durably() -> Iterator[None]:
    """For what is said to others right after it was written. Everything committed before is on the
    disk then, too: both databases write one log. Inside another transaction it promises nothing."""
    outermost = not connection.in_atomic_block  # SQLite takes no such word inside a transaction
    lite = connection.vendor == "sqlite"
    if lite and outermost:
        _execute("PRAGMA synchronous=FULL")
    try:
        with transaction.atomic(durable=True):
            if not lite:
                _execute("SET LOCAL synchronous_commit = on")
            yield
    finally:
        if lite and outermost:
            _execute("PRAGMA synchronous=NORMAL")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
