"""Runs the press in a process of its own, under limits: whatever a document does, we go on."""

import contextlib
import errno
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures.exports.document import Progress

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE", "XDG_CACHE_HOME")
_STEP = 1 << 16
_BEAT = 1.0  # seconds after which `progress` hears the same again: it may be told to stop
_COMPLEX = _("This letter is too complex to print: it would need more memory than one may use.")
_LONG = _("This letter takes too long to print: it was stopped.")
_SILENT = _("Making the PDF came to a standstill and was stopped. Try again in a while.")
_BROKEN = _("Making the PDF stopped unexpectedly. Whoever runs this site can see why.")
_FULL = _("There is no room left on the disk for the file. Whoever runs this site can make some.")
_LARGE = _("The file would be larger than one may be here. Volumes are smaller.")
_MANY = _("This list is too long for one PDF. Ask for volumes.")


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


class NoRoom(NotPrinted):
    """The disk is full, or the file would be larger than one may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use. Memory and processor time are those of each process."""

    memory: int = 3_000_000_000  # bytes of address space
    seconds: int = 1800  # of the processor, and of the clock
    file: int = 2_000_000_000  # bytes written
    silence: int = 120  # seconds without a word while it has all it asked for
    processes: int = 2  # that shape text, besides the one that writes


@dataclass(frozen=True, slots=True)
class Printed:
    pages: int
    missing: str  # characters no installed font has, shown as something else
    memory: int = 0  # bytes the largest process held at its peak


@dataclass(frozen=True, slots=True)
class Part:
    """A file in the making beside where it will be."""

    path: Path
    handle: int


@contextmanager
def whole(out: Path) -> Iterator[Part]:
    """A file that becomes `out` when all went well, and is gone when it didn't."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=".", suffix=".part")
    except OSError as error:
        raise full(error) or error from error
    path = Path(name)
    try:
        yield Part(path, handle)
        path.replace(out)
    except OSError as error:
        raise full(error) or error from error
    finally:
        os.close(handle)
        path.unlink(missing_ok=True)


def full(error: OSError) -> NoRoom | None:
    """The reason in words if the disk was full."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoRoom(_FULL, errno.errorcode[error.errno])
    if error.errno == errno.EFBIG:
        return NoRoom(_LARGE, "EFBIG")
    return None


def run(
    lines: Iterable[object],
    part: Part,
    *,
    limits: Limits,
    progress: Progress,
    files: Sequence[int] = (),
) -> dict[str, Any]:
    """Have the press write `part` from `lines`, taken as they are needed; what it answered.

    `files` are descriptors it may read. Raises TooComplex, Failed or NoRoom, and whatever `lines`
    raise; no process is left either way.
    """
    confines = {**asdict(limits), "folder": str(part.path.parent)}
    process = subprocess.Popen(
        [sys.executable, "-m", "signatures.exports.press", str(part.handle), json.dumps(confines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=_environment(),
        pass_fds=(part.handle, *files),
        start_new_session=True,
    )
    try:
        talk = _Talk(process, _encoded(lines), progress, limits)
        talk.hold()
        return _judge(process.wait(timeout=30), talk.answer)
    finally:
        _end(process)


def printed(answer: dict[str, Any]) -> Printed:
    missing = "".join(map(chr, answer["missing"]))
    return Printed(answer["pages"], missing, answer["memory"])


def _environment() -> dict[str, str]:
    """No secret goes along; the fixed date keeps today's out of the fonts, so bytes repeat."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {"LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "0", **kept}


def _encoded(lines: Iterable[object]) -> Iterator[bytes]:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines:
        yield encode(line).encode() + b"\n"


class _Talk:
    """Feeds the press as fast as it takes and listens at the same time, so neither blocks."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        lines: Iterator[bytes],
        progress: Progress,
        limits: Limits,
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.answer: dict[str, Any] = {}
        self._to, self._from = process.stdin, process.stdout
        self._lines, self._progress, self._limits = lines, progress, limits
        self._deadline = time.monotonic() + limits.seconds
        self._alive = time.monotonic()  # when it last spoke, or we last kept it waiting
        self._waiting = b""
        self._heard = b""
        self._done = 0

    def hold(self) -> None:
        os.set_blocking(self._to.fileno(), False)
        with selectors.DefaultSelector() as ready:
            ready.register(self._to, selectors.EVENT_WRITE)
            ready.register(self._from, selectors.EVENT_READ)
            while self._from in {key.fileobj for key in ready.get_map().values()}:
                events = ready.select(min(self._patience(), _BEAT))
                if not events:
                    self._progress(self._done)
                for key, _events in events:
                    going_on = self._feed() if key.fileobj is self._to else self._listen()
                    if not going_on:
                        ready.unregister(key.fileobj)

    def _patience(self) -> float:
        """Seconds until we give up, if nothing happens."""
        now = time.monotonic()
        if now >= self._deadline:
            raise TooComplex(_LONG, "wall clock")
        silent = self._alive + self._limits.silence
        if now >= silent:
            raise Failed(_SILENT, "silence")
        return min(self._deadline, silent) - now

    def _feed(self) -> bool:
        if len(self._waiting) < _STEP:
            self._waiting += b"".join(self._some())
            self._alive = time.monotonic()
        try:
            self._waiting = self._waiting[os.write(self._to.fileno(), self._waiting[:_STEP]) :]
        except BrokenPipeError:
            return False
        except BlockingIOError:
            return True
        if not self._waiting:
            self._to.close()
        return bool(self._waiting)

    def _some(self) -> Iterator[bytes]:
        size = len(self._waiting)
        while size < 2 * _STEP and (line := next(self._lines, b"")):
            size += len(line)
            yield line

    def _listen(self) -> bool:
        heard = os.read(self._from.fileno(), _STEP)
        self._alive = time.monotonic()
        *lines, self._heard = (self._heard + heard).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, int):
                self._done = said
                self._progress(said)
            else:
                self.answer = said
        return bool(heard)


def _judge(code: int, answer: dict[str, Any]) -> dict[str, Any]:
    if "pages" in answer:
        return answer
    if reason := {"complex": _COMPLEX, "many": _MANY}.get(answer.get("refused", "")):
        raise TooComplex(reason, str(answer["refused"]))
    if "errno" in answer and (no_room := full(OSError(answer["errno"], ""))):
        raise no_room
    if -code in (signal.SIGABRT, signal.SIGTRAP):
        raise TooComplex(_COMPLEX, "memory")
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
