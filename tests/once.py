"""Made once for all processes that run tests, by whichever of them needs it first."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def shared(factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run have in common."""
    folder = factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


def once(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, with what `make` puts into it."""
    made = folder / name
    with (folder / f"{name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lock.seek(0, os.SEEK_END):  # another may have written while we waited
            made.mkdir(exist_ok=True)  # whoever tried before us may have failed
            make(made)
            lock.write("made")
    return made
