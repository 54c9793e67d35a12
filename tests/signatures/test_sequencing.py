"""Numbers and counts have one writer."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, connections
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import GrowthHour, Letter, Tally
from signatures import tasks
from signatures.models import Head, Signature
from signatures.services import numbering, sequencing, withdrawing
from signatures.services.bookkeeping import Book
from signatures.services.sequencing import Overtaken
from tests import make

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def count(letter: Letter) -> int:
    return int(Tally.objects.get(letter=letter).count)


def numbers(letter: Letter) -> list[int]:
    found = Signature.objects.filter(letter=letter, number__isnull=False)
    return sorted(number for number in found.values_list("number", flat=True) if number)


@pytest.mark.django_db
def test_numbers_have_no_gap_and_no_twin() -> None:
    letter = make.letter()
    for _ in range(3):
        for _ in range(7):
            make.confirmed(letter)
        sequencing.sequence(now=timezone.now())
    assert numbers(letter) == list(range(1, 22))
    assert count(letter) == 21


@pytest.mark.django_db
def test_each_letter_has_numbers_of_its_own() -> None:
    one, other = make.letter(), make.letter()
    for letter in (one, other, one, other, one):
        make.confirmed(letter)
    sequencing.sequence(now=timezone.now())
    assert (numbers(one), numbers(other)) == ([1, 2, 3], [1, 2])


@pytest.mark.django_db
def test_numbers_inside_a_batch_do_not_tell_who_was_first() -> None:
    letter = make.letter()
    rows = [make.confirmed(letter).pk for _ in range(40)]
    sequencing.sequence(now=timezone.now())
    by_number = list(Signature.objects.order_by("number").values_list("pk", flat=True))
    assert sorted(by_number) == sorted(rows)
    assert by_number != sorted(rows)


@pytest.mark.django_db
def test_a_pending_signature_has_no_number_and_does_not_count() -> None:
    letter = make.letter()
    make.pending(letter)
    assert sequencing.sequence(now=timezone.now()) == 0
    assert (numbers(letter), count(letter)) == ([], 0)


@pytest.mark.django_db
def test_sequencing_twice_counts_once() -> None:
    letter = make.letter()
    make.counted(letter)
    for _ in range(3):
        sequencing.sequence(now=timezone.now())
    assert (numbers(letter), count(letter)) == ([1], 1)


@pytest.mark.django_db
def test_a_signature_withdrawn_before_its_number_never_counts() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    tally = Tally.objects.get(letter=letter)
    assert (tally.signed, tally.withdrawn, tally.count) == (0, 0, 0)
    assert not Signature.objects.awaiting_sequencer().exists()


@pytest.mark.django_db
def test_a_number_is_never_given_again() -> None:
    letter = make.letter()
    first = make.counted(letter)
    withdrawing.withdraw(uid=first.uid, now=timezone.now())
    second = make.counted(letter)
    assert (second.number, count(letter)) == (2, 1)


@pytest.mark.django_db
def test_a_sensitive_letter_is_counted_once_a_minute() -> None:
    letter = make.letter(sensitive=True, now=NOON)
    for second in (0, 5, 59):
        make.confirmed(letter, now=NOON + timedelta(seconds=second))
        assert sequencing.sequence(now=NOON + timedelta(seconds=59.9)) == 0
    assert sequencing.sequence(now=NOON + timedelta(seconds=60)) == 3
    assert count(letter) == 3


@pytest.mark.django_db
def test_on_a_quiet_day_a_sensitive_letter_does_not_tell_who_signed_when() -> None:
    letter, other = make.letter(sensitive=True, now=NOON), make.letter(now=NOON)
    make.counted(letter, now=NOON)
    quiet = NOON + timedelta(hours=3, seconds=37)
    one, public = make.confirmed(letter, now=quiet), make.confirmed(other, now=quiet)
    assert sequencing.sequence(now=quiet + timedelta(seconds=1)) == 2  # the first one's, and public
    public.refresh_from_db()
    assert (public.number, count(letter)) == (1, 1)
    assert sequencing.sequence(now=quiet + timedelta(seconds=23)) == 1
    withdrawing.withdraw(uid=one.uid, now=quiet + timedelta(hours=1))
    assert sequencing.sequence(now=quiet + timedelta(hours=1, seconds=1)) == 0
    assert sequencing.sequence(now=quiet + timedelta(hours=1, seconds=23)) == 1


@pytest.mark.django_db
def test_growth_by_the_hour_sums_up_to_the_count() -> None:
    letter = make.letter(now=NOON)
    rows = [make.confirmed(letter, now=NOON + timedelta(minutes=23 * n)) for n in range(12)]
    sequencing.sequence(now=NOON + timedelta(hours=5))
    for row in rows[::4]:
        withdrawing.withdraw(uid=row.uid, now=NOON + timedelta(hours=6))
    sequencing.sequence(now=NOON + timedelta(hours=6))
    hours = GrowthHour.objects.filter(letter=letter)
    assert sum(one.signed for one in hours) == 12
    assert sum(one.signed - one.cancelled for one in hours) == count(letter) == 9
    assert len(hours) == 6
    assert min(one.hour for one in hours) == int(NOON.timestamp()) // 3600


@pytest.mark.django_db
def test_the_clock_looks_before_it_takes_a_lock(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(2):
        assert tasks.sequence() is False
    make.confirmed(make.letter())
    assert tasks.sequence() is False  # nothing is left
    assert Signature.objects.get().number == 1


# --- Two leaders ------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_leader_that_was_overtaken_leaves_nothing_behind() -> None:
    letter = make.letter()
    make.confirmed(letter)
    Head.objects.create(pk=1, batch=7)
    real = numbering.write_growth

    def sleepy(*args: Any) -> None:
        real(*args)
        Head.objects.filter(pk=1).update(batch=8)  # what another leader would have done meanwhile

    with patch.object(numbering, "write_growth", sleepy), pytest.raises(Overtaken):
        sequencing.sequence(now=timezone.now())
    assert (numbers(letter), count(letter)) == ([], 0)
    assert not GrowthHour.objects.exists()
    assert Signature.objects.awaiting_sequencer().count() == 1
    assert sequencing.sequence(now=timezone.now()) == 1
    assert (numbers(letter), count(letter)) == ([1], 1)


def _two_leaders(letter: Letter) -> list[Any]:
    """A leader pauses in the middle of its batch while another begins: what each of them did."""
    paused, go_on = threading.Event(), threading.Event()
    outcomes: list[Any] = [None, None]
    real = numbering.decide

    def slow(*args: Any) -> Any:
        if threading.current_thread().name == "first":
            paused.set()
            go_on.wait(4)
        return real(*args)

    def lead(n: int) -> None:
        try:
            outcomes[n] = sequencing.sequence(now=timezone.now())
        except Exception as error:  # noqa: BLE001 it is what the test looks at
            outcomes[n] = error
        finally:
            connections.close_all()

    first = threading.Thread(target=lead, args=(0,), name="first")
    second = threading.Thread(target=lead, args=(1,), name="second")
    with patch.object(numbering, "decide", slow):
        first.start()
        paused.wait(10)
        second.start()
        second.join(2)  # on SQLite it waits for the first one's transaction
        go_on.set()
        first.join()
        second.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_a_second_leader_counts_nothing_twice() -> None:
    letter = make.letter()
    for _ in range(5):
        make.confirmed(letter)
    outcomes = _two_leaders(letter)
    assert outcomes == [5, 0]
    assert numbers(letter) == [1, 2, 3, 4, 5]
    assert count(letter) == 5
    assert Head.objects.get().batch == 1


@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_guards_two_leaders_disagree() -> None:
    """No lock, no transaction, no comparison: the pause then shows what they are for."""
    letter = make.letter()
    sequencing.sequence(now=timezone.now())  # its text is in the log
    for _ in range(5):
        make.confirmed(letter)
    unguarded = sequencing.sequence.__wrapped__  # type: ignore[attr-defined]

    def plain_take(_: datetime) -> list[Signature]:
        return list(Signature.objects.awaiting_sequencer())

    with (
        patch.object(sequencing, "sequence", unguarded),
        patch.object(sequencing, "_lead", return_value=True),
        patch.object(sequencing, "_take", plain_take),
        patch.object(QuerySet, "select_for_update", lambda self, **_: self),
    ):
        outcomes = _two_leaders(letter)
    twice = sum(hour.signed for hour in GrowthHour.objects.all()) == 10
    assert twice or isinstance(outcomes[0], IntegrityError)


@pytest.mark.django_db(transaction=True)
def test_confirming_goes_on_while_the_sequencer_works() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite writers take turns")
    letter = make.letter()
    make.confirmed(letter)
    during: list[str] = []
    real = Book.write

    def busy(*args: Any) -> None:
        def confirm() -> None:
            during.append(make.confirmed(letter).state)
            connections.close_all()

        thread = threading.Thread(target=confirm)
        thread.start()
        thread.join(4)
        real(*args)

    with patch.object(Book, "write", busy):
        sequencing.sequence(now=timezone.now())
    assert during == ["confirmed"]
