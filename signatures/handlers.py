"""What signing promises to the world, done by a worker. The row decides, not the message."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from campaigns import refs
from campaigns.models import Organiser
from signatures import deliveryemails, domains, emails, ownmails, personal, updateemails
from signatures.models import Delivery, Export, Signature, Update
from signatures.proof import proving
from signatures.proof.openings import Gone
from signatures.services import (
    bouncing,
    invalidating,
    making,
    recalling,
    reminding,
    suppressing,
    updating,
)
from worker import outbox
from worker.models import OutboxMessage

State = Signature.State


def _taken(messages: Sequence[OutboxMessage], at: datetime) -> None:
    bouncing.accepted(signatures=[int(message.ids["signature"]) for message in messages], at=at)


def _refused(message: OutboxMessage, reason: str, at: datetime) -> None:
    if reason.startswith("refused "):  # else it was tried in vain for a day, or killed its worker
        bouncing.refused(signature=int(message.ids["signature"]))


@outbox.mail("signature.asked", sent=_taken, refused=_refused)
def signature_asked(message: OutboxMessage) -> EmailMessage | None:
    """The mail with the button, or to those who signed before: "you have signed already"."""
    if not message.ids["mail"]:
        return None
    signature = _reachable(message)
    if signature is None:
        return None
    if suppressing.is_suppressed(signature.letter_id, signature.mailbox_anywhere):
        return None  # said of the seat beside it, while this waited
    now = timezone.now()
    if signature.state == State.PENDING and signature.letter.takes_confirmations(now):
        invited = signature.ref == refs.INVITED
        return (emails.invited if invited else emails.confirm)(signature, now=now)
    if signature.state in {State.CONFIRMED, State.INVALIDATED}:
        return emails.signed_already(signature, now=now)
    return None


@outbox.mail(reminding.TOPIC, refused=_refused)
def signature_reminded(message: OutboxMessage) -> EmailMessage | None:
    """Nothing to whoever confirmed, said "it wasn't me" or asked for another mail since."""
    signature = _reachable(message)
    if signature is None:
        return None
    generation, now = int(message.ids["generation"]), timezone.now()
    said = reminding.reminder_of(signature, generation=generation, now=now)
    return emails.reminder(signature, said) if said else None


@outbox.mail("signature.manage_asked")
def manage_asked(message: OutboxMessage) -> EmailMessage | None:
    """Also when the letter was taken down: what is kept of its signers stays theirs."""
    signature = _reachable(message, taken_down_too=True)
    return emails.manage(signature, now=timezone.now()) if signature else None


@outbox.mail("signature.denial_asked")
def denial_asked(message: OutboxMessage) -> EmailMessage | None:
    signature = _reachable(message, taken_down_too=True)
    return ownmails.deny(signature, now=timezone.now()) if signature else None


@outbox.on(recalling.ASKED)
def everything_asked(message: OutboxMessage) -> None:
    recalling.answer(message=message.uid, note=recalling.note_of(message), now=timezone.now())


@outbox.mail(recalling.MAILED)
def everything_mailed(message: OutboxMessage) -> EmailMessage | None:
    return ownmails.everything(recalling.note_of(message), now=timezone.now())


@outbox.mail("signature.receipt_asked")
def receipt_asked(message: OutboxMessage) -> EmailMessage | None:
    """Made when it is sent, against the newest checkpoint; nothing once its signer is forgotten."""
    signature = _reachable(message)
    if signature is None:
        return None
    try:
        data = proving.receipt_of(signature)
    except Gone:
        return None
    return emails.receipt(signature, data, now=timezone.now())


@outbox.on("invalidation.started", queue="export")  # long: must not keep mails waiting
def invalidation_started(message: OutboxMessage) -> None:
    invalidating.run(invalidation=message.ids["invalidation"], now=timezone.now())


@outbox.on("export.asked", queue="export")
def export_asked(message: OutboxMessage) -> None:
    making.run(export=message.ids["export"], now=timezone.now())


@outbox.mail("export.ready")
def export_ready(message: OutboxMessage) -> EmailMessage | None:
    export = _export(message, Export.State.READY)
    return emails.export_ready(export, now=timezone.now()) if export else None


@outbox.mail("export.failed")
def export_failed(message: OutboxMessage) -> EmailMessage | None:
    export = _export(message, Export.State.FAILED)
    return emails.export_failed(export) if export else None


def _export(message: OutboxMessage, state: Export.State) -> Export | None:
    """Unless it has gone on since: tried again, say, or ended."""
    rows = Export.objects.select_related("letter", "asked_by")
    return rows.filter(pk=message.ids["export"], state=state).first()


@outbox.mail("delivery.mailed")
def delivery_mailed(message: OutboxMessage) -> EmailMessage | None:
    """To the target's office; a link that has ended meanwhile is not sent."""
    delivery = _delivery(message)
    if delivery is None or delivery.generation != message.ids["generation"] or not delivery.email:
        return None
    return deliveryemails.handed_over(delivery, now=timezone.now())


@outbox.mail("delivery.received")
def delivery_received(message: OutboxMessage) -> EmailMessage | None:
    delivery = _delivery(message)
    return deliveryemails.received(delivery) if delivery else None


@outbox.mail("delivery.answered")
def delivery_answered(message: OutboxMessage) -> EmailMessage | None:
    delivery = _delivery(message)
    return deliveryemails.answered(delivery) if delivery else None


def _delivery(message: OutboxMessage) -> Delivery | None:
    """Unless it was struck or its letter taken down."""
    rows = Delivery.objects.select_related("letter__organiser", "revision")
    delivery = rows.filter(pk=message.ids["delivery"], struck_at__isnull=True).first()
    return None if delivery is None or delivery.letter.is_taken_down else delivery


@outbox.on("update.asked", queue="export")
def update_asked(message: OutboxMessage) -> None:
    ids = message.ids
    updating.go_on(update=ids["update"], reached=ids["reached"], now=timezone.now())


def _taken_updates(messages: Sequence[OutboxMessage], at: datetime) -> None:
    updating.mailed(updates=[message.ids["update"] for message in messages])


# In the other queue: however many they are, no mail with a button waits behind them.
@outbox.mail("update.mailed", queue="export", sent=_taken_updates)
def update_mailed(message: OutboxMessage) -> EmailMessage | None:
    """Whoever unsubscribed, withdrew or was erased since gets nothing."""
    update = updating.going(message.ids["update"])
    signature = updating.recipient(update, message.ids["signature"]) if update else None
    if update is None or signature is None:
        return None
    return updateemails.update(update, signature, now=timezone.now())


@outbox.mail("update.tried")
def update_tried(message: OutboxMessage) -> EmailMessage | None:
    update = Update.objects.select_related("letter__revision").filter(pk=message.ids["update"])
    organiser = Organiser.objects.filter(pk=message.ids["organiser"])
    found, to = update.first(), organiser.first()
    return updateemails.tried(found, to=to.email) if found and to else None


def _reachable(message: OutboxMessage, *, taken_down_too: bool = False) -> Signature | None:
    """The signature, unless it or its address is gone or its domain takes no mail."""
    signature = (
        Signature.objects.select_related("letter", "revision", "invalidation")
        .filter(pk=message.ids["signature"], email_sealed__isnull=False)
        .first()
    )
    if signature is None or (signature.letter.is_taken_down and not taken_down_too):
        return None
    if settings.CHECK_MAIL_DOMAINS:
        domain = personal.address_of(signature).rpartition("@")[2]
        if not domains.takes_mail(domain):
            bouncing.no_host(signature=signature.pk)
            return None
    return signature
