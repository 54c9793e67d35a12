"""`static/verify.py` as strangers run it: as a program of its own, or quicker, within this one."""

import importlib.util
import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

from tests.processes import ROOT

PROGRAM = ROOT / "static" / "verify.py"


def loaded():
    spec = importlib.util.spec_from_file_location("verifying", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


VERIFY = loaded()


class Said:
    """How a run ended and what it said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status, self.words, self.reason = done.returncode, done.stdout, done.stderr.rstrip()

    def is_one_line(self, status: int, reason: str) -> bool:
        assert (self.status, self.words) == (status, ""), self.reason
        assert "\n" not in self.reason
        assert reason in self.reason, self.reason
        return True


def run(*words: object) -> Said:
    """As a program of its own, from another folder, so that nothing of ours can be imported."""
    command = [sys.executable, "-I", str(PROGRAM), *map(str, words)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=60)
    return Said(done)


def within(*words: object) -> Said:
    """The same without a process for each: what it says is what the process would say."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = VERIFY.main([*map(str, words)])
    return Said(subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue()))
