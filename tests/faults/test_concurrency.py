"""Many at once: supporters, buttons, writers, sequencers. Each guard has a test without it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from campaigns.models import Tally
from signatures.log import checkpoint, edge, note, replay, store
from signatures.log.checkpoint import Checkpoint
from signatures.log.merkle import Tree, leaf_hash
from signatures.models import Head, Signature
from signatures.services import confirming, numbering, reckoning, sequencing
from tests import make
from tests.flows import crowd
from tests.flows.crowd import Crowd
from tests.flows.rows import ask
from tests.flows.together import at_once
from tests.installation import Installation
from tests.processes import eventually
from tests.smtp import SmtpSink

SUPPORTERS, THREADS = 200, 16
NUMBERS = "SELECT number FROM signatures_signature WHERE number IS NOT NULL ORDER BY number"
SIZE = "SELECT size FROM signatures_head"
in_a_database = pytest.mark.django_db(transaction=True)


# --- Over HTTP, against everything as it runs -------------------------------------------------
@pytest.fixture
def people(install: Callable[..., Installation], smtp: SmtpSink) -> Crowd:
    installation = install(smtp=smtp, LOG_INTERVAL="1")
    installation.start()
    crowd.letter(installation)
    return Crowd(installation, smtp)


def one_supporter(people: Crowd, number: int) -> None:
    """Sign, read the mail, press the button twice; every fifth from two places in one instant."""
    email = f"supporter{number}@example.org"
    assert people.sign(email, name=f"Supporter {number}").status == 303
    link = people.link(email)
    if number % 5:
        answers = [people.press(link), people.press(link)]
    else:
        answers = at_once(2, lambda _: people.press(link))
    assert [one.status for one in answers] == [303, 303]
    assert all(one.location.startswith("/mine/") for one in answers)
    if number % 10 == 9:
        page = answers[0].location
        people.ask("POST", f"{page}withdraw/", {"press": "withdraw"})


@pytest.mark.once
def test_t97_two_hundred_supporters_at_once_are_two_hundred_signatures(people: Crowd) -> None:
    """Beside the sequencer that leads, another tries to, and sleeps and wakes (T92). Some of them
    withdraw, staff strike some, and somebody collects the checkpoints all the while."""
    installation = people.installation
    second = installation.spawn("manage.py", "clock", "--skip-checks", log="clock")
    with (
        collecting(people) as checkpoints,
        dozing(second.popen.pid),
        ThreadPoolExecutor(THREADS + 1) as threads,
    ):
        struck = threads.submit(strike, people)
        list(threads.map(lambda number: one_supporter(people, number), range(SUPPORTERS)))
        left = SUPPORTERS - len(range(9, SUPPORTERS, 10)) - struck.result()
        eventually(lambda: people.count() == left, f"{left}, only {people.count()}", every=0.3)
        eventually(lambda: [(newest(people).size,)] == ask(installation, SIZE), "all is published")
    [(signed,)] = ask(installation, "SELECT max(signed) FROM campaigns_tally")
    assert [number for (number,) in ask(installation, NUMBERS)] == list(range(1, signed + 1))
    assert ask(installation, "SELECT count(*) FROM signatures_signature") == [(SUPPORTERS,)]
    assert f"aller: right, {left}" in installation.manage("recount")
    assert "The log holds" in installation.manage("verify_log")
    check_history(whole_log(people), checkpoints, left)
    assert [status for status in people.statuses if status >= 500] == []
    assert "database is locked" not in installation.said()


def strike(people: Crowd) -> int:
    """What staff do while everybody signs: how many they took out."""
    installation = people.installation
    people.count_reaches(SUPPORTERS // 4)
    rule = ("invalidate", "aller", "--because", "A script", "--number", "5", "--number", "17")
    said = installation.manage(*rule)
    return int(installation.manage("invalidate", "--start", said.split()[-1]).split()[0])


@contextmanager
def collecting(people: Crowd) -> Iterator[list[Checkpoint]]:
    """Every checkpoint that is public, as often as one may ask for it."""
    over, found = threading.Event(), []

    def collect() -> None:
        while not over.wait(0.2):
            found.append(newest(people))

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def newest(people: Crowd) -> Checkpoint:
    return checkpoint.parse(note.parse(people.ask("GET", "/log/checkpoint").text.encode()).text)


def whole_log(people: Crowd) -> list[bytes]:
    """Every entry that is public, proven against the newest checkpoint."""
    tree = newest(people)
    folder = people.installation.folder / "log"
    read = edge.entries(tree.size, tree.root, lambda tile: (folder / tile.path).read_bytes())
    return [entry for bundle in read for entry in bundle]


def check_history(raw: list[bytes], checkpoints: list[Checkpoint], count: int) -> None:
    audit = replay.audited(raw)
    assert audit.findings == []
    assert max(letter.count for letter in audit.letters.values()) == count
    tree = Tree(leaf_hash(entry) for entry in raw)
    assert len({each.size for each in checkpoints}) > 1
    assert all(tree.root(each.size) == each.root for each in checkpoints)


@contextmanager
def dozing(pid: int) -> Iterator[None]:
    """A process that stops for a second and goes on for half of one, again and again."""
    over = threading.Event()

    def doze() -> None:
        while not over.wait(0.5):
            os.kill(pid, signal.SIGSTOP)
            over.wait(1)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=doze)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# --- One guard at a time ----------------------------------------------------------------------
@contextmanager
def deferred() -> Iterator[None]:
    """SQLite as Django leaves it: a transaction takes the write lock only when it writes."""
    options = connections.settings["default"]["OPTIONS"]
    with patch.dict(options, {"transaction_mode": None}):
        yield


def confirm_many(count: int) -> list[Exception]:
    """So many signatures confirmed by as many writers at once, each slow; what went wrong."""
    letter = make.letter()
    tokens = [make.token(make.pending(letter)) for _ in range(count)]
    found = confirming._find

    def slowly(*args: Any, **options: Any) -> Signature | None:
        row = found(*args, **options)
        time.sleep(0.01)  # other writers come between reading and writing
        return row

    with patch.object(confirming, "_find", slowly):
        results = at_once(
            count,
            lambda n: confirming.confirm(token=tokens[n], revision=1, now=timezone.now()),
        )
    return [one for one in results if isinstance(one, Exception)]


@in_a_database
def test_t97_sixteen_writers_at_once_wait_for_each_other() -> None:
    assert confirm_many(16) == []
    assert Signature.objects.filter(state="confirmed").count() == 16


@in_a_database
def test_t97_control_without_immediate_transactions_the_database_is_locked() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    with deferred():
        went_wrong = confirm_many(16)
    assert any("locked" in str(one) for one in went_wrong)


class Headless:
    """A head that never notices that another sequencer moved it."""

    objects: Any

    def get_or_create(self, **_: Any) -> tuple[Head, bool]:
        return Head(), False

    def filter(self, **_: Any) -> "Headless":
        return self

    def update(self, **_: Any) -> int:
        return 1


Headless.objects = Headless()


def take_without_lock(now: Any) -> list[Signature]:
    return list(Signature.objects.awaiting_sequencer().order_by("id")[: sequencing.BATCH])


@contextmanager
def without(*guards: str) -> Iterator[None]:
    changes: dict[str, tuple[ModuleType, str, Any]] = {
        "leader": (sequencing, "_lead", lambda: True),
        "rows": (sequencing, "_take", take_without_lock),
        "head": (sequencing, "Head", Headless),
        "index": (store, "append", lambda *_: None),  # each place in the log is given once
    }
    with ExitStack() as removed:
        for guard in guards:
            removed.enter_context(patch.object(*changes[guard]))
        yield


def sequence_from(threads: int, *, rows: int, pause: float) -> list[Exception]:
    """Several sequencers at once, each pausing between taking and writing; what went wrong."""
    Head.objects.create(pk=1)  # else the first two would already wait for each other here
    letter = make.letter()
    for _ in range(rows):
        make.confirmed(letter)
    decide = numbering.decide

    def slowly(*taken: Any) -> Any:
        time.sleep(pause)
        return decide(*taken)

    def run(_: int) -> None:
        while Signature.objects.awaiting_sequencer().exists():
            if not sequencing.sequence(now=timezone.now(), shuffle=False):
                time.sleep(0.005)  # another one leads

    with patch.object(numbering, "decide", slowly), patch.object(sequencing, "BATCH", 10):
        results = at_once(threads, run)
    return [one for one in results if isinstance(one, Exception)]


@in_a_database
def test_t91_sequencers_that_pause_count_nobody_twice() -> None:
    assert sequence_from(4, rows=50, pause=0.01) == []
    numbers = Signature.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 51))
    assert Tally.objects.get().signed == 50
    assert list(reckoning.compare()) == []
    assert Head.objects.get().batch == 5


@in_a_database
def test_t92_a_sequencer_that_was_overtaken_leaves_nothing_behind() -> None:
    """Two believe that they lead, as after a lock was lost: the second finds the head moved."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite the transaction is the lock, and it cannot be lost")
    with without("leader", "rows"):
        went_wrong = sequence_from(2, rows=10, pause=0.3)
    assert [type(one) for one in went_wrong] == [sequencing.Overtaken]
    assert Tally.objects.get().signed == 10
    assert list(reckoning.compare()) == []


@in_a_database
def test_t91_control_without_the_guards_people_are_counted_twice() -> None:
    if connection.vendor == "postgresql":
        with without("leader", "rows", "head", "index"):
            sequence_from(2, rows=10, pause=0.3)
        assert Tally.objects.get().signed == 20
        assert [drift.slug for drift in reckoning.compare()]
    else:
        with deferred():
            went_wrong = sequence_from(2, rows=10, pause=0.3)
        assert [one for one in went_wrong if isinstance(one, OperationalError)]
