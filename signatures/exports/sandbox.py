"""Runs the press in a process of its own, under limits: whatever a document does, we go on."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures.exports.document import Progress

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_CACHE_HOME")
_STEP = 1 << 16
_COMPLEX = _("This letter is too complex to print: it would need more memory than one may use.")
_LONG = _("This letter takes too long to print: it was stopped.")
_BROKEN = _("Making the PDF stopped unexpectedly. Whoever runs this site can see why.")


class NotPrinted(Exception):
    """A document could not be made; `reason` is safe to show, `detail` names the place in code."""

    def __init__(self, reason: str | Promise, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return str(self.reason)


class TooComplex(NotPrinted):
    """The document needs more memory or time than one may have: trying again won't help."""


class Failed(NotPrinted):
    """The process ended without a document."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use."""

    memory: int = 3_000_000_000  # bytes of address space
    seconds: int = 1800  # of the processor, and of the clock
    file: int = 2_000_000_000  # bytes written


@dataclass(frozen=True, slots=True)
class Printed:
    pages: int
    missing: str  # characters no installed font has, shown as boxes


def run(
    job: dict[str, Any],
    rows: Iterable[object],
    out: Path,
    *,
    limits: Limits,
    progress: Progress,
) -> Printed:
    """Write `out` whole or not at all. Raises TooComplex or Failed."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=".", suffix=".part")
    try:
        answer = _press(handle, _lines(job, rows), limits, progress)
        Path(name).replace(out)
    finally:
        os.close(handle)
        Path(name).unlink(missing_ok=True)
    return Printed(answer["pages"], "".join(map(chr, answer["missing"])))


def _press(
    handle: int, lines: Iterator[bytes], limits: Limits, progress: Progress
) -> dict[str, Any]:
    confines = {"memory": limits.memory, "seconds": limits.seconds, "file": limits.file}
    process = subprocess.Popen(
        [sys.executable, "-m", "signatures.exports.press", str(handle), json.dumps(confines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=_environment(),
        pass_fds=(handle,),
        start_new_session=True,
    )
    try:
        talk = _Talk(process, lines, progress, deadline=time.monotonic() + limits.seconds)
        talk.hold()
        return _judge(process.wait(timeout=30), talk.answer)
    finally:
        _end(process)


def _environment() -> dict[str, str]:
    """No secret goes along; the fixed date keeps today's out of the fonts, so bytes repeat."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {"LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "0", **kept}


def _lines(job: dict[str, Any], rows: Iterable[object]) -> Iterator[bytes]:
    yield json.dumps(job).encode() + b"\n"
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"
    yield b"\n"


class _Talk:
    """Feeds the press as fast as it takes and listens at the same time, so neither blocks."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        lines: Iterator[bytes],
        progress: Progress,
        *,
        deadline: float,
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.answer: dict[str, Any] = {}
        self._to, self._from = process.stdin, process.stdout
        self._lines, self._progress, self._deadline = lines, progress, deadline
        self._waiting = b""
        self._heard = b""

    def hold(self) -> None:
        os.set_blocking(self._to.fileno(), False)
        with selectors.DefaultSelector() as ready:
            ready.register(self._to, selectors.EVENT_WRITE)
            ready.register(self._from, selectors.EVENT_READ)
            while self._from in {key.fileobj for key in ready.get_map().values()}:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise TooComplex(_LONG, "wall clock")
                for key, _events in ready.select(left):
                    going_on = self._feed() if key.fileobj is self._to else self._listen()
                    if not going_on:
                        ready.unregister(key.fileobj)

    def _feed(self) -> bool:
        while len(self._waiting) < _STEP and (line := next(self._lines, b"")):
            self._waiting += line
        try:
            self._waiting = self._waiting[os.write(self._to.fileno(), self._waiting[:_STEP]) :]
        except BrokenPipeError:
            return False
        except BlockingIOError:
            return True
        if not self._waiting:
            self._to.close()
        return bool(self._waiting)

    def _listen(self) -> bool:
        heard = os.read(self._from.fileno(), _STEP)
        *lines, self._heard = (self._heard + heard).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, int):
                self._progress(said)
            else:
                self.answer = said
        return bool(heard)


def _judge(code: int, answer: dict[str, Any]) -> dict[str, Any]:
    if "pages" in answer:
        return answer
    if answer.get("too_complex") or -code in (signal.SIGABRT, signal.SIGTRAP):
        raise TooComplex(_COMPLEX, "memory or depth")
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        raise TooComplex(_LONG, "processor time or killed")
    raise Failed(_BROKEN, answer.get("failed", f"exit {code}"))


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
