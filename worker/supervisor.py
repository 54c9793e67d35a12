"""Everything in one command: starts web, workers and clock, restarts what dies, stops all."""

import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

LONG_ENOUGH = 30.0  # seconds of life after which a death is an accident, not a habit
LONGEST_PAUSE = 30.0
PATIENCE = 10.0  # seconds to end by oneself
WEB_CHANCES = 3  # deaths before the first answer
CONNECTIONS = 10_000  # a web process holds, nearly all of them idle: browsers keep theirs open
LOOK_EVERY = 0.1


class PortTaken(Exception):
    """Somebody else listens there; a second server would answer half the requests."""


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]


class Kept:
    """One program that is started again whenever it ends."""

    def __init__(self, program: Program, env: dict[str, str]) -> None:
        self.program = program
        self.deaths = 0
        self.last_words: deque[str] = deque(maxlen=15)
        self._env = env
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._started_at = 0.0
        self._not_before = 0.0

    def tend(self) -> None:
        """Start it if it is not running and its pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            self._bury(now)
        if self._process is None and now >= self._not_before:
            self._start(now)

    def ask_to_stop(self) -> None:
        """Only the process itself: a worker's children must finish what they hold."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def finish(self) -> None:
        """Whatever is left of it, its children included, ends now."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._reader is not None:
            self._reader.join(1)

    def _start(self, now: float) -> None:
        self._started_at = now
        self._process = subprocess.Popen(
            [*_tied(), *self.program.command],
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _bury(self, now: float) -> None:
        assert self._process is not None
        self.finish()
        if now - self._started_at >= LONG_ENOUGH:
            self.deaths = 0
        self.deaths += 1
        pause = min(0.5 * 2 ** (self.deaths - 1), LONGEST_PAUSE)
        self._not_before = now + pause
        _say(f"{self.program.name} ended ({self._process.returncode}); again in {pause:g} s")
        self._process = None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self.last_words.append(line.rstrip())
                _say(f"{self.program.name:>13} | {line.rstrip()}")


def _tied() -> list[str]:
    """Where the system offers it, children end with us even when we are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


class Supervisor:
    def __init__(self, programs: list[Program], *, port: int, env: dict[str, str]) -> None:
        self._kept = [Kept(program, env) for program in programs]
        self._port = port
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self, *, ready: Callable[[], None]) -> int:
        """Keep all running until stopped; `ready` is called once, when the first page answers."""
        answered = False
        _allow_open_files()
        try:
            while not self._stop.is_set():
                for kept in self._kept:
                    kept.tend()
                if not answered:
                    if self._hopeless():
                        return 1
                    if _answers(self._port):
                        answered = True
                        ready()
                self._stop.wait(LOOK_EVERY)
            return 0
        finally:
            self._end_all()

    def _hopeless(self) -> bool:
        web = self._kept[0]
        if web.deaths < WEB_CHANCES:
            return False
        _say(f"{web.program.name} cannot start. The last it said:")
        for line in web.last_words:
            _say(f"    {line}")
        return True

    def _end_all(self) -> None:
        for kept in self._kept:
            kept.ask_to_stop()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not all(kept.stopped() for kept in self._kept):
            time.sleep(LOOK_EVERY)
        for kept in self._kept:
            kept.finish()


def refuse_taken(port: int) -> None:
    """Raises PortTaken with a sentence for people."""
    if (why := taken(port)) is not None:
        raise PortTaken(
            f"Port {port} cannot be used: {why}. "
            f"Stop what listens there or choose another: make run PORT={port + 1}"
        )


def taken(port: int) -> str | None:
    """Why nobody can listen there now; None: one can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror
    return None


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("HEAD", "/", headers={"Host": f"localhost:{port}"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def programs(*, port: int, relays: int, web_workers: int, live: bool = True) -> list[Program]:
    """What runs; the first one decides whether starting worked."""
    python, manage = sys.executable, sys.argv[0]
    celery = [
        python,
        "-m",
        "celery",
        "-q",
        "-A",
        "worker.celery",
        "worker",
        "--loglevel",
        "WARNING",
    ]
    celery += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    web += ["--port", str(port), "--workers", str(web_workers), "--blocking-threads", "4"]
    # By default it stops listening at 1,024 divided by its processes, idle ones counted.
    web += ["--backlog", "4096", "--backpressure", str(CONNECTIONS)]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"]
    streams = [Program("live", [python, manage, "live", "--port", str(port + 1)])] if live else []
    return [
        Program("web", [*web, "config.wsgi:application"]),
        *streams,
        Program("worker mail", [*celery, "-Q", "mail", "-c", str(relays), "-n", "mail@%h"]),
        Program("worker export", [*celery, "-Q", "export", "-c", "1", "-n", "export@%h"]),
        Program("clock", [python, manage, "clock"]),
    ]


def _allow_open_files() -> None:
    """Each connection is one, and many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def environment() -> dict[str, str]:
    """Quiet unless asked: warnings and worse, and not that a container's user is root."""
    env = dict(os.environ)
    env.setdefault("LOG_LEVEL", "WARNING")
    env.setdefault("PYTHONUNBUFFERED", "1")
    quiet = "ignore:You're running the worker with superuser"
    env["PYTHONWARNINGS"] = ",".join(filter(None, [env.get("PYTHONWARNINGS"), quiet]))
    return env
