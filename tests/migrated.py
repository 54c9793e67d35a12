"""Databases as the first start leaves them: migrated once a run, copied for each installation."""

import shutil
from pathlib import Path

import psycopg

from tests.installation import SECRETS, Installation
from tests.once import once

NAME = "groundswell_migrated"


def sqlite(folder: Path) -> Path:
    """The file to copy."""
    return once(folder, "migrated-sqlite", _migrate) / "db.sqlite3"


def postgresql(folder: Path, server: str) -> str:
    """The name of the database to take as template."""

    def make(made: Path) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME}")  # the run on SQLite made one too
            connection.execute(f"CREATE DATABASE {NAME}")
        url = server.rsplit("/", 1)[0] + f"/{NAME}"
        _migrate(made, DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1", **SECRETS)

    once(folder, f"migrated-{server.rsplit(':', 1)[1].replace('/', '-')}", make)
    return NAME


def copy(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / file.name)


def _migrate(folder: Path, **settings: str) -> None:
    installation = Installation(folder, settings)
    installation.manage("migrate", "--skip-checks", "--verbosity", "0")
