"""The child process that makes a document: rows come in on standard input, progress goes out.

Run as `python -m signatures.exports.press FILE-DESCRIPTOR LIMITS`, never in a worker itself.
Nothing of Django is loaded here, and no secret is in its environment.
"""

import ctypes
import gc
import json
import logging
import os
import re
import resource
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from signatures.exports.press import document
from signatures.exports.press.writing import TooManyObjects

_PDEATHSIG = 1  # prctl(2)
_KILOBYTE = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
_STATUS = Path("/proc/self/status")
_speaking = threading.Lock()


def main() -> int:
    """Answers one JSON object on the last line: the outcome, without any text of the document."""
    descriptor, limits = int(sys.argv[1]), json.loads(sys.argv[2])
    _confine(limits["memory"], limits["seconds"], limits["file"])
    try:
        answer = _work(descriptor, Path(limits["folder"]), limits["processes"])
    except (RecursionError, MemoryError):
        answer = {"refused": "complex"}
    except TooManyObjects:
        answer = {"refused": "many"}
    except Exception as error:  # noqa: BLE001  # its text may hold a name; where it arose can't
        frame = traceback.extract_tb(error.__traceback__)[-1]
        answer = {"failed": f"{type(error).__name__} {Path(frame.filename).name}"}
        if isinstance(error, OSError):
            answer["errno"] = error.errno
    _say(answer)
    return 0 if "pages" in answer else 1


def _confine(memory: int, seconds: int, file: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(descriptor: int, folder: Path, processes: int) -> dict[str, Any]:
    missing = _Missing()
    logger = logging.getLogger("weasyprint")
    logger.handlers, logger.propagate = [missing], False
    logger.setLevel(logging.WARNING)
    gc.freeze()
    with os.fdopen(descriptor, "wb", buffering=1 << 20) as out:
        made = document.write(
            sys.stdin.buffer,
            out,
            folder=folder,
            processes=processes,
            missing=missing.codepoints,
            say=_say,
        )
    return {
        "pages": made.pages,
        "missing": sorted(missing.codepoints)[:200],
        "memory": _peak(),
        "ends": made.ends.told(),
    }


def _peak() -> int:
    """Bytes the largest of our processes held."""
    kinds = [resource.RUSAGE_CHILDREN]
    if not _STATUS.exists():
        kinds.append(resource.RUSAGE_SELF)
    peaks = [resource.getrusage(kind).ru_maxrss * _KILOBYTE for kind in kinds]
    if _STATUS.exists():  # of ourselves Linux counts what the worker held before it became us
        found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
        peaks.append(int(found[1]) * 1024 if found else 0)
    return max(peaks)


def _say(what: object) -> None:
    with _speaking:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


class _Missing(logging.Handler):
    """Collects the characters no font covers; everything else WeasyPrint says is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.codepoints: set[int] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith(".notdef") and isinstance(record.args, tuple):
            self.codepoints.add(int(str(record.args[1])))


if __name__ == "__main__":
    sys.exit(main())
