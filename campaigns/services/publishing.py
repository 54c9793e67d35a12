"""A letter's life: draft → (review) → open ⇄ paused → closed, and taken down from anywhere."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns import text
from campaigns.models import Letter, Organiser, Revision
from campaigns.models.letter import GRACE
from campaigns.services import chronicling, promising
from campaigns.services.canonical import canonical, sha256
from worker import outbox

State = Letter.State


class Refused(Exception):
    """The letter is not in a state for this; the text is for the organiser."""


@transaction.atomic
def publish(*, letter: Letter, by: Organiser, now: datetime) -> Letter:
    """Open a draft for signatures (or hand it to review where the installation asks for that)."""
    letter = _locked(letter)
    if letter.state not in {State.DRAFT, State.REVIEW}:
        raise Refused(_("This letter is published already."))
    if missing := lacking(letter, now=now):
        raise Refused(missing[0])
    if settings.REGISTRATION == "review" and not by.is_staff:
        letter.state = State.REVIEW
        letter.save(update_fields=["state"])
        outbox.publish("letter.review_asked", letter=letter.pk)
        return letter
    letter.revision = _new_revision(letter, by=by, note="", now=now)
    letter.state = State.OPEN
    letter.published_at = now
    letter.save(update_fields=["state", "revision", "published_at"])
    outbox.publish("letter.published", letter=letter.pk)
    return letter


@transaction.atomic
def approve(*, letter: Letter, by: Organiser, now: datetime) -> Letter:
    """Review says yes: staff open the letter."""
    if _locked(letter).state != State.REVIEW:
        raise Refused(_("This letter isn’t waiting for review."))
    return publish(letter=letter, by=by, now=now)


def lacking(letter: Letter, *, now: datetime) -> list[str]:
    """What a draft needs before it can be published, one sentence each; empty when it is ready."""
    wanted = [
        (not letter.body, _("The letter has no text yet.")),
        (not letter.sender, _("Say who the letter is from.")),
        (
            not letter.targets.all(),
            _("Name at least one person or body the letter is addressed to."),
        ),
        (
            letter.closes_at is not None and letter.closes_at <= now,
            _("The closing time is in the past. Choose a later one."),
        ),
    ]
    private = promising.wrong(letter) if letter.sender else []
    return [sentence for missing, sentence in wanted if missing] + [
        str(complaint.reason) for complaint in private
    ]


@transaction.atomic
def send_back(*, letter: Letter, by: Organiser) -> Letter:
    """Review says no, for now: a draft again."""
    letter = _locked(letter)
    if letter.state != State.REVIEW:
        raise Refused(_("This letter isn’t waiting for review."))
    letter.state = State.DRAFT
    letter.save(update_fields=["state"])
    outbox.publish("letter.sent_back", letter=letter.pk)
    return letter


def revise(*, letter: Letter, by: Organiser, note: str, now: datetime) -> Revision:
    """Make what the letter says now its next revision, if that differs from what is signed."""
    current = letter.revision
    if current is None:
        raise Refused(_("This letter isn’t published yet."))
    if _canonical_text(letter) == current.canonical:
        return current
    letter.revision = _new_revision(letter, by=by, note=note, now=now)
    letter.save(update_fields=["revision"])
    return letter.revision


@transaction.atomic
def pause(*, letter: Letter) -> Letter:
    return _move(letter, {State.OPEN}, State.PAUSED, _("Only an open letter can be paused."))


@transaction.atomic
def resume(*, letter: Letter) -> Letter:
    return _move(letter, {State.PAUSED}, State.OPEN, _("Only a paused letter can be resumed."))


@transaction.atomic
def close(*, letter: Letter, now: datetime) -> Letter:
    """For good: no signature can be added or confirmed any more."""
    letter = _move(
        letter,
        {State.OPEN, State.PAUSED},
        State.CLOSED,
        _("Only a published letter can be closed."),
    )
    letter.closed_at = now
    letter.save(update_fields=["closed_at"])
    chronicling.closed(letter=letter, at=now)
    outbox.publish("letter.closed", letter=letter.pk)
    return letter


def keep_open(*, letter: int) -> bool:
    """Whether signatures may still be added, and then nobody closes the letter before the end of
    this transaction: closing waits for whoever confirms, and who comes later finds it closed. So
    the log never has a signature after the end. Confirming waits for nobody else's confirming."""
    assert connection.in_atomic_block
    share = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state FROM campaigns_letter WHERE id = %s{share}", [letter])  # noqa: S608 - words of ours
        return bool(cursor.fetchone()[0] != State.CLOSED)


def close_due(*, now: datetime) -> int:
    """Close letters whose closing time, and the grace for links already sent, are over."""
    due = Letter.objects.filter(state__in=[State.OPEN, State.PAUSED], closes_at__lte=now - GRACE)
    closed = 0
    for letter in due:
        try:
            close(letter=letter, now=now)
        except Refused:  # closed by its organiser a moment ago
            continue
        closed += 1
    return closed


@transaction.atomic
def take_down(*, letter: Letter, because: str, now: datetime) -> Letter:
    """Staff hide a letter from any state; the public reason stays at its address."""
    letter = _locked(letter)
    letter.taken_down_at = letter.taken_down_at or now
    letter.taken_down_because = because
    letter.save(update_fields=["taken_down_at", "taken_down_because"])
    outbox.publish("letter.taken_down", letter=letter.pk)
    return letter


@transaction.atomic
def put_back(*, letter: Letter) -> Letter:
    letter = _locked(letter)
    letter.taken_down_at = None
    letter.taken_down_because = ""
    letter.save(update_fields=["taken_down_at", "taken_down_because"])
    return letter


def _locked(letter: Letter) -> Letter:
    return Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)


def _move(letter: Letter, before: set[Letter.State], after: Letter.State, why_not: str) -> Letter:
    letter = _locked(letter)
    if letter.state not in before:
        raise Refused(why_not)
    letter.state = after
    letter.save(update_fields=["state"])
    return letter


def _addressees(letter: Letter) -> list[dict[str, str]]:
    return [{"name": one.name, "role": one.role} for one in letter.targets.all()]


def _canonical_text(letter: Letter) -> str:
    return canonical(
        title=letter.title,
        summary=letter.summary,
        body=letter.body,
        sender=letter.sender,
        targets=_addressees(letter),
        language=letter.language,
        closes_at=letter.closes_at,
        zone=letter.zone,
        seats=letter.seats,
        anonymous_hours=letter.anonymous_hours,
    )


def _new_revision(letter: Letter, *, by: Organiser, note: str, now: datetime) -> Revision:
    revision = drawn_up(letter, by=by, note=note, now=now)
    revision.save(force_insert=True)
    chronicling.versions(revision)
    return revision


def drawn_up(letter: Letter, *, by: Organiser, note: str = "", now: datetime) -> Revision:
    """The next revision as it would be made now, not saved."""
    text_signed = _canonical_text(letter)
    last = letter.revisions.aggregate(last=Max("number"))["last"] or 0
    return Revision(
        letter=letter,
        number=last + 1,
        canonical=text_signed,
        sha256=sha256(text_signed),
        title=letter.title,
        summary=letter.summary,
        body=letter.body,
        body_html=text.to_html(letter.body),
        sender=letter.sender,
        targets=_addressees(letter),
        closes_at=letter.closes_at,
        language=letter.language,
        note=note,
        created_at=now,
        created_by=by,
    )
