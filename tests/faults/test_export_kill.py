"""The export worker dies in the middle of a file: another takes the export up and ends it."""

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows import crowd
from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import eventually

Install = Callable[..., Installation]
ASK = """
from campaigns.models import Letter
from signatures.exports.wish import Wish
from signatures.services import exporting
letter = Letter.objects.latest("pk")
exporting.ask(letter=letter, by=letter.organiser, wish=Wish(format="{kind}"))
"""
MORE = "25000"  # so many that a table takes a while, too; making them takes longer still


def export_workers(installation: Installation) -> list[int]:
    """The processes of this installation's export worker, its children and its PDF maker too."""
    home = f"DATA_DIR={installation.folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
            ours = home in path.with_name("environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if ours and b"celery" in words and b"-Q\0export" in words:
            found.append(int(path.parent.name))
    return found


def newest(installation: Installation) -> tuple[str, int, str]:
    query = "SELECT state, attempts, sha256 FROM signatures_export ORDER BY id DESC LIMIT 1"
    [(state, attempts, digest)] = ask(installation, query)
    return state, attempts, digest


@pytest.mark.soak
@pytest.mark.once
def test_an_export_whose_worker_is_killed_is_taken_up_and_ends(
    install: Install, soak: bool
) -> None:
    installation = install(OUTBOX_LEASE="6")
    installation.start()
    crowd.letter(installation)
    installation.manage("seed", "--signatures", "2500")
    killed_while_making("pdf", installation)
    if soak:
        installation.manage("seed", "--signatures", MORE)
        for kind in ("csv", "xlsx", "json"):
            killed_while_making(kind, installation)


def killed_while_making(kind: str, installation: Installation) -> None:
    installation.manage("shell", "-c", ASK.format(kind=kind))
    eventually(lambda: newest(installation)[:2] == ("running", 1), "the export begins")
    killed = export_workers(installation)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert newest(installation)[0] == "running"
    eventually(lambda: newest(installation)[0] == "ready", "it was taken up", within=120)
    assert newest(installation)[:2] == ("ready", 2)
    count = len(ask(installation, "SELECT id FROM signatures_export"))
    folder = installation.folder / "exports"
    eventually(lambda: len(list(folder.iterdir())) == count, "nothing half is left beside them")
    [made] = folder.glob(f"*.{kind}")
    assert hashlib.sha256(made.read_bytes()).hexdigest() == newest(installation)[2]
