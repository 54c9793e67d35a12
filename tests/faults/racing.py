"""A race on one database, run as a program: signers confirm and withdraw, staff strike and put
back, sequencers number and publish, a sweeper takes away what has had its time, and all of them are
killed at random. Prints what came out.

    python -m tests.faults.racing '{"signatures": 600, "kills": 60, "seed": 1, "broken": ""}'

Children are forked from a process that has loaded everything and holds no connection, so a kill
costs no start. `broken` names the guard to leave out: then the race must find something.
"""

import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - the settings must be there first
from django.db import Error as DatabaseTrouble  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402
from django.utils import timezone  # noqa: E402

from campaigns.models import Letter, Tally  # noqa: E402
from signatures.models import Invalidation, Signature, Sweep  # noqa: E402
from signatures.services import (  # noqa: E402
    checkpointing,
    confirming,
    forgetting,
    invalidating,
    numbering,
    sequencing,
    sweeping,
    withdrawing,
)
from tests import make  # noqa: E402
from tests.faults import aftermath  # noqa: E402

SIGNERS, SEQUENCERS = 4, 2
LONGEST = 240  # seconds; a net, no promise
PAUSE = 0.003  # a look and a write lie so far apart where a test wants to see what comes between


@dataclass(frozen=True)
class Plan:
    signatures: int
    kills: int
    seed: int
    broken: str = ""


class Board:
    """What all processes see: where each signer is, and who may go home."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (SIGNERS + 2))

    def read(self, place: int) -> int:
        (value,) = struct.unpack_from("q", self._memory, 8 * place)
        return int(value)

    def write(self, place: int, value: int) -> None:
        struct.pack_into("q", self._memory, 8 * place, value)

    @property
    def signed(self) -> bool:
        """Everybody has pressed every button: staff may go home."""
        return bool(self.read(SIGNERS))

    @property
    def moderated(self) -> bool:
        """Staff have gone: sequencers may follow when nothing waits."""
        return bool(self.read(SIGNERS + 1))


def prepared(plan: Plan) -> list[tuple[str, Signature]]:
    """Everybody who has signed, with the link in their mail."""
    letter = make.letter()
    with transaction.atomic():
        rows = [
            make.pending(
                letter,
                email=f"signer{number}@example.org",
                name=f"Signer {number}",
                network=b"n" * 32,
            )
            for number in range(plan.signatures)
        ]
    return [(make.token(row), row) for row in rows]


def sign(place: int, board: Board, everybody: Sequence[tuple[str, Signature]], plan: Plan) -> None:
    """Press every button, in an order of one's own; every ninth signer withdraws afterwards."""
    order = list(everybody)
    random.Random(f"{plan.seed}/{place}").shuffle(order)
    for at in range(board.read(place), len(order)):
        token, row = order[at]
        patiently(lambda token=token: confirm(token))
        if place == 0 and row.pk % 9 == 0:
            patiently(lambda row=row: withdrawing.withdraw(uid=row.uid, now=timezone.now()))
        board.write(place, at + 1)


def confirm(token: str) -> None:
    with suppress(confirming.Refused):  # withdrawn by another meanwhile
        confirming.confirm(token=token, revision=1, now=timezone.now())


def sequence(board: Board, seen: Path) -> None:
    """As the clock does, with hardly a rest; every checkpoint that was public is written down."""
    while not (board.moderated and not Signature.objects.awaiting_sequencer().exists()):
        with suppress(sequencing.Overtaken, DatabaseTrouble):
            sequencing.sequence(now=timezone.now())
        with suppress(DatabaseTrouble):
            published(seen)
        time.sleep(PAUSE)
    published(seen)


def moderate(board: Board, plan: Plan) -> None:
    """Strike three at a time by their numbers; every other rule was a mistake and is taken back."""
    letter = Letter.objects.get()
    chance = random.Random(plan.seed)
    while not board.signed:
        last = Tally.objects.get(pk=letter.pk).signed
        if last > 10:
            numbers = chance.sample(range(1, last + 1), 3)
            patiently(
                lambda numbers=numbers: strike(letter, numbers, mistake=chance.random() < 0.5)
            )
        time.sleep(0.02)
    board.write(SIGNERS + 1, 1)


def sweep(board: Board) -> None:
    """As if two years had passed for what is kept for a time; every row's network goes once."""
    later = timezone.now() + timedelta(days=730)
    while not board.moderated:
        with suppress(DatabaseTrouble):
            sweeping.run("networks", forgetting.networks(later))
            sweeping.run("addresses", forgetting.addresses(later))
            sweeping.run("places", forgetting.places())
        time.sleep(PAUSE)


def unswept(people: int) -> int:
    """How far the records are from what went, whoever was killed in the middle of it."""
    sweeping.run("networks", forgetting.networks(timezone.now() + timedelta(days=730)))
    recorded = Sweep.objects.filter(kind="networks").aggregate(rows=Sum("swept"))["rows"]
    return abs(people - int(recorded))


def strike(letter: Letter, numbers: list[int], *, mistake: bool) -> None:
    rule = invalidating.write(
        rule=Invalidation(letter=letter, reason=4, public_reason="A script", numbers=numbers),
        by=letter.organiser,
    )
    invalidating.dry_run(invalidation=rule)
    with suppress(invalidating.Refused):
        invalidating.start(invalidation=rule, now=timezone.now())
        invalidating.run(invalidation=rule.pk, now=timezone.now())
        if mistake:
            time.sleep(PAUSE)
            invalidating.cancel(invalidation=rule, now=timezone.now())


def published(seen: Path) -> None:
    checkpointing.publish(now=timezone.now())
    with suppress(OSError), seen.open("ab") as file:
        data = (settings.LOG_DIR / "checkpoint").read_bytes()
        file.write(struct.pack(">I", len(data)) + data)


def patiently(step: Callable[[], object]) -> None:
    """Again after what a busy database says now and then, as a person presses again."""
    for _ in range(50):
        try:
            step()
        except DatabaseTrouble:
            connection.close()
            time.sleep(0.01)
        else:
            return


# --- Room for others between a look and a write ---------------------------------------------------
def slowly(step: Callable[..., Any]) -> Callable[..., Any]:
    def pausing(*args: Any, **options: Any) -> Any:
        found = step(*args, **options)
        time.sleep(PAUSE)
        return found

    return pausing


def slow_writes(**columns: object) -> forgetting.Write:
    return slowly(EMPTY(**columns))


# --- Guards to leave out --------------------------------------------------------------------------
def confirm_in_two_steps(*, token: str, revision: int, now: Any) -> Signature:
    """The state in one transaction, its news in the next: whoever dies between tells nobody."""
    with patch.object(Signature, "save", quiet):
        signature = CONFIRM(token=token, revision=revision, now=now)
    time.sleep(10 * PAUSE)  # long enough that a kill comes between every time the race is run
    if signature.news:
        Signature.objects.filter(pk=signature.pk).update(news=True)
    return signature


def quiet(row: Signature, *, update_fields: Sequence[str], **options: Any) -> None:
    SAVE(row, update_fields=[name for name in update_fields if name != "news"], **options)


CONFIRM, SAVE, EMPTY = confirming.confirm, Signature.save, forgetting._empty
BROKEN: dict[str, Callable[[], Any]] = {
    "": nullcontext,
    "news": lambda: patch.object(confirming, "confirm", confirm_in_two_steps),
}


# --- The race -------------------------------------------------------------------------------------
def forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException as error:  # noqa: BLE001 - a child must not run on as its parent
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(status)


def race(plan: Plan, board: Board, everybody: Sequence[tuple[str, Signature]], seen: Path) -> int:
    """Let them run and kill them; how many were killed."""
    works: list[Callable[[], None]] = [
        *(lambda n=n: sign(n, board, everybody, plan) for n in range(SIGNERS)),
        *(lambda: sequence(board, seen) for _ in range(SEQUENCERS)),
        lambda: moderate(board, plan),
        lambda: sweep(board),
    ]
    running = {forked(work): number for number, work in enumerate(works)}
    chance, kills, end = random.Random(plan.seed), 0, time.monotonic() + LONGEST
    while running and time.monotonic() < end:
        time.sleep(chance.uniform(0.005, 0.06))
        while (gone := os.waitpid(-1, os.WNOHANG) if running else (0, 0)) != (0, 0):
            pid, status = gone
            number = running.pop(pid)
            if status:
                running[forked(works[number])] = number
        if kills < plan.kills and running:
            os.kill(chance.choice(list(running)), signal.SIGKILL)
            kills += 1
        if all(board.read(n) == len(everybody) for n in range(SIGNERS)):
            board.write(SIGNERS, 1)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    return kills


def main(plan: Plan) -> None:
    everybody = prepared(plan)
    seen = settings.DATA_DIR / "checkpoints-seen"
    connection.close()
    with (
        patch.object(sequencing, "BATCH", 50),
        patch.object(forgetting, "SLICE", 3),
        patch.object(forgetting, "_empty", slow_writes),
        patch.object(confirming, "_find", slowly(confirming._find)),
        patch.object(numbering, "decide", slowly(numbering.decide)),
        BROKEN[plan.broken](),
    ):
        kills = race(plan, Board(), everybody, seen)
        swept = {"unswept": unswept(plan.signatures)}
    print(json.dumps({"kills": kills, **swept, **aftermath.found(seen, plan.signatures)}))


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
