"""Reminding: who was mailed and has not pressed yet, twice at most, politely, by day.

The first a day after the mail was taken, the second on the day before its link ends. Rows are the
work: whoever is stopped in the middle goes on with those who are left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import refs
from campaigns.models import Letter
from campaigns.models.letter import GRACE
from signatures.models import Signature
from signatures.querysets import SignatureQuerySet
from signatures.services import mailing, suppressing
from worker import outbox

TOPIC = "signature.reminded"
DAY = timedelta(hours=24)
APART = timedelta(hours=20)
LEFT = timedelta(hours=4)  # that a link must still work for
TWICE = 2 * DAY + APART  # a link that works for less is worth one reminder
MORNING, EVENING = 8, 20  # by the letter's clock
SLICE = 20  # in the outbox at once: a mail that somebody waits for is never far behind

State = Signature.State


@dataclass(frozen=True)
class Reminder:
    """What the mail says: until when the first mail's link works, and whether we write again."""

    until: datetime
    again: bool


def remind(*, now: datetime) -> bool:
    """Ask for the next few; False when nobody is due."""
    free = SLICE - outbox.waiting(TOPIC)
    if free <= 0:
        return True
    found = due(now).order_by("mailed_at", "pk").values_list("pk", "reminders")[:free]
    waiting = list(found)
    for pk, reminders in waiting:
        _remind(pk, reminders, now)
    return bool(waiting)


def due(now: datetime) -> SignatureQuerySet:
    """Who is to be reminded now. Nobody whom an organiser named: they are asked once."""
    lasts = timedelta(hours=settings.VERIFICATION_HOURS)
    closes = F("letter__closes_at")
    open_still = Q(letter__closes_at=None) | Q(letter__closes_at__gte=now + LEFT - GRACE)
    long_enough = Q(letter__closes_at=None) | Q(mailed_at__lte=closes + GRACE - TWICE)
    ends_soon = Q(mailed_at__lte=now + DAY - lasts) | Q(letter__closes_at__lte=now + DAY - GRACE)
    first = Q(reminders=None) | Q(reminders=0)
    second = Q(reminders=1, reminded_at__lte=now - APART) & long_enough & ends_soon
    return (
        Signature.objects.filter(
            state=State.PENDING,
            erased_at=None,  # its address was corrected
            mail_state=Signature.MailState.ACCEPTED,
            mailed_at__lte=now - DAY,
            mailed_at__gte=now + LEFT - lasts,
            letter__state=Letter.State.OPEN,
            letter__taken_down_at=None,
        )
        .filter(open_still, first | second if lasts >= TWICE else first)
        .exclude(ref=refs.INVITED)
        .exclude(letter__zone__in=_asleep(now))
    )


def _asleep(now: datetime) -> list[str]:
    """The time zones of open letters in which nobody wants a mail now."""
    zones = Letter.objects.filter(state=Letter.State.OPEN).values_list("zone", flat=True)
    return [zone for zone in zones.distinct() if not is_day(now, Letter(zone=zone))]


def is_day(now: datetime, letter: Letter) -> bool:
    return MORNING <= timezone.localtime(now, letter.tzinfo).hour < EVENING


@transaction.atomic
def _remind(pk: int, reminders: int | None, now: datetime) -> None:
    """Take the row by what was read of it: of two clocks one does. Above the caps none is sent, and
    it counts as sent."""
    taken = Signature.objects.filter(pk=pk, reminders=reminders, state=State.PENDING)
    if not taken.update(reminders=(reminders or 0) + 1, reminded_at=now):
        return
    signature = Signature.objects.select_related("letter").get(pk=pk)
    mail = mailing.may_mail(signature, now)
    mailing.count_mail(signature, mail=mail, now=now)
    signature.save(update_fields=mailing.COUNTED)
    if mail:
        generation = signature.generation
        until = min(ends_at(signature) - LEFT, _evening(now, signature.letter))
        outbox.publish(TOPIC, expires_at=until, signature=pk, generation=generation)


def _evening(now: datetime, letter: Letter) -> datetime:
    local = timezone.localtime(now, letter.tzinfo)
    return local.replace(hour=EVENING, minute=0, second=0, microsecond=0)


def ends_at(signature: Signature) -> datetime:
    """When the link of the newest mail ends: a reminder makes it no longer."""
    assert signature.mailed_at is not None  # else nobody is reminded
    until = signature.mailed_at + timedelta(hours=settings.VERIFICATION_HOURS)
    closes_at = signature.letter.closes_at
    return until if closes_at is None else min(until, closes_at + GRACE)


def reminder_of(signature: Signature, *, generation: int, now: datetime) -> Reminder | None:
    """What is to be said, as things are when it is sent; None when all has changed since."""
    wanted = (
        signature.state == State.PENDING
        and signature.generation == generation
        and signature.mail_state == Signature.MailState.ACCEPTED
        and signature.mailed_at is not None
        and signature.mailed_at <= now - DAY  # else another mail was asked for meanwhile
        and signature.letter.state == Letter.State.OPEN
        and not suppressing.is_suppressed(signature.letter_id, signature.mailbox_anywhere)
    )
    if not wanted:
        return None
    until = ends_at(signature)
    if until - now < LEFT:
        return None
    return Reminder(until, again=_again(signature, until, now))


def _again(signature: Signature, until: datetime, now: datetime) -> bool:
    assert signature.mailed_at is not None
    lasts_long = until - signature.mailed_at >= TWICE
    return signature.reminders == 1 and lasts_long and until - now >= APART + LEFT
