"""An installation to measure: real servers on the loopback, and a colleague inside who knows it."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from tests import services
from tests.installation import SECRETS, Installation
from tests.processes import ROOT, Process
from worker import supervisor

# The limits stay in the way, so that they are measured; no bench reaches them.
LIMITS = "10000000/s/ip,10000000/s/mailbox"
DATABASES = ("SQLite", "PostgreSQL")


class Broken(Exception):
    """What was to be measured does not work; the message is what it said."""


class Inside:
    """A process with the installation's settings and secrets that does what it is asked."""

    def __init__(self, installation: Installation) -> None:
        self._log = installation.folder / "inside.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.inside"],
                cwd=ROOT,
                env=installation.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __call__(self, task: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([task, given]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Broken(f"{task}:\n{self._log.read_text()[-4000:]}")
        return json.loads(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


class Site:
    """A migrated installation on one database; its processes are started one by one."""

    def __init__(self, database: str, folder: Path, settings: dict[str, str]) -> None:
        self.database = database
        limits = {"SIGNING_LIMITS": LIMITS, "LOG_LEVEL": "WARNING"}
        self.installation = Installation(folder, limits | settings)
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.installation.port}"
        self.installation.manage("migrate", "--verbosity", "0")
        self.installation.manage("collectstatic", "--no-input", "--verbosity", "0")
        self.inside = Inside(self.installation)

    @property
    def workers(self) -> int:
        return 1 if self.database == "SQLite" else 2

    def serve(self) -> None:
        """The web server exactly as `manage.py run` starts it."""
        web = web_command(self.installation.port, self.workers, "config.wsgi:application")
        process = self.spawn(*web[1:], log="web")
        process.ready(self.answers)

    def answers(self) -> bool:
        """Whether the application is loaded and the database is there, not only the port."""
        try:
            with urllib.request.urlopen(f"{self.url}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def clock(self) -> Process:
        return self.spawn("manage.py", "clock", log="clock")

    def mail_worker(self, relays: int) -> Process:
        programs = supervisor.programs(port=self.installation.port, relays=relays, web_workers=1)
        command = next(one.command for one in programs if one.name == "worker mail")
        return self.spawn(*command[1:], log=f"mail-{relays}")

    def spawn(self, *words: str, log: str) -> Process:
        self.installation.env["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser"
        return self.installation.spawn(*words, log=log)

    def stop(self) -> None:
        self.inside.close()
        self.installation.stop()


def web_command(port: int, workers: int, application: str) -> list[str]:
    web = supervisor.programs(port=port, relays=1, web_workers=workers)[0].command
    return [*web[:-1], application]


class Sites:
    """What the scenarios share: one PostgreSQL that really flushes, one Redis, sites made once."""

    def __init__(self, folder: Path, *, full: bool) -> None:
        self.folder = folder
        self.full = full
        self._stack = ExitStack()
        self._postgres: str | None = None
        self._redis: str | None = None
        self._redis_numbers = 0
        self._kept: dict[str, Site] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def postgres(self) -> str:
        if self._postgres is None:
            self._postgres = self._stack.enter_context(services.postgres(durable=True))
        return self._postgres

    @contextmanager
    def site(self, database: str, **settings: str) -> Iterator[Site]:
        """A fresh one, gone when the scenario is over."""
        with ExitStack() as stack:
            yield self._made(stack, database, settings)

    def kept(self, database: str) -> Site:
        """The one with many signatures, kept for every scenario that wants them."""
        if database not in self._kept:
            self._kept[database] = self._made(self._stack, database, {})
        return self._kept[database]

    def _made(self, stack: ExitStack, database: str, settings: dict[str, str]) -> Site:
        folder = self.folder / f"site-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        if database == "PostgreSQL":
            if self._redis is None:
                self._redis = self._stack.enter_context(services.redis())
            self._redis_numbers += 1
            url = stack.enter_context(services.database(self.postgres))
            settings = SECRETS | settings
            settings["DATABASE_URL"] = url
            settings["REDIS_URL"] = f"{self._redis}/{self._redis_numbers}"
        site = Site(database, folder, settings)
        stack.callback(site.stop)
        return site
