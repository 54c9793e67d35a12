"""What letters and accounts promise to the world, done by a worker. The row decides."""

import json

import structlog
from django.core.mail import EmailMessage
from django.utils import timezone

from campaigns import accountmails, emails, sealing
from campaigns.models import Invitation, Letter, Organiser, Report
from campaigns.services import resealing
from worker import outbox
from worker.models import OutboxMessage

State = Letter.State
log = structlog.get_logger(__name__)


@outbox.mail("account.mail")
def account_mail(message: OutboxMessage) -> EmailMessage | None:
    if message.sealed is None:
        return None
    note = sealing.unseal(message.sealed, place="account.mail", row=message.uid.bytes)
    return accountmails.account(json.loads(note))


@outbox.mail("organiser.invited")
def organiser_invited(message: OutboxMessage) -> EmailMessage | None:
    invitation = Invitation.objects.filter(
        pk=message.ids["invitation"], used_at=None, expires_at__gt=timezone.now()
    ).first()
    return emails.invited(invitation) if invitation else None


@outbox.mail("letter.review_asked")
def letter_review_asked(message: OutboxMessage) -> list[EmailMessage]:
    letter = _letter(message)
    if letter is None or letter.state != State.REVIEW:
        return []
    return [emails.review_asked(letter, to) for to in _staff()]


@outbox.mail("letter.reported")
def letter_reported(message: OutboxMessage) -> list[EmailMessage]:
    report = (
        Report.objects.select_related("letter")
        .filter(pk=message.ids["report"], state=Report.State.OPEN)
        .first()
    )
    return [emails.reported(report, to) for to in _staff()] if report else []


@outbox.mail("letter.published")
def letter_published(message: OutboxMessage) -> EmailMessage | None:
    """Only those whose letter somebody else opened have to be told."""
    letter = _letter(message)
    if letter is None or letter.revision is None:
        return None
    opened_by_staff = letter.revisions.exclude(created_by=letter.organiser).filter(number=1)
    return emails.approved(letter) if opened_by_staff.exists() else None


@outbox.mail("letter.sent_back")
def letter_sent_back(message: OutboxMessage) -> EmailMessage | None:
    letter = _letter(message)
    return emails.sent_back(letter) if letter and letter.state == State.DRAFT else None


@outbox.mail("letter.taken_down")
def letter_taken_down(message: OutboxMessage) -> EmailMessage | None:
    letter = _letter(message)
    return emails.taken_down(letter) if letter and letter.is_taken_down else None


@outbox.mail("letter.closed")
def letter_closed(message: OutboxMessage) -> EmailMessage | None:
    letter = _letter(message)
    return emails.closed(letter) if letter else None


@outbox.on(resealing.TOPIC, queue="export")
def keys_reseal(message: OutboxMessage) -> None:
    """Long work: the queue of long work. What is stale afterwards is for somebody to look at."""
    done = sum(1 for _ in resealing.reseal())
    left = sum(resealing.stale().values())
    (log.error if left else log.info)("keys rotated", slices=done, left=left)


def _letter(message: OutboxMessage) -> Letter | None:
    rows = Letter.objects.select_related("organiser", "revision", "tally")
    return rows.filter(pk=message.ids["letter"]).first()


def _staff() -> list[str]:
    rows = Organiser.objects.filter(is_staff=True, is_active=True).order_by("pk")
    return list(rows.values_list("email", flat=True))
