"""Updating: an organiser writes to those signers who asked for news, and to nobody else.

The row says how far it has come. A worker goes through the signers in slices; each slice writes its
mails and moves the row in one transaction, so that whoever is killed leaves nothing undone and
nothing done twice.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.models import Letter, Organiser
from signatures.models import Consent, Signature, Suppressed, Update
from worker import outbox

MAIL = "update.mailed"
SLICE = 200  # mails written at a time: a file somebody asks for waits for these alone
PAUSE = timedelta(seconds=5)
LIMITS = {"subject": 150, "body": 10_000}  # characters
DAY, WEEK = timedelta(days=1), timedelta(days=7)
A_WEEK = 5  # updates of one letter; one a day

State = Update.State


class Refused(Exception):
    """It can't be done now; the text is for the organiser."""


@dataclass(frozen=True)
class Words:
    """What an organiser writes: one line, and Markdown."""

    subject: str
    body: str


def why_not(letter: Letter) -> str:
    """Why its signers can be told nothing; "" where they can."""
    if not letter.is_published or letter.is_taken_down:
        return _("Only a published letter can have news.")
    if letter.anonymous_hours is not None:
        return _("This letter forgets who signs it, so nobody can ask to hear more of it.")
    return ""


@transaction.atomic
def write(*, letter: Letter, by: Organiser, words: Words, now: datetime) -> Update:
    """Keep a draft. Nobody gets it yet."""
    if refusal := why_not(letter):
        raise Refused(refusal)
    return Update.objects.create(
        letter=letter, subject=words.subject, body=words.body, written_by=by, written_at=now
    )


@transaction.atomic
def change(*, uid: uuid.UUID, words: Words) -> None:
    draft = _draft(uid)
    draft.subject, draft.body = words.subject, words.body
    draft.save(update_fields=["subject", "body"])


@transaction.atomic
def discard(*, uid: uuid.UUID) -> None:
    """Throw a draft away."""
    _draft(uid).delete()


@transaction.atomic
def try_out(*, uid: uuid.UUID, by: Organiser) -> None:
    """Mail it to the organiser alone, as it would reach a signer."""
    outbox.publish("update.tried", update=_draft(uid).pk, organiser=by.pk)


def recipients(letter: Letter) -> QuerySet[Signature]:
    """Whom news of a letter may reach now: they count, ticked it, and have not said no since."""
    no_mail = Suppressed.objects.filter(
        Q(letter__isnull=True) | Q(letter=letter), mailbox_anywhere=OuterRef("mailbox_anywhere")
    )
    rows = Signature.objects.filter(letter=letter, counted=True, updates=True)
    return rows.filter(
        ~Exists(no_mail),
        state=Signature.State.CONFIRMED,
        email_sealed__isnull=False,
        erased_at__isnull=True,
    )


def going(pk: int) -> Update | None:
    """An update whose mails may leave: not stopped, nor its letter taken down."""
    rows = Update.objects.select_related("letter__revision")
    rows = rows.filter(pk=pk, state__in=[State.SENDING, State.SENT])
    return rows.filter(letter__taken_down_at__isnull=True).first()


def recipient(update: Update, pk: int) -> Signature | None:
    """One whom it was written for, asked once more as their mail is made."""
    return recipients(update.letter).filter(pk=pk).first()


def next_turn(letter: Letter, now: datetime) -> datetime | None:
    """When another update may go out; None: now."""
    sent = letter.updates.exclude(state=State.DRAFT).filter(asked_at__gt=now - WEEK)
    newest = sent.order_by("-asked_at").values_list("asked_at", flat=True)
    times = [at for at in newest if at is not None]
    turns = [at + DAY for at in times[:1]] + [at + WEEK for at in times[A_WEEK - 1 : A_WEEK]]
    latest = max(turns, default=now)
    return latest if latest > now else None


@transaction.atomic
def send(*, uid: uuid.UUID, now: datetime) -> Update:
    """Let the worker mail it to everybody who gets it at this moment; who signs later doesn't."""
    draft = _draft(uid)
    # One at a time for each letter, or two tabs could send two a day.
    letter = Letter.objects.select_for_update(no_key=True).get(pk=draft.letter_id)
    if refusal := why_not(letter):
        raise Refused(refusal)
    turn = next_turn(letter, now)
    if turn is not None:
        when = date_format(turn.astimezone(letter.tzinfo), "DATETIME_FORMAT")
        raise Refused(
            _(
                "People stay with letters that write rarely: one update a day at most, and five a "
                "week. This one can go out from {when} on; it is kept until then."
            ).format(when=when)
        )
    found = recipients(letter).aggregate(until=Max("pk"), total=Count("pk"))
    if not found["total"]:
        raise Refused(_("Nobody has asked for news of this letter yet."))
    draft.state, draft.asked_at = State.SENDING, now
    draft.until, draft.total = found["until"], found["total"]
    draft.save(update_fields=["state", "asked_at", "until", "total"])
    outbox.publish("update.asked", update=draft.pk, reached=0)
    return draft


@transaction.atomic
def go_on(*, update: int, reached: int, now: datetime) -> None:
    """Write the mails of one slice, once those of the last are gone, and ask for the next.

    `reached` says which slice this is: asked for again after a crash, it was done already.
    """
    found = Update.objects.select_for_update(of=("self",)).select_related("letter")
    row = found.filter(pk=update, state=State.SENDING, reached=reached).first()
    if row is None:
        return
    if row.letter.is_taken_down:
        _end(row, State.STOPPED, now)
        return
    if outbox.waiting(MAIL) >= SLICE:
        _again(row, after=PAUSE, now=now)
        return
    rows = recipients(row.letter).filter(pk__gt=reached, pk__lte=row.until)
    pks = list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE])
    if pks:
        outbox.publish_all(MAIL, [{"update": row.pk, "signature": pk} for pk in pks])
        row.reached = pks[-1]
        row.save(update_fields=["reached"])
        _again(row)
    elif outbox.waiting(MAIL, update=row.pk):
        _again(row, after=PAUSE, now=now)
    else:
        _end(row, State.SENT, now)


def mailed(*, updates: Iterable[int]) -> None:
    """A mail server took one mail of an update for each key given."""
    for pk, number in Counter(updates).items():
        Update.objects.filter(pk=pk).update(sent=F("sent") + number)


@transaction.atomic
def stop(*, uid: uuid.UUID, now: datetime) -> None:
    """Mail it to nobody further. What waits is called off; what a worker holds may still leave."""
    row = Update.objects.select_for_update(of=("self",)).get(uid=uid)
    if row.state != State.SENDING:
        raise Refused(_("It is not being sent any more."))
    outbox.call_off(MAIL, update=row.pk)
    _end(row, State.STOPPED, now)


def unsubscribed(letter: Letter, updates: list[Update]) -> dict[int, int]:
    """How many stopped the news after each update and before the next one, by its key."""
    sent = sorted(
        (each.asked_at, each.pk)
        for each in updates
        if each.asked_at is not None and each.state != State.DRAFT
    )
    counts = {}
    for place, (since, pk) in enumerate(sent):
        time = Q(at__gte=since)
        if place + 1 < len(sent):
            time &= Q(at__lt=sent[place + 1][0])
        counts[f"u{pk}"] = Count("signature", distinct=True, filter=time)
    if not counts:
        return {}
    stops = Consent.objects.filter(
        signature__letter=letter, about=Consent.About.UPDATES, given=False
    )
    return {int(key[1:]): number for key, number in stops.aggregate(**counts).items()}


def _draft(uid: uuid.UUID) -> Update:
    row = Update.objects.select_for_update(of=("self",)).get(uid=uid)
    if row.state != State.DRAFT:
        raise Refused(_("It was sent already."))
    return row


def _again(row: Update, *, after: timedelta | None = None, now: datetime | None = None) -> None:
    due_at = now + after if now and after else None
    outbox.publish("update.asked", due_at=due_at, update=row.pk, reached=row.reached)


def _end(row: Update, state: Update.State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at"])
