"""What stands in an installation's database, read past the product."""

import sqlite3
from typing import Any

import psycopg
from psycopg import sql

from tests.installation import Installation

Row = tuple[Any, ...]


def ask(installation: Installation, query: str) -> list[Row]:
    """The rows of a query without parameters."""
    if url := installation.env.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as connection:
            return connection.execute(sql.SQL(query)).fetchall()  # type: ignore[arg-type]
    path = installation.folder / "db.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as connection:
        return connection.execute(query).fetchall()


def columns(installation: Installation) -> list[tuple[str, str]]:
    """Every table's every column."""
    if "DATABASE_URL" in installation.env:
        query = """SELECT table_name, column_name FROM information_schema.columns
                   WHERE table_schema = 'public' ORDER BY 1, 2"""
    else:
        query = """SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
                   WHERE t.type = 'table' ORDER BY 1, 2"""
    return [(str(table), str(column)) for table, column in ask(installation, query)]
