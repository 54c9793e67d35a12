"""Sweeps: short slices, each on record, and nobody waits for them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from signatures.models import Funnel, Signature, Sweep
from signatures.services import confirming, forgetting, sequencing, sweeping
from signatures.services.sweeping import Step
from tests import make
from tests.signatures.exporting import elsewhere

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
# Indexes that hold nobody else.
WHO_WAITS = ("signature_pending", "signature_mailed", "signature_waiting")


def old(count: int) -> list[Signature]:
    letter = make.letter(now=NOW - 30 * DAY)
    return [make.pending(letter, now=NOW - 8 * DAY) for _ in range(count)]


def lines() -> list[tuple[str, int, bool]]:
    rows = Sweep.objects.order_by("started_at")
    return [(row.kind, row.swept, row.ended_at is not None) for row in rows]


@pytest.fixture(autouse=True)
def _short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "SLICE", 3)
    monkeypatch.setattr(forgetting, "SPAN", 7)


# --- On record ------------------------------------------------------------------------------------
def test_every_run_says_what_it_swept_how_many_and_when() -> None:
    old(8)
    with time_machine.travel(NOW, tick=False):
        assert sweeping.run("pending", forgetting.pending(NOW)) == 8
    [line] = Sweep.objects.all()
    assert (line.kind, line.swept) == ("pending", 8)
    assert line.started_at == line.seen_at == line.ended_at == NOW
    assert not Signature.objects.exists()


def test_runs_that_found_nothing_are_drawn_together() -> None:
    for hour in range(3):
        with time_machine.travel(NOW + timedelta(hours=hour), tick=False):
            assert sweeping.run("pending", forgetting.pending(NOW)) == 0
    [line] = Sweep.objects.all()
    assert (line.started_at, line.ended_at) == (NOW, NOW + timedelta(hours=2))
    old(1)
    sweeping.run("pending", forgetting.pending(NOW))
    assert lines() == [("pending", 0, True), ("pending", 1, True)]


class Killed(Exception):
    pass


def cut_off(steps: Iterator[Step], after: int) -> Iterator[Step]:
    """The same steps, and the process dies in the middle of one of them."""

    def dying(step: Step) -> Step:
        def die() -> int:
            step()
            raise Killed

        return die

    for number, step in enumerate(steps):
        yield dying(step) if number == after else step


def test_killed_in_the_middle_and_started_again_ends_the_same() -> None:
    old(8)
    with time_machine.travel(NOW, tick=False), pytest.raises(Killed):
        sweeping.run("pending", cut_off(forgetting.pending(NOW), after=1))
    assert Signature.objects.count() == 5  # the slice in which it died is whole, and not counted
    assert lines() == [("pending", 3, False)]
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        assert sweeping.run("pending", forgetting.pending(NOW)) == 5
    assert lines() == [("pending", 8, True)]
    assert Funnel.objects.get().asked == 8


def test_two_at_once_do_no_harm() -> None:
    """Both have looked before either writes."""
    old(3)
    both = [forgetting.pending(NOW), forgetting.pending(NOW)]
    first, second = (next(steps) for steps in both)
    swept = []
    for step in (first, second):
        with transaction.atomic():
            swept.append(step())
    assert swept == [3, 0]
    assert Funnel.objects.get().asked == 3


def test_who_begins_while_another_still_sweeps_has_a_line_of_their_own() -> None:
    old(6)
    with time_machine.travel(NOW, tick=False):
        steps = forgetting.pending(NOW)

        def other_in_between() -> Iterator[Step]:
            yield next(steps)
            sweeping.run("pending", forgetting.pending(NOW))
            yield from steps

        assert sweeping.run("pending", other_in_between()) == 3
    assert sum(swept for _, swept, _ in lines()) == 6
    assert len(lines()) == 2


@pytest.mark.django_db(transaction=True)
def test_who_stands_against_the_sequencer_is_ended_by_the_database_and_tries_again() -> None:
    if connection.vendor == "sqlite":  # one writer at a time: nobody stands against anybody
        return
    first, second = (make.counted(make.letter(), email=f"{n}@example.org").pk for n in "ab")
    meet = Barrier(2)

    def sequencer() -> None:
        with transaction.atomic():
            Signature.objects.filter(pk=second).update(brought=1)
            meet.wait(10)
            time.sleep(0.3)  # who waits first is the one that is ended
            Signature.objects.filter(pk=first).update(brought=1)

    tries: list[None] = []

    def slice_of_both() -> int:
        tries.append(None)
        Signature.objects.filter(pk=first).update(network=None)
        if len(tries) == 1:
            meet.wait(10)
        return Signature.objects.filter(pk=second).update(network=None)

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(elsewhere, sequencer)
        assert sweeping.run("networks", [slice_of_both]) == 1
        other.result(20)
    assert len(tries) == 2
    assert lines() == [("networks", 1, True)]


def test_a_slice_that_fails_every_time_fails_and_is_not_counted() -> None:
    def fails() -> int:
        raise OperationalError("the database is gone")

    with pytest.raises(OperationalError):
        sweeping.run("networks", [lambda: 1, fails])
    assert lines() == [("networks", 1, False)]


def test_records_are_kept_for_two_years() -> None:
    for at in (NOW - 731 * DAY, NOW - 729 * DAY):
        Sweep.objects.create(kind="words", started_at=at, seen_at=at, ended_at=at)
    sweeping.run("records", forgetting.records(NOW))
    assert sorted(kind for kind, *_ in lines()) == ["records", "words"]


# --- Beside everything else -----------------------------------------------------------------------
def test_who_confirms_between_look_and_sweep_stays() -> None:
    rows = old(3)
    step = next(forgetting.pending(NOW))
    late = rows[1]
    with time_machine.travel(NOW - 6 * DAY, tick=False):
        confirming.confirm(token=make.token(late), revision=1, now=timezone.now())
    assert step() == 2
    assert Signature.objects.get().pk == late.pk
    sequencing.sequence(now=NOW)
    late.refresh_from_db()
    assert late.number == 1


def test_a_control_without_asking_again_takes_who_has_confirmed() -> None:
    rows = old(3)
    seen = [row.pk for row in rows]
    with time_machine.travel(NOW - 6 * DAY, tick=False):
        confirming.confirm(token=make.token(rows[1]), revision=1, now=timezone.now())
    assert forgetting._leave(Signature.objects.filter(pk__in=seen)) == 3
    assert not Signature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_signing_goes_on_between_two_slices() -> None:
    rows = old(7)
    signed = []

    def with_signers() -> Iterator[Step]:
        for step in forgetting.pending(NOW):
            yield step
            elsewhere(lambda: signed.append(make.confirmed(rows[0].letter, now=NOW).pk))

    assert sweeping.run("pending", with_signers()) == 7
    assert len(signed) == 3
    assert set(Signature.objects.values_list("pk", flat=True)) == set(signed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
def test_people_sign_while_a_large_letter_is_swept(
    monkeypatch: pytest.MonkeyPatch, *, soak: bool
) -> None:
    monkeypatch.undo()
    size = 1_000_000 if soak else 1_500
    letter = make.letter(now=NOW - 400 * DAY)
    multiply(make.counted(letter, now=NOW - 380 * DAY, network=b"n" * 32, public=False), size)
    multiply(make.pending(letter, now=NOW - 8 * DAY), size // 10)
    over, waits = Event(), list[float]()

    def sign() -> None:
        while not over.is_set():
            begun = time.monotonic()
            make.confirmed(letter, now=NOW)
            waits.append(time.monotonic() - begun)
        connection.close()

    with ThreadPoolExecutor(1) as signer:
        signing = signer.submit(sign)
        for kind, steps in every_sweep(NOW).items():
            begun = time.monotonic()
            swept = sweeping.run(kind, steps)
            took = time.monotonic() - begun
            print(f"{connection.vendor} {kind}: {swept:,} of {size:,} rows, {took:.1f} s")
        over.set()
        signing.result()
    print(f"{len(waits):,} people signed meanwhile, the slowest in {max(waits):.2f} s")
    found = Signature.objects.filter(confirmed_at=NOW)
    assert len(waits) == found.count() > 0
    assert not Signature.objects.filter(asked_at__lt=NOW, network__isnull=False).exists()
    assert not Signature.objects.filter(asked_at__lt=NOW, email_sealed__isnull=False).exists()
    assert sum(Sweep.objects.values_list("swept", flat=True)) == 2 * size + size // 10


def multiply(row: Signature, size: int) -> None:
    """So many of the same, each in a row and a mailbox of their own: doubled by the database."""
    some = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
    digest = {"sqlite": "randomblob(32)", "postgresql": "sha256(gen_random_uuid()::text::bytea)"}
    own = {
        "uid": some[connection.vendor],
        "mailbox_digest": digest[connection.vendor],
        "mailbox_anywhere": digest[connection.vendor],
        "number": "number + %(there)s",
    }
    names = [f.column for f in Signature._meta.concrete_fields if f.column != "id"]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    there = 1
    with connection.cursor() as cursor:
        while there < size:
            more = min(there, size - there)
            cursor.execute(
                f"INSERT INTO signatures_signature ({columns}) SELECT {values} "
                "FROM signatures_signature WHERE state = %(state)s ORDER BY id LIMIT %(more)s",
                {"there": there, "state": row.state, "more": more},
            )
            there += more


@contextmanager
def explained() -> Iterator[list[str]]:
    """How the database goes through the signatures for every statement that names them."""
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "signatures_signature" in sql and sql.startswith(("SELECT", "UPDATE", "DELETE")):
            with connection.cursor() as cursor:
                word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
                cursor.execute(f"{word} {sql}", params)
                plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    asking = False

    def once(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asking
        if asking:
            return execute(sql, params, many, context)
        asking = True
        try:
            return explain(execute, sql, params, many, context)
        finally:
            asking = False

    with connection.execute_wrapper(once):
        yield plans


def test_no_statement_of_a_slice_goes_through_the_whole_table() -> None:
    letter = make.letter(now=NOW - 400 * DAY, anonymous_hours=24, asks=[])
    for number in range(6):
        make.confirmed(letter, now=NOW - 380 * DAY, network=b"n" * 32, name=f"Person {number}")
    old(2)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are read through
    sequencing.sequence(now=NOW)
    with explained() as plans:
        for kind, steps in every_sweep(NOW).items():
            sweeping.run(kind, steps)
    assert plans
    assert through(plans) == []
    with explained() as control:
        Signature.objects.filter(language="xx").update(language="en")
    assert through(control)


def through(plans: list[str]) -> list[str]:
    """Those that read every row there is, or every entry of an index."""
    if connection.vendor == "postgresql":
        reading = [plan for plan in plans if "on signatures_signature" in plan]
        short = ("Index Cond", *WHO_WAITS)
        return [plan for plan in reading if not any(words in plan for words in short)]
    lines = [line for plan in plans for line in plan.splitlines()]
    return [line for line in lines if line.startswith("SCAN signatures_signature")]


def every_sweep(now: datetime) -> dict[str, Iterator[Step]]:
    return {
        "pending": forgetting.pending(now),
        "networks": forgetting.networks(now),
        "passages": forgetting.passages(now),
        "places": forgetting.places(),
        "addresses": forgetting.addresses(now),
        "identities": forgetting.identities(now),
        "closed": forgetting.closed(now),
    }


# --- Overdue --------------------------------------------------------------------------------------
def test_a_sweep_that_did_not_come_is_named_by_the_health_page() -> None:
    def said() -> Any:
        return Client().get("/healthz").json()["retention"]

    assert said() == "ok"  # a new installation has swept nothing, and owes nothing
    with time_machine.travel(NOW, tick=False) as clock:
        sweeping.run("pending", forgetting.pending(NOW))
        sweeping.run("networks", forgetting.networks(NOW))
        clock.shift(timedelta(hours=25))
        assert said() == "ok"
        clock.shift(timedelta(minutes=1))
        assert said() == "overdue: pending"
        clock.shift(timedelta(hours=24))
        assert said() == "overdue: pending, networks"
        sweeping.run("pending", forgetting.pending(NOW))
        assert said() == "overdue: networks"


def test_a_sweep_that_always_fails_is_overdue_too() -> None:
    old(1)
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(2):
            with pytest.raises(Killed):
                sweeping.run("pending", cut_off(forgetting.pending(NOW), after=0))
            clock.shift(timedelta(hours=25, seconds=1))
        assert Client().get("/healthz").json()["retention"] == "overdue: pending"


def test_staff_read_what_was_swept(capsys: Any) -> None:
    old(2)
    sweeping.run("pending", forgetting.pending(NOW))
    call_command("sweeps")
    assert "pending" in capsys.readouterr().out
