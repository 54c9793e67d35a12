"""Delivering: a letter is handed over, and the target's office says that it came, and answers."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import cleaning
from campaigns.models import Letter, Organiser, Revision, Target
from signatures.models import Delivery, Export
from signatures.services import exporting
from worker import outbox

FILE_AGE = timedelta(days=90)  # a delivered file; it is for an office, not for a person in a hurry
LINK_AGE = timedelta(days=90)
OFFERED = 20  # files to choose from
CORRECTABLE = timedelta(hours=24)  # how long an answer may be replaced by its office
LIMITS = {
    "how_else": 150,
    "message": 2000,
    "received_by": 150,
    "answer": 10_000,
    "answered_by": 150,
}
Ready = Export.State.READY


class Refused(Exception):
    """It can't be done; the text is for whoever asked."""


class Ended(Exception):
    """The link led here once: the delivery was struck, its link replaced, or the letter is gone."""


@dataclass(frozen=True)
class Handover:
    """What an organiser records: which files, to whom, how, and when (a mail goes now)."""

    target: Target
    how: str
    exports: Sequence[Export]
    how_else: str = ""
    email: str = ""
    message: str = ""
    delivered_at: datetime | None = None


@transaction.atomic
def deliver(*, letter: Letter, by: Organiser, given: Handover, now: datetime) -> Delivery:
    """Record that a letter is handed over, with what was true at that moment."""
    if letter.revision is None or not letter.is_published or letter.is_taken_down:
        raise Refused(_("Only a published letter can be handed over."))
    if given.target.letter_id != letter.pk:
        raise Refused(_("Choose somebody the letter is addressed to."))
    mailed = given.how == Delivery.How.MAIL
    at = now if mailed else given.delivered_at or now
    if at > now:
        raise Refused(_("This lies in the future. Record it when it has happened."))
    if letter.published_at is not None and at < letter.published_at:
        raise Refused(_("The letter was not published then."))
    email = (given.email or given.target.email) if mailed else ""
    if mailed and not email:
        raise Refused(_("Give the e-mail address of the target’s office."))
    exporting.hold(letter.pk)  # nobody in a file is erased between looking at it and keeping it
    files = _files(letter, given.exports, mailed=mailed)
    count, revision = _as_of(letter, files)
    delivery = Delivery.objects.create(
        letter=letter,
        target=given.target,
        target_name=given.target.name,
        target_role=given.target.role,
        by=by,
        how=given.how,
        how_else=cleaning.line(given.how_else, limit=LIMITS["how_else"]),
        email=email,
        message=cleaning.paragraphs(given.message, limit=LIMITS["message"]),
        count=count,
        paper=letter.tally.paper,
        revision=revision,
        delivered_at=at,
    )
    delivery.exports.set(files)
    _keep(files, now + FILE_AGE)
    if mailed:
        _mail(delivery)
    return delivery


def deliverable(letter: Letter) -> Sequence[Export]:
    """The files of a letter that may leave the organiser's hands, the newest first.

    Only the PDFs: every other file holds what those who withhold their name wrote, and addresses.
    """
    rows = letter.exports.filter(format=Export.Format.PDF, ready_at__isnull=False)
    rows = rows.filter(state__in=[Ready, Export.State.EXPIRED])
    return list(rows.order_by("-ready_at", "-pk")[:OFFERED])


@transaction.atomic
def receive(*, uid: uuid.UUID, generation: int, by_name: str, now: datetime) -> Delivery:
    """The target's office says that it came. Saying so twice changes nothing."""
    delivery = _opened(uid, generation)
    if delivery.received_at is None:
        delivery.received_at = now
        delivery.received_by = cleaning.line(by_name, limit=LIMITS["received_by"])
        delivery.save(update_fields=["received_at", "received_by"])
        outbox.publish("delivery.received", delivery=delivery.pk)
    return delivery


@transaction.atomic
def answer(*, uid: uuid.UUID, generation: int, text: str, by_name: str, now: datetime) -> Delivery:
    """The office's answer, shown in public; within a day it may be replaced by a better one."""
    delivery = _opened(uid, generation)
    words = cleaning.paragraphs(text, limit=LIMITS["answer"])
    name = cleaning.line(by_name, limit=LIMITS["answered_by"])
    if not words or not name:
        raise Refused(_("Write your answer, and who gives it."))
    if delivery.received_at is None:
        raise Refused(_("Please say first that you have received it."))
    if (delivery.answer, delivery.answered_by) == (words, name):
        return delivery
    if not may_answer(delivery, now):
        raise Refused(_("Your answer has been public for more than a day and stays as it is."))
    delivery.answer, delivery.answered_by = words, name
    delivery.answered_at = delivery.answered_at or now
    delivery.save(update_fields=["answer", "answered_by", "answered_at"])
    outbox.publish("delivery.answered", delivery=delivery.pk)
    return delivery


def may_answer(delivery: Delivery, now: datetime) -> bool:
    """Whether the office may still write its answer, or write it anew."""
    if delivery.received_at is None:
        return False
    return delivery.answered_at is None or now - delivery.answered_at <= CORRECTABLE


@transaction.atomic
def renew_link(*, uid: uuid.UUID) -> Delivery:
    """A new private link; the old one ends. Mailed where the first was."""
    delivery = _lock(uid)
    if delivery.struck_at is not None:
        raise Refused(_("This delivery was struck. Record it anew if it did happen."))
    delivery.generation += 1
    delivery.save(update_fields=["generation"])
    if delivery.how == Delivery.How.MAIL:
        _mail(delivery)
    return delivery


@transaction.atomic
def send_again(*, uid: uuid.UUID) -> None:
    """The same mail once more, for an office that says nothing came."""
    delivery = _lock(uid)
    if delivery.struck_at is not None or delivery.how != Delivery.How.MAIL:
        raise Refused(_("There is no mail to send again."))
    _mail(delivery)


@transaction.atomic
def strike(*, uid: uuid.UUID, now: datetime) -> Delivery:
    """It was recorded by mistake: off the timeline, its link ends. The record itself stays."""
    delivery = _lock(uid)
    if delivery.struck_at is None:
        delivery.struck_at = now
        delivery.save(update_fields=["struck_at"])
        others = Delivery.objects.filter(letter=delivery.letter_id, struck_at__isnull=True)
        needed = Export.objects.filter(deliveries__in=others)
        undelivered = now + timedelta(hours=settings.EXPORT_HOURS)
        rows = Export.objects.filter(deliveries=delivery, expires_at__gt=undelivered)
        rows.exclude(pk__in=needed.values("pk")).update(expires_at=undelivered)
    return delivery


@transaction.atomic
def hide_answer(*, uid: uuid.UUID, now: datetime) -> None:
    """Take the answer's words off the letter's page, which then says that there was one."""
    delivery = _lock(uid)
    if delivery.answered_at is None:
        raise Refused(_("There is no answer yet."))
    if delivery.answer_hidden_at is None:
        delivery.answer_hidden_at = now
        delivery.save(update_fields=["answer_hidden_at"])


@transaction.atomic
def show_answer(*, uid: uuid.UUID) -> None:
    delivery = _lock(uid)
    delivery.answer_hidden_at = None
    delivery.save(update_fields=["answer_hidden_at"])


@dataclass(frozen=True)
class File:
    """A file as it was handed over, and the one that is to be had now: it may have a successor."""

    given: Export
    current: Export | None
    coming: bool = False  # a successor is being made

    @property
    def replaced(self) -> bool:
        return self.current is not None and self.current.pk != self.given.pk


def files(delivery: Delivery) -> list[File]:
    """What was handed over, each with its newest successor."""
    given = list(delivery.exports.order_by("ready_at", "pk"))
    chains = {export.pk: [export] for export in given}
    newest = {export.pk: export.pk for export in given}  # the end of a chain → where it began
    while newest:
        rows = Export.objects.filter(replaces__in=newest).order_by("asked_at", "pk")
        found = {row.pk: (newest[row.replaces_id], row) for row in rows if row.replaces_id}
        for first, row in found.values():
            chains[first].append(row)
        newest = {pk: first for pk, (first, _row) in found.items()}
    return [_file(chain) for chain in chains.values()]


def _file(chain: list[Export]) -> File:
    ready = [export for export in chain if export.state == Ready]
    coming = chain[-1].state in {Export.State.QUEUED, Export.State.RUNNING}
    return File(chain[0], ready[-1] if ready else None, coming=coming)


def _files(letter: Letter, exports: Sequence[Export], *, mailed: bool) -> list[Export]:
    """Locked, so that none of them expires meanwhile."""
    wanted = {export.pk for export in exports}
    allowed = {export.pk for export in deliverable(letter)}
    if not wanted:
        raise Refused(_("Choose the file that is handed over."))
    if not wanted <= allowed:
        raise Refused(_("Choose among the PDFs of this letter."))
    rows = list(Export.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if mailed and any(row.state != Ready for row in rows):
        raise Refused(_("A file behind a link must still be there. Make it anew first."))
    return rows


def _as_of(letter: Letter, files: Sequence[Export]) -> tuple[int, Revision]:
    """The count and the text of the newest file; of now, for files that don't say."""
    assert letter.revision is not None
    dated = [file for file in files if file.snapshot_at is not None]
    newest = max(dated, key=lambda file: file.snapshot_at, default=None)  # type: ignore[arg-type, return-value]
    if newest is None:
        return letter.tally.count, letter.revision
    then = letter.revisions.filter(created_at__lte=newest.snapshot_at).order_by("number").last()
    return newest.count, then or letter.revision


def _keep(files: Sequence[Export], until: datetime) -> None:
    rows = Export.objects.filter(pk__in=[file.pk for file in files], state=Ready)
    rows.filter(expires_at__lt=until).update(expires_at=until)


def _mail(delivery: Delivery) -> None:
    outbox.publish("delivery.mailed", delivery=delivery.pk, generation=delivery.generation)


def _lock(uid: uuid.UUID) -> Delivery:
    delivery = Delivery.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if delivery is None:
        raise Ended
    return delivery


def _opened(uid: uuid.UUID, generation: int) -> Delivery:
    delivery = _lock(uid)
    letter = Letter.objects.get(pk=delivery.letter_id)
    ended = delivery.struck_at is not None or letter.is_taken_down
    if ended or delivery.generation != generation:
        raise Ended
    return delivery
