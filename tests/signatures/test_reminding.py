"""Reminders: twice at most, by day, and never once there is nothing to remind of."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connection

from campaigns import refs
from campaigns.models import Letter
from signatures import codes
from signatures.models import Signature
from signatures.services import bouncing, erasing, reminding, suppressing
from tests import make, supporter
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


def mailed(letter: Letter | None = None, **fields: Any) -> Signature:
    """Somebody whose mail was taken just now."""
    signature = make.pending(letter or make.letter(), **fields)
    supporter.new_mails()
    signature.refresh_from_db()
    return signature


def now() -> datetime:
    return datetime.now(UTC)


def reminders() -> list[EmailMessage]:
    while reminding.remind(now=now()):
        if not (found := supporter.new_mails()):
            break
        return found
    return []


def hours_of_reminders(clock: Any, *, hours: int = 80) -> list[int]:
    """At which hours after the mail somebody is reminded, looking every hour."""
    found = []
    for hour in range(1, hours):
        clock.move_to(NOON + hour * HOUR)
        if reminders():
            found.append(hour)
    return found


# --- When -------------------------------------------------------------------------------------
def test_a_day_after_the_mail_and_on_the_day_before_its_link_ends(clock: Any) -> None:
    mailed()
    assert hours_of_reminders(clock) == [24, 48]


@pytest.mark.parametrize(
    ("hours", "when"),
    [(24, []), (28, []), (29, [24]), (48, [24]), (67, [24]), (68, [24, 44]), (168, [24, 144])],
)
def test_a_link_that_ends_soon_is_worth_one_reminder_or_none(
    clock: Any, settings: Any, hours: int, when: list[int]
) -> None:
    settings.VERIFICATION_HOURS = hours
    mailed()
    assert hours_of_reminders(clock, hours=hours + 5) == when


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("UTC", [24, 48]),  # noon there
        ("Asia/Tokyo", [35, 59]),  # 21:00 there: at eight in the morning
        ("America/Los_Angeles", [28, 52]),  # 04:00
        ("Europe/Berlin", [24, 48]),
    ],
)
def test_at_night_nobody_is_reminded_but_in_the_morning(
    clock: Any, zone: str, when: list[int]
) -> None:
    mailed(make.letter(zone=zone))
    assert hours_of_reminders(clock) == when


def test_a_letter_that_closes_takes_its_links_along(clock: Any) -> None:
    mailed(make.letter(now=NOON, closes_at=NOON + 10 * HOUR))  # links: until hour 34
    mailed(make.letter(now=NOON, closes_at=NOON + 2 * HOUR))  # until hour 26
    mailed(make.letter(now=NOON, closes_at=NOON + 46 * HOUR))  # until hour 70
    assert hours_of_reminders(clock) == [24, 46]
    assert sorted(Signature.objects.values_list("reminders", flat=True), key=str) == [1, 2, None]


def test_never_two_within_twenty_hours(clock: Any) -> None:
    """The clock stood still for two days: the second does not follow on the first's heels."""
    mailed()
    found = []
    for hour in (50, 51, 60, 67):
        clock.move_to(NOON + hour * HOUR)
        found += [(hour, one) for one in reminders()]
    assert [hour for hour, _one in found] == [50]
    assert "last time" in found[0][1].body


# --- Whom not ---------------------------------------------------------------------------------
def confirm(signature: Signature) -> None:
    supporter.press(f"/confirm/{make.token(signature, at=signature.mailed_at)}/")


def erase(signature: Signature) -> None:
    erasing.erase(uid=signature.uid, now=now())


def come_back(signature: Signature) -> None:
    message = OutboxMessage.objects.get(topic="signature.asked", ids__signature=signature.pk)
    assert bouncing.came_back(message=message.uid, now=now()) == "noted"


def be_refused(signature: Signature) -> None:
    bouncing.refused(signature=signature.pk)


def say_never(signature: Signature) -> None:
    digest = signature.mailbox_anywhere
    assert digest is not None
    suppressing.suppress(letter=signature.letter, digest=bytes(digest), now=now())


def pause(signature: Signature) -> None:
    Letter.objects.filter(pk=signature.letter_id).update(state=Letter.State.PAUSED)


def close(signature: Signature) -> None:
    Letter.objects.filter(pk=signature.letter_id).update(state=Letter.State.CLOSED)


def take_down(signature: Signature) -> None:
    Letter.objects.filter(pk=signature.letter_id).update(taken_down_at=now())


def sign_again(signature: Signature) -> None:
    make.pending(signature.letter, email="joan@example.org", name="Joan B. Baker")


ENDS = [confirm, erase, come_back, be_refused, say_never, pause, close, take_down]


@pytest.mark.parametrize("end", ENDS)
def test_whoever_needs_no_reminder_gets_none(clock: Any, end: Callable[[Signature], None]) -> None:
    signature = mailed(email="joan@example.org")
    clock.shift(20 * HOUR)
    end(signature)
    clock.shift(4 * HOUR)
    assert not reminders()


@pytest.mark.parametrize("end", [*ENDS, sign_again])
def test_a_reminder_in_flight_is_not_sent_once_it_is_not_needed(
    clock: Any, end: Callable[[Signature], None]
) -> None:
    signature = mailed(email="joan@example.org")
    clock.shift(DAY)
    assert reminding.remind(now=now())
    end(signature)
    assert not [one for one in supporter.new_mails() if "Not counted yet" in one.subject]


def test_a_reminder_that_is_late_waits_for_no_night(clock: Any) -> None:
    mailed(make.letter(zone="UTC"))
    clock.shift(DAY)
    assert reminding.remind(now=now())
    clock.shift(8 * HOUR)  # the mail server was away until 20:00
    assert not supporter.new_mails()


def test_whom_an_organiser_named_is_asked_once(clock: Any) -> None:
    mailed(ref=refs.INVITED)
    assert not hours_of_reminders(clock)


def test_where_no_mail_was_taken_nobody_is_reminded(clock: Any) -> None:
    make.pending(make.letter())
    assert not hours_of_reminders(clock, hours=30)


def test_t06_reminders_count_in_the_caps(clock: Any) -> None:
    signature = mailed(email="joan@example.org")
    clock.shift(DAY)
    for _ in range(3):
        mailed(email="joan@example.org")  # other letters: three in a day
    assert not reminders()
    signature.refresh_from_db()
    assert (signature.mails, signature.reminders) == (1, 1)


# --- What it says -----------------------------------------------------------------------------
def test_the_reminder_carries_link_code_and_a_way_out(clock: Any) -> None:
    signature = mailed(make.letter(zone="Europe/Berlin"), email="joan@example.org", name="Joan")
    clock.shift(DAY)
    [first] = reminders()
    clock.shift(DAY)
    [second] = reminders()
    for mail in (first, second):
        assert mail.to == ["joan@example.org"]
        assert mail.subject == "Not counted yet: “Give the Aller its water back”"
        assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
        html = str(mail.alternatives[0][0])  # type: ignore[attr-defined]
        code = codes.grouped(codes.of(signature.uid, signature.generation))
        for part in (mail.body, html):
            assert "25 November 2026, 13:00 (CET)" in part
            assert code in part
            assert "/not-me/" in part
        assert "<img" not in html
    assert "remind you once more" in first.body
    assert "last time we remind you" in second.body
    ids = [mail.extra_headers["Message-ID"] for mail in (first, second)]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(("hours", "status"), [(23, 303), (25, 410)])
def test_a_reminder_s_link_confirms_and_lasts_no_longer_than_the_first(
    clock: Any, hours: int, status: int
) -> None:
    mailed()
    clock.shift(2 * DAY)
    [mail] = reminders()
    clock.shift(hours * HOUR)
    assert supporter.press(supporter.link(mail)).status_code == status


def test_a_mail_asked_for_again_starts_the_time_anew(clock: Any) -> None:
    signature = mailed(email="joan@example.org")
    clock.shift(20 * HOUR)
    make.pending(signature.letter, email="joan@example.org")
    assert len(supporter.new_mails()) == 1
    clock.shift(10 * HOUR)
    assert not reminders()
    clock.shift(14 * HOUR)
    assert len(reminders()) == 1


# --- Many, and two at once --------------------------------------------------------------------
def test_few_wait_in_the_outbox_so_that_no_other_mail_waits_behind_them(clock: Any) -> None:
    letter = make.letter()
    for _ in range(reminding.SLICE + 5):
        mailed(letter)
    clock.shift(DAY)
    assert reminding.remind(now=now())
    assert reminding.remind(now=now())
    assert OutboxMessage.objects.filter(topic=reminding.TOPIC).count() == reminding.SLICE
    supporter.new_mails()
    assert reminding.remind(now=now())
    assert len(supporter.new_mails()) == 5
    assert not reminding.remind(now=now())


def test_a_row_is_taken_by_what_was_read_of_it(clock: Any) -> None:
    """Two clocks have read the same list: one of them takes it."""
    signature = mailed()
    clock.shift(DAY)
    for _ in range(2):
        reminding._remind(signature.pk, None, now())
    assert OutboxMessage.objects.filter(topic=reminding.TOPIC).count() == 1
    signature.refresh_from_db()
    assert signature.reminders == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_remind_once() -> None:
    with time_machine.travel(NOON, tick=False):
        rows = [mailed() for _ in range(6)]
    later = NOON + DAY
    gate = threading.Barrier(2)

    def turn() -> None:
        gate.wait()
        for row in rows:
            reminding._remind(row.pk, None, later)
        connection.close()

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutboxMessage.objects.filter(topic=reminding.TOPIC).count() == len(rows)
