"""A whole installation as an operator has it: its own folder, address, processes and secrets."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.processes import ROOT, Process, free_port

_KEY = "1:dGVzdHMgb25seSwgdGhpcyBpcyBub3QgYSBzZWNyZXQ="
SECRETS = {
    "SECRET_KEY": "only for tests, and long enough that no check complains about it",
    "MAILBOX_PEPPER": "only for tests, and not the same as the secret key of these tests",
    "FIELD_KEYS": _KEY,
    "TOKEN_KEYS": _KEY,
    "LOG_KEY": _KEY,
}


class Installation:
    """Started by `manage.py run`, as `make run` does; stopped and killed as a test likes."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port(neighbours=2)  # the live process sits on the next one
        self.url = f"http://localhost:{self.port}"
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "SITE_URL": self.url,
            **settings,
        }
        self.processes: list[Process] = []

    def start(self) -> Process:
        """All of it in one command; returns when it says that it is well."""
        process = self.spawn(
            "manage.py", "run", "--port", str(self.port), "--data", str(self.folder)
        )
        process.ready(self.is_well)
        return process

    def spawn(self, *words: str, log: str = "run") -> Process:
        """One more Python process in the same installation, for example a worker alone."""
        log_file = self.folder / f"{log}-{len(self.processes)}.log"
        process = Process([sys.executable, *words], log=log_file, env=self.env)
        self.processes.append(process)
        return process

    def manage(self, *words: str, within: float = 120) -> str:
        """Run a command to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def said(self) -> str:
        return "\n".join(process.said() for process in self.processes)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.stop()

    def end(self) -> None:
        """Without a word to anybody, when the test is over."""
        for process in reversed(self.processes):
            process.end()


class CommandFailed(AssertionError):
    """A management command ended with an error; the message is what it printed."""
