"""Processes a test starts: on ports of their own, and gone when the test is."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(10_000, 32_000)  # below the range the kernel lends to outgoing connections


def free_port(*, neighbours: int = 1) -> int:
    """A port nobody listens on, with as many free ones right above it as asked for."""
    for _ in range(200):
        port = random.choice(PORTS)
        if all(_is_free(port + step) for step in range(neighbours)):
            return port
    raise NoFreePort


class NoFreePort(Exception):
    """Two hundred tries met only busy ports."""


class NeverHappened(AssertionError):
    """What a test waited for did not come; the message says what it was."""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(
    happened: Callable[[], Any], what: str, *, within: float = 60, every: float = 0.05
) -> Any:
    """The first true answer of `happened`; `within` is a safety net, never a promise of speed."""
    end = time.monotonic() + within
    while True:
        if answer := happened():
            return answer
        if time.monotonic() > end:
            raise NeverHappened(what)
        time.sleep(every)


def descendants(pid: int) -> set[int]:
    """Everybody below a process, as /proc tells it."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            stat = (folder / "stat").read_text()
            parents[int(folder.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def resident(pid: int) -> int:
    """Bytes of a process that are really there; none of one that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
    return 0


class Process:
    """One started command, in a process group of its own, writing into a log file."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.log = log
        self.words = [str(word) for word in command]
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=dict(env) if env is not None else None,
                **{"cwd": ROOT, **options},
            )

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def said(self) -> str:
        return self.log.read_text("utf8", errors="replace")

    def ready(self, answers: Callable[[], Any], *, within: float = 90) -> None:
        """Wait until `answers` is true; a process that dies first shows what it said."""

        def answered_or_dead() -> bool:
            return bool(answers()) or not self.alive

        eventually(answered_or_dead, f"{self.words} was not ready:\n{self.said()}", within=within)
        if not self.alive:
            raise NeverHappened(f"{self.words} ended with {self.popen.returncode}:\n{self.said()}")

    def kill(self) -> None:
        """What a crash does: SIGKILL to the whole group, nothing can be tidied up."""
        self._signal(signal.SIGKILL)
        self.popen.wait()

    def end(self) -> None:
        """It and everything below it, at once: for when nobody looks any more."""
        below = descendants(self.popen.pid) if self.alive else set()
        self.kill()  # first, so that it starts nothing again
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self, *, by: signal.Signals = signal.SIGTERM, within: float = 20) -> int:
        """Ask it to end, then make it end; the exit status it left."""
        if self.alive:
            self._signal(by)
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(within)
        self._signal(signal.SIGKILL)  # also what it started and forgot
        return self.popen.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)
