"""The web process dies in the middle of it all: it comes back, and what was answered stays."""

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows import crowd
from tests.flows.crowd import Crowd
from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import eventually
from tests.smtp import SmtpSink

PEOPLE = 40


def web_processes(installation: Installation) -> list[int]:
    """The server's processes of this installation, by its port on their command line."""
    port = str(installation.port).encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if b"granian" in words and port in words:
            found.append(int(path.parent.name))
    return sorted(found)


def sign_until_it_works(people: Crowd, number: int) -> None:
    """As a person does: the page did not load, so they try again."""
    for _ in range(100):
        try:
            if people.sign(f"supporter{number}@example.org").status == 303:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    raise AssertionError(f"supporter {number} never got through")


def confirm_by_the_newest_mail(people: Crowd, email: str) -> None:
    """Whoever's first form was taken but not answered has two mails, and the second may be late."""
    eventually(lambda: people.press(people.link(email)).status == 303, email, every=0.3)


@pytest.mark.once
def test_a_killed_web_process_is_started_again_and_nothing_answered_is_lost(
    installation: Installation, smtp: SmtpSink
) -> None:
    crowd.letter(installation)
    people = Crowd(installation, smtp)
    before = web_processes(installation)
    assert before
    with ThreadPoolExecutor(8) as threads:
        signing = threads.map(lambda number: sign_until_it_works(people, number), range(PEOPLE))
        eventually(lambda: people.statuses.count(303) >= 5, "the first signatures")
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        list(signing)
    assert set(web_processes(installation)).isdisjoint(before)
    eventually(installation.is_well, installation.said())
    assert ask(installation, "SELECT count(*) FROM signatures_signature") == [(PEOPLE,)]
    for number in range(PEOPLE):
        confirm_by_the_newest_mail(people, f"supporter{number}@example.org")
    people.count_reaches(PEOPLE)
