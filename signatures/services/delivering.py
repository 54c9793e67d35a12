"""Delivering: an organiser records that a letter was handed over, and hands over the link."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import cleaning
from campaigns.models import Letter, Organiser, Revision, Target
from campaigns.services import chronicling
from signatures.models import Delivery, Export
from signatures.services import exporting
from worker import outbox

FILE_AGE = timedelta(days=90)  # a delivered file; it is for an office, not for a person in a hurry
LINK_AGE = timedelta(days=90)
TWICE = timedelta(minutes=1)  # what is recorded again so soon is meant once
OFFERED = 20  # files to choose from
LIMITS = {"how_else": 150, "message": 2000}
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

    @property
    def is_mailed(self) -> bool:
        return self.how == Delivery.How.MAIL


@transaction.atomic
def deliver(*, letter: Letter, by: Organiser, given: Handover, now: datetime) -> Delivery:
    """Record that a letter is handed over, with what was true at that moment."""
    at, email = _checked(letter, given, now)
    exporting.hold(letter.pk)  # nobody in a file is erased between looking at it and keeping it
    files = _files(letter, given.exports, mailed=given.is_mailed)
    same = _same(letter, given, email, files, now)
    if same is not None:
        return same
    count, paper, revision = _as_of(letter, files)
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
        paper=paper,
        revision=revision,
        delivered_at=at,
    )
    delivery.exports.set(files)
    for file in files:
        chronicling.delivered(letter=letter, sha256=file.sha256, at=now)
    _keep(files, now + FILE_AGE)
    if given.is_mailed:
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
def renew_link(*, uid: uuid.UUID) -> Delivery:
    """A new private link; the old one ends. Mailed where the first was."""
    delivery = lock(uid)
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
    delivery = lock(uid)
    if delivery.struck_at is not None or delivery.how != Delivery.How.MAIL:
        raise Refused(_("There is no mail to send again."))
    _mail(delivery)


@transaction.atomic
def strike(*, uid: uuid.UUID, now: datetime) -> Delivery:
    """It was recorded by mistake: off the timeline, its link ends. The record itself stays."""
    delivery = lock(uid)
    if delivery.struck_at is None:
        delivery.struck_at = now
        delivery.save(update_fields=["struck_at"])
        others = Delivery.objects.filter(letter=delivery.letter_id, struck_at__isnull=True)
        needed = Export.objects.filter(deliveries__in=others)
        undelivered = now + timedelta(hours=settings.EXPORT_HOURS)
        rows = Export.objects.filter(deliveries=delivery, expires_at__gt=undelivered)
        rows.exclude(pk__in=needed.values("pk")).update(expires_at=undelivered)
    return delivery


def _checked(letter: Letter, given: Handover, now: datetime) -> tuple[datetime, str]:
    """When, and to which address. Raises Refused."""
    if letter.revision is None or not letter.is_published or letter.is_taken_down:
        raise Refused(_("Only a published letter can be handed over."))
    if given.target.letter_id != letter.pk:
        raise Refused(_("Choose somebody the letter is addressed to."))
    at = now if given.is_mailed else given.delivered_at or now
    if at > now:
        raise Refused(_("This lies in the future. Record it when it has happened."))
    if letter.published_at is not None and at < letter.published_at:
        raise Refused(_("The letter was not published then."))
    email = (given.email or given.target.email) if given.is_mailed else ""
    if given.is_mailed and not email:
        raise Refused(_("Give the e-mail address of the target’s office."))
    return at, email


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


def _same(
    letter: Letter, given: Handover, email: str, files: Sequence[Export], now: datetime
) -> Delivery | None:
    """The one that a button pressed twice has just recorded."""
    rows = letter.deliveries.filter(
        target=given.target, how=given.how, email=email, struck_at__isnull=True,
        recorded_at__gt=now - TWICE,
    )  # fmt: skip
    wanted = {file.pk for file in files}
    return next((row for row in rows if {one.pk for one in row.exports.all()} == wanted), None)


def _as_of(letter: Letter, files: Sequence[Export]) -> tuple[int, int, Revision]:
    """The counts and the text of the newest file; of now, for files that don't say."""
    assert letter.revision is not None
    dated = [file for file in files if file.snapshot_at is not None]
    newest = max(dated, key=lambda file: file.snapshot_at, default=None)  # type: ignore[arg-type, return-value]
    if newest is None:
        return letter.tally.count, letter.tally.paper, letter.revision
    then = letter.revisions.filter(created_at__lte=newest.snapshot_at).order_by("number").last()
    return newest.count, newest.paper, then or letter.revision


def _keep(files: Sequence[Export], until: datetime) -> None:
    rows = Export.objects.filter(pk__in=[file.pk for file in files], state=Ready)
    rows.filter(expires_at__lt=until).update(expires_at=until)


def _mail(delivery: Delivery) -> None:
    outbox.publish("delivery.mailed", delivery=delivery.pk, generation=delivery.generation)


def lock(uid: uuid.UUID) -> Delivery:
    delivery = Delivery.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if delivery is None:
        raise Ended
    return delivery
