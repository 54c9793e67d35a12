"""The export worker dies in the middle of a PDF: another takes the export up and ends it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

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
exporting.ask(letter=letter, by=letter.organiser, wish=Wish(format="pdf"))
"""


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


def state(installation: Installation) -> tuple[str, int]:
    [(word, attempts)] = ask(installation, "SELECT state, attempts FROM signatures_export")
    return word, attempts


def test_an_export_whose_worker_is_killed_is_taken_up_and_ends(install: Install) -> None:
    installation = install(OUTBOX_LEASE="6")
    installation.start()
    crowd.letter(installation)
    installation.manage("seed", "--signatures", "2500")
    installation.manage("shell", "-c", ASK)
    eventually(lambda: state(installation) == ("running", 1), "the export begins")
    killed = export_workers(installation)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert state(installation)[0] == "running"
    eventually(lambda: state(installation)[0] == "ready", "it was taken up", within=120)
    assert state(installation) == ("ready", 2)
    [file] = (installation.folder / "exports").glob("*.pdf")
    assert file.read_bytes()[-6:].strip() == b"%%EOF"
