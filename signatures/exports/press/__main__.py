"""The child process that sets a document: rows come in on standard input, progress goes out.

Run as `python -m signatures.exports.press FILE-DESCRIPTOR LIMITS`, never in a worker itself.
Nothing of Django is loaded here, and no secret is in its environment.
"""

import ctypes
import gc
import json
import logging
import os
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from signatures.exports import setting

_PDEATHSIG = 1  # prctl(2)
_EVERY = 100  # rows between two words of progress


def main() -> int:
    """Answers one JSON object on the last line: the outcome, without any text of the document."""
    descriptor, limits = int(sys.argv[1]), json.loads(sys.argv[2])
    _confine(**limits)
    try:
        answer = _work(descriptor)
    except (RecursionError, MemoryError):
        answer = {"too_complex": True}
    except Exception as error:  # noqa: BLE001  # its text may hold a name; where it arose can't
        frame = traceback.extract_tb(error.__traceback__)[-1]
        answer = {"failed": f"{type(error).__name__} {Path(frame.filename).name}"}
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


def _work(descriptor: int) -> dict[str, Any]:
    missing = _Missing()
    logger = logging.getLogger("weasyprint")
    logger.handlers, logger.propagate = [missing], False
    logger.setLevel(logging.WARNING)
    gc.freeze()
    job = json.loads(sys.stdin.buffer.readline())
    with os.fdopen(descriptor, "wb") as out:
        pages = setting.write(job, _rows(sys.stdin.buffer), out)
    return {"pages": pages, "missing": sorted(missing.codepoints)[:200]}


def _rows(source: BinaryIO) -> Iterator[list[list[str]]]:
    """Rows until the empty line that ends them: a stream cut short is not a short list."""
    for done, line in enumerate(source):
        if line == b"\n":
            _say(done)
            return
        if done % _EVERY == 0:
            _say(done)
        yield json.loads(line)
    raise EOFError


def _say(what: object) -> None:
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
