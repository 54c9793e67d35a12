"""The live process beside the tests' own database, so that a test moves counts by itself."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from signatures import tasks
from tests import make
from tests.installation import SECRETS, Installation
from tests.processes import Process, eventually, resident

ROOM = 250  # streams the shared process takes


class Live:
    """`manage.py live`, and what it says of itself."""

    def __init__(self, installation: Installation) -> None:
        self.port = installation.port + 1
        self.process: Process = installation.spawn("manage.py", "live", log="live")
        self.process.ready(self.health)

    def health(self) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/healthz", headers={"Host": "localhost"})
            return dict(json.loads(line.getresponse().read()))
        except OSError:
            return {}
        finally:
            line.close()

    def says(self, **wanted: Any) -> None:
        """Wait until its own figures are these."""
        eventually(lambda: wanted.items() <= self.health().items(), f"{wanted}: {self.health()}")

    def memory(self) -> int:
        return resident(self.process.popen.pid)


@contextmanager
def beside(folder: Path, **more: str) -> Iterator[Live]:
    """One that reads the very database of the tests in this process."""
    given: dict[str, str] = {"LOG_LEVEL": "WARNING", "SITE_URL": settings.SITE_URL}
    database = settings.DATABASES["default"]
    if settings.EMBEDDED:
        (folder / "db.sqlite3").symlink_to(database["NAME"])
    else:
        server = settings.DATABASE_URL.rsplit("/", 1)[0]
        given |= SECRETS | {"DATABASE_URL": f"{server}/{database['NAME']}"}
        given["REDIS_URL"] = settings.REDIS_URL
    installation = Installation(folder, given | more)
    try:
        yield Live(installation)
    finally:
        installation.stop()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Live]:
    """Behind one proxy, so that a test may come from many addresses."""
    folder = tmp_path_factory.mktemp("live")
    with beside(folder, PROXIES="1", LIVE_STREAMS=str(ROOM)) as started:
        yield started


@pytest.fixture
def start(tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., Live]]:
    """Another one, with settings of its own."""
    with ExitStack() as stack:

        def begin(**more: str) -> Live:
            folder = tmp_path / f"live-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return stack.enter_context(beside(folder, **more))

        yield begin


def signed_aside(letter: Any, *, times: int = 1) -> int:
    """The same on a thread, which keeps no connection."""
    try:
        return signed(letter, times=times)
    finally:
        connections.close_all()


def signed(letter: Any, *, times: int = 1) -> int:
    """Confirmed signatures, counted and announced as the clock does it; the count then."""
    for _ in range(times):
        make.confirmed(letter)
    tasks.sequence()
    letter.tally.refresh_from_db()
    return int(letter.tally.count)
