"""Somebody reports a letter; staff decide."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import cleaning, sealing
from campaigns.models import Letter, Organiser, Report
from campaigns.services import publishing
from worker import outbox

ANSWERED = timedelta(days=90)


class Refused(Exception):
    """The report is decided; the text is for staff."""


@transaction.atomic
def report(*, letter: Letter, reason: str, text: str, email: str = "") -> Report:
    """Put a report into the queue. An address is kept only if an answer is wanted, and sealed."""
    found = Report(letter=letter, reason=reason, text=cleaning.paragraphs(text, limit=2000))
    if email:
        found.email_sealed = sealing.seal(email.encode(), place="report.email", row=found.uid.bytes)
    found.full_clean(exclude=["letter"])
    found.save(force_insert=True)
    outbox.publish("letter.reported", report=found.pk)
    return found


@transaction.atomic
def decide(*, report: Report, by: Organiser, take_down: bool, note: str, now: datetime) -> Report:
    """Close a report; taking the letter down gives `note` as its public reason."""
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if report.state != Report.State.OPEN:
        raise Refused(_("This report was decided already."))
    if take_down:
        publishing.take_down(letter=report.letter, because=note, now=now)
    report.state = Report.State.TAKEN_DOWN if take_down else Report.State.KEPT
    report.decided_at, report.decided_by, report.note = now, by, note
    report.save(update_fields=["state", "decided_at", "decided_by", "note"])
    return report


def answer_address(report: Report) -> str:
    """Where the reporter wants the answer, or nothing."""
    if report.email_sealed is None:
        return ""
    blob = bytes(report.email_sealed)
    return sealing.unseal(blob, place="report.email", row=report.uid.bytes).decode()


def sweep_addresses(*, now: datetime) -> int:
    """Forget where reporters wanted the answer, some time after the decision."""
    decided = Report.objects.filter(decided_at__lt=now - ANSWERED, email_sealed__isnull=False)
    return decided.update(email_sealed=None)
