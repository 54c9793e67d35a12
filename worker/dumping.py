"""Dumping: the whole database as a stream of bytes, and back.

SQLite is copied by its own backup while it runs, into a file beside it that has no name any more
when it is read. PostgreSQL's own programs speak through pipes, so nothing of it lies on a disk.
"""

import os
import secrets
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from django.db import connection, connections

BEGINNINGS = {"sqlite": b"SQLite format 3\x00", "postgresql": b"PGDMP"}
_DRAFT = ".database-"
_OPTIONS = {  # of a connection: what PostgreSQL's programs call it
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class Sink(Protocol):
    """Takes bytes: a file does."""

    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


class Failed(Exception):
    """The database could not be read or written; `reason` says why, safe to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def dumped() -> Iterator[IO[bytes]]:
    """The database as it stands at one moment, while everybody goes on writing; raises Failed."""
    with _copied() if connection.vendor == "sqlite" else _pg_dumped() as data:
        yield data


def load(write: Callable[[Sink], object]) -> None:
    """Put what `write` writes in the place of the database; nobody else may be using it."""
    if connection.vendor == "sqlite":
        _replace_file(write)
    else:
        _pg_restore(write)


# --- SQLite ---------------------------------------------------------------------------------------
def _file() -> Path:
    return Path(connection.settings_dict["NAME"])


@contextmanager
def _copied() -> Iterator[IO[bytes]]:
    with _beside(_file()) as copy:
        with (
            closing(sqlite3.connect(f"{_file().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        with copy.open("rb") as data:
            copy.unlink()
            yield data


def _replace_file(write: Callable[[Sink], object]) -> None:
    file = _file()
    with _beside(file) as draft:
        with draft.open("wb") as data:
            write(data)
            data.flush()
            os.fsync(data.fileno())
        with closing(sqlite3.connect(draft)) as found:
            (said,) = found.execute("PRAGMA quick_check").fetchone()
        if said != "ok":
            raise Failed("The file in the backup is damaged")
        connections.close_all()
        for ending in ("-wal", "-shm"):  # of the other database: they would damage this one
            file.with_name(file.name + ending).unlink(missing_ok=True)
        draft.replace(file)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A file for its owner alone that is gone afterwards; those of killed runs go first."""
    for old in file.parent.glob(f"{_DRAFT}*"):
        old.unlink(missing_ok=True)
    draft = file.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        yield draft
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)


# --- PostgreSQL -----------------------------------------------------------------------------------
@contextmanager
def _pg_dumped() -> Iterator[IO[bytes]]:
    words = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    with _program(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout


def _pg_restore(write: Callable[[Sink], object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    name = _parameters()["PGDATABASE"]
    connections.close_all()
    words = ["pg_restore", "--no-owner", "--no-privileges", "--no-password", f"--dbname={name}"]
    with _program(
        [*words, "--single-transaction", "--exit-on-error"], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        write(_Pipe(process.stdin))


class _Pipe:
    """Takes everything also when the program at its other end has gone: that one says why."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def write(self, data: bytes) -> int:
        with suppress(BrokenPipeError):
            self._pipe.write(data)
        return len(data)

    def flush(self) -> None:
        with suppress(BrokenPipeError):
            self._pipe.flush()


@contextmanager
def _program(
    words: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs at the settings' database; raises Failed with its own words."""
    env = {**os.environ, **_parameters()}
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=said, env=env)
        except FileNotFoundError:
            raise Failed(f"{words[0]} is not installed (Debian: postgresql-client)") from None
        with process:  # whatever happens: its pipes are closed, and it is waited for
            yield process
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise Failed(lines[-1] if lines else f"{words[0]} ended with {process.returncode}")


def _parameters() -> dict[str, str]:
    """How to connect, for the environment: arguments can be read by everybody on the machine."""
    given = connection.get_connection_params()
    found = {name: str(given[key]) for key, name in _OPTIONS.items() if given.get(key)}
    return {**found, "PGDATABASE": str(connection.settings_dict["NAME"])}
