"""Retiring: once somebody is erased or hides their name, no file that may hold it is offered.

A file that was handed over is replaced by one made anew; its checksum stays on record.
"""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures.exports import wording
from signatures.exports.wish import PAPER, PDF
from signatures.models import Delivery, Export, Signature
from signatures.services import exporting

ERASED = _("Somebody who is in it has erased their data since.")
HIDDEN = _("Somebody who is in it withholds their name since.")
CORRECTED = _("Somebody who is in it has corrected what they wrote since.")
SLACK = timedelta(minutes=1)  # between the moment printed and the look itself
LAG = timedelta(days=1)  # that the sequencer, at its worst, may need to uncount a signature
State = Export.State


def retire(*, signature: Signature, reason: str | Promise, handed_over: bool = True) -> None:
    """Take back the letter's files that may hold this person. Call it before they change.

    Those that were handed over stay with `handed_over=False`: what they said was true then.
    """
    if signature.number is None or signature.erased_at is not None:
        return  # never counted, or long forgotten: in no file
    exporting.hold(signature.letter_id)
    exports = Export.objects.filter(letter=signature.letter_id).exclude(format=PAPER)
    exports.filter(state=State.RUNNING).update(snapshot_at=None)  # see making
    ready = exports.filter(_may_hold(signature), state=State.READY)
    rows = ready.select_for_update(of=("self",)).select_related("letter", "asked_by")
    for export in rows.order_by("pk"):
        delivered = was_delivered(export)
        if delivered and not handed_over:
            continue
        _end(export, reason)
        if delivered:
            exporting.queue(
                letter=export.letter, by=export.asked_by, wish=export.wish, replaces=export
            )


def _may_hold(signature: Signature) -> Q:
    """Made while the signature counted; and not a PDF, where the name was withheld already."""
    of_then = Q(snapshot_at__isnull=True)
    since = Q(snapshot_at__isnull=False)
    if signature.confirmed_at:
        since &= Q(snapshot_at__gte=signature.confirmed_at - SLACK)
    if signature.cancelled_at and not signature.counted:
        since &= Q(snapshot_at__lte=signature.cancelled_at + LAG)
    held = of_then | since
    if not signature.public and signature.changed_at:
        held &= ~Q(format=PDF, snapshot_at__gt=signature.changed_at + SLACK)
    return held


def _end(export: Export, reason: str | Promise) -> None:
    with translation.override(wording.words(export.letter.language)):
        export.reason = str(reason)
    export.state = State.EXPIRED
    export.generation += 1
    export.save(update_fields=["state", "reason", "generation"])
    file = exporting.path_of(export)
    transaction.on_commit(partial(file.unlink, missing_ok=True), robust=True)


def was_delivered(export: Export) -> bool:
    """It, or the first of those it replaces: whoever has that one is to have the newest."""
    first: Export | None = export
    while first is not None and first.replaces_id is not None:
        first = first.replaces
    return Delivery.objects.filter(exports=first, struck_at__isnull=True).exists()
