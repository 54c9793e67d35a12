"""Databases as the first start leaves them: migrated once a run, copied for each installation."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.installation import SECRETS, Installation

NAME = "groundswell_migrated"


def shared(factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run have in common."""
    folder = factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


def once(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` has filled in whichever process came first."""
    made = folder / name
    with (folder / f"{name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lock.tell():
            made.mkdir()
            make(made)
            lock.write("made")
    return made


def sqlite(folder: Path) -> Path:
    """The file to copy."""
    return once(folder, "migrated-sqlite", _migrate) / "db.sqlite3"


def postgresql(folder: Path, server: str) -> str:
    """The name of the database to take as template."""

    def make(made: Path) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
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
