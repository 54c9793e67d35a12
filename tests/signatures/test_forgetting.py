"""Erased on time: what each column's retention says, and that counts and log outlive it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns import datamap as letters_map
from campaigns.models import DayKey, Letter, Report
from campaigns.services import daykeying, publishing, reporting
from signatures import datamap as signatures_map
from signatures import personal, tokens
from signatures.models import Erasure, Signature, Slip
from signatures.services import (
    auditing,
    checkpointing,
    erasing,
    forgetting,
    journalling,
    reckoning,
    repeating,
    sequencing,
    sweeping,
    withdrawing,
)
from signatures.tokens import Purpose
from tests import make, supporter
from tests.signatures import handing
from worker import datamap as worker_map
from worker import outbox, schedule
from worker.datamap import Until
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROVING = {"signatures.reckon", "signatures.audit"}


def everything_by_the_clock() -> None:
    for job in schedule.jobs():
        if job.name not in PROVING:
            handler = outbox.handler_of(job.topic)
            assert isinstance(handler, outbox.Work)
            handler.run(OutboxMessage(topic=job.topic))
    repeating.keep_up(now=timezone.now())


# --- Every column that is there for a time --------------------------------------------------------
Case = tuple[timedelta, Callable[[], object]]


def week() -> Case:
    row = make.counted(make.letter(), network=b"n" * 32)
    daykeying.key_of(NOW.date())

    def left() -> object:
        network = Signature.objects.get(pk=row.pk).network
        return network or DayKey.objects.filter(day=NOW.date()).exists()

    return 7 * DAY, left


def pending() -> Case:
    letter = make.letter()
    make.pending(letter)
    confirmed = make.counted(letter)
    columns = {"mail_state": 1, "mailed_at": NOW, "opened": True, "reminders": 2, "code_tries": 1}
    Signature.objects.filter(pk=confirmed.pk).update(**columns)

    def left() -> object:
        kept = Signature.objects.filter(pk=confirmed.pk).values(*columns).get()
        return Signature.objects.filter(state="pending").count() + sum(
            value is not None for value in kept.values()
        )

    return 7 * DAY, left


def slip() -> Case:
    supporter.sign(make.letter())
    assert Slip.objects.count() == 1
    return HOUR, Slip.objects.count


def address() -> Case:
    row = make.counted(make.letter())
    return 365 * DAY, lambda: personal.address_of(Signature.objects.get(pk=row.pk))


def sealed_mail() -> Case:
    message = OutboxMessage.objects.create(
        topic="account", queue="mail", due_at=NOW + DAY, created_at=NOW, sealed=b"s",
        expires_at=NOW + HOUR,
    )  # fmt: skip

    def left() -> object:
        schedule_ticks()
        return OutboxMessage.objects.get(pk=message.pk).sealed

    return HOUR, left


def schedule_ticks() -> None:
    [tick] = [tick for tick in schedule.ticks() if tick.name == "worker.drop_the_outlived"]
    tick.run()


def ended_mail() -> Case:
    message = OutboxMessage.objects.create(
        topic="sent", queue="mail", state="done", created_at=NOW, done_at=NOW
    )
    return 14 * DAY, OutboxMessage.objects.filter(pk=message.pk).exists


def reporter() -> Case:
    report = reporting.report(
        letter=make.letter(), reason="unlawful", text="It names.", email="r@example.org"
    )
    reporting.decide(report=report, by=make.organiser(), take_down=False, note="", now=NOW)
    return 90 * DAY, lambda: Report.objects.get(pk=report.pk).email_sealed


def journal() -> Case:
    journalling.note(Erasure.Kind.ERASED, signature=make.letter().uid, now=NOW)
    return timedelta(0), Erasure.objects.count


def seed() -> Case:
    letter = make.letter()
    row = make.counted(letter)
    publishing.close(letter=letter, now=NOW)
    return 365 * DAY, lambda: Signature.objects.get(pk=row.pk).seed_sealed


CASES: dict[Until, Callable[[], Case]] = {
    Until.WEEK: week,
    Until.PENDING: pending,
    Until.HOUR: slip,
    Until.ADDRESS: address,
    Until.SENT: sealed_mail,
    Until.FORTNIGHT: ended_mail,
    Until.ANSWERED: reporter,
    Until.JOURNAL: journal,
    Until.CLOSED: seed,
}
# Elsewhere: by a wish (test_erasing), with a session (test_accounts), a file (test_exporting), a
# key (test_rotating), or not at all.
LASTING = {
    Until.ROW, Until.LETTER, Until.RECORD, Until.ERASED, Until.HIDDEN, Until.ACCOUNT, Until.SESSION,
    Until.KEY,
}  # fmt: skip


def test_every_retention_of_the_data_map_is_held_by_a_test() -> None:
    maps = (letters_map.DATA_MAP, signatures_map.DATA_MAP, worker_map.DATA_MAP)
    said = {entry.until for each in maps for entries in each.values() for entry in entries}
    assert said - LASTING <= set(CASES)
    assert set(Until) == LASTING | set(CASES)


@pytest.mark.parametrize("until", CASES, ids=str)
def test_it_is_there_until_its_time_and_gone_after(until: Until) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        lasts, left = CASES[until]()
        if lasts:
            clock.move_to(NOW + lasts - timedelta(seconds=1))
            everything_by_the_clock()
            assert left(), "too early"
        clock.move_to(NOW + lasts + DAY)
        everything_by_the_clock()
        assert not left(), "too late"


# --- Addresses ------------------------------------------------------------------------------------
def addresses_left(now: datetime) -> int:
    sweeping.run("addresses", forgetting.addresses(now))
    return Signature.objects.filter(email_sealed__isnull=False).count()


def test_a_letter_may_keep_addresses_for_fewer_days_and_never_for_more(settings: Any) -> None:
    settings.RETENTION_DAYS = 30
    letters = {days: make.letter(now=NOW - 60 * DAY) for days in (3, 90, None)}
    for days, letter in letters.items():
        make.counted(letter, now=NOW - 50 * DAY)
        handing.delivery(letter, now=NOW - 40 * DAY, delivered_at=NOW - 40 * DAY)
        Letter.objects.filter(pk=letter.pk).update(retention_days=days)
    assert addresses_left(NOW - 37 * DAY - HOUR) == 3
    assert addresses_left(NOW - 36 * DAY) == 2
    assert addresses_left(NOW - 10 * DAY + HOUR) == 0


def test_who_withdrew_wants_no_news_any_more() -> None:
    letter = make.letter(now=NOW - 400 * DAY)
    stays, leaves = (make.counted(letter, now=NOW - 380 * DAY, updates=True) for _ in range(2))
    withdrawing.withdraw(uid=leaves.uid, now=NOW - 379 * DAY)
    assert addresses_left(NOW) == 1
    assert Signature.objects.get(pk=stays.pk).email_sealed is not None


def test_a_letter_that_was_taken_down_keeps_addresses_like_a_closed_one() -> None:
    letter = make.letter(now=NOW - 300 * DAY)
    make.counted(letter, now=NOW - 290 * DAY)
    Letter.objects.filter(pk=letter.pk).update(taken_down_at=NOW - 180 * DAY)
    assert addresses_left(NOW) == 1
    assert addresses_left(NOW + HOUR) == 0


# --- Letters without names ------------------------------------------------------------------------
def nameless() -> Letter:
    return make.letter(now=NOW - 10 * DAY, anonymous_hours=24, asks=[])


def identities(now: datetime) -> int:
    return sweeping.run("identities", forgetting.identities(now))


def test_hours_after_confirming_nobody_is_known_and_one_mailbox_still_signs_once() -> None:
    letter = nameless()
    row = make.counted(letter, now=NOW, public=False, name="Canary Bird", email="joan@example.org")
    assert identities(NOW + 24 * HOUR) == 0
    assert identities(NOW + 24 * HOUR + timedelta(seconds=1)) == 1
    row.refresh_from_db()
    assert row.identity_erased_at == NOW + 24 * HOUR + timedelta(seconds=1)
    assert (row.withheld_sealed, row.email_sealed, row.seed_sealed) == (None, None, None)
    assert (row.number, row.counted, row.erased_at) == (1, True, None)
    supporter.sign(letter)
    assert Signature.objects.count() == 1
    assert identities(NOW + 9 * DAY) == 0


def test_they_may_withdraw_until_closing_and_after_it_nothing_leads_to_their_entry() -> None:
    letter = nameless()
    leaves, stays = (make.counted(letter, now=NOW, public=False) for _ in range(2))
    link = tokens.make(Purpose.MINE, stays.uid, generation=stays.generation, at=NOW)
    identities(NOW + 2 * DAY)
    withdrawing.withdraw(uid=leaves.uid, now=NOW + 2 * DAY)
    sequencing.sequence(now=NOW + 2 * DAY)
    assert sweeping.run("closed", forgetting.closed(NOW + 3 * DAY)) == 0
    publishing.close(letter=letter, now=NOW + 3 * DAY)
    assert sweeping.run("closed", forgetting.closed(NOW + 3 * DAY)) == 2
    stays.refresh_from_db()
    assert (stays.mailbox_digest, stays.mailbox_anywhere, stays.log_index) == (None, None, None)
    assert stays.erased_at is not None
    with pytest.raises(withdrawing.Refused):
        withdrawing.withdraw(uid=stays.uid, now=NOW + 4 * DAY)
    with time_machine.travel(NOW + 4 * DAY, tick=False):  # as where somebody erased their data
        answer = supporter.browser().get(reverse("mine", args=[link]))
    assert answer.status_code == 410
    assert b"is erased" in answer.content
    proved(letter, signed=2, withdrawn=1)


def test_whom_the_sequencer_has_not_entered_yet_waits_for_it() -> None:
    letter = nameless()
    row = make.confirmed(letter, now=NOW, public=False)
    assert identities(NOW + 2 * DAY) == 0
    sequencing.sequence(now=NOW + 2 * DAY)
    assert identities(NOW + 2 * DAY) == 1
    row.refresh_from_db()
    assert row.log_index is not None
    proved(letter, signed=1)


def test_who_withdraws_between_look_and_sweep_waits_for_the_sequencer() -> None:
    """With and without asking again: the one who is not asked loses what the sequencer needs."""
    letter = nameless()
    asked, control = (make.counted(letter, now=NOW, public=False) for _ in range(2))
    [step] = list(forgetting.identities(NOW + 2 * DAY))
    withdrawing.withdraw(uid=asked.uid, now=NOW + 2 * DAY)
    assert step() == 1
    asked.refresh_from_db()
    assert asked.seed_sealed is not None
    unasked = forgetting._empty(**forgetting._NOBODY)
    assert unasked(Signature.objects.filter(pk__in=[asked.pk, control.pk])) == 2
    sequencing.sequence(now=NOW + 2 * DAY)
    assert identities(NOW + 2 * DAY) == 1
    proved(letter, signed=2, withdrawn=1)


# --- Count and log --------------------------------------------------------------------------------
def proved(letter: Letter, **totals: int) -> None:
    """Count and log say the same as before, to whoever proves them."""
    checkpointing._held = None
    checkpointing.publish(NOW + 5 * DAY)
    assert list(reckoning.compare()) == []
    list(auditing.audit())
    letter.tally.refresh_from_db()
    assert {name: getattr(letter.tally, name) for name in totals} == totals


def test_count_and_log_outlive_every_sweep() -> None:
    letter, other = make.letter(now=NOW - 10 * DAY), nameless()
    rows = [make.counted(letter, now=NOW, network=b"n" * 32) for _ in range(4)]
    make.counted(other, now=NOW, public=False)
    make.pending(letter, now=NOW)
    withdrawing.withdraw(uid=rows[0].uid, now=NOW)
    erasing.erase(uid=rows[1].uid, now=NOW)
    sequencing.sequence(now=NOW)
    publishing.close(letter=other, now=NOW + DAY)
    with time_machine.travel(NOW + 400 * DAY, tick=False):
        everything_by_the_clock()
    assert not Signature.objects.filter(email_sealed__isnull=False).exists()
    assert not Signature.objects.filter(seed_sealed__isnull=False, letter=other).exists()
    proved(letter, signed=4, withdrawn=1)
    proved(other, signed=1)
