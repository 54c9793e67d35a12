"""Whether somebody is using the database: before it is replaced nobody may be."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.db import connection, connections
from django.utils import timezone

from worker.models import Heartbeat

LATELY = timedelta(seconds=60)


def has_tables() -> bool:
    with connection.cursor() as cursor:
        return bool(connection.introspection.table_names(cursor))


def signs() -> str | None:
    """Why it looks as if the installation runs; None: it doesn't."""
    if _beats():
        return "a clock or a worker was alive within the last minute"
    if connection.vendor == "postgresql":
        return "somebody is connected to the database" if _others() else None
    return "somebody has the database open" if _is_open() else None


def _beats() -> bool:
    if not has_tables():
        return False
    alive = Heartbeat.objects.filter(at__gt=timezone.now() - LATELY)
    return alive.filter(name="clock").exists() or alive.filter(name__startswith="worker:").exists()


def _others() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (others,) = cursor.fetchone()
    return bool(others)


def _is_open() -> bool:
    """In exclusive mode SQLite takes a lock that everybody who has the file open stands in."""
    file = Path(connection.settings_dict["NAME"])
    connections.close_all()
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("PRAGMA locking_mode=EXCLUSIVE")
            probe.execute("BEGIN EXCLUSIVE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
    return False
