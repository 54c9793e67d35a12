"""One function per mail to a supporter."""

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import mails
from campaigns.models.letter import GRACE
from signatures import codes, personal, tokens
from signatures.models import Export, Signature
from signatures.proof import receipts
from signatures.services.mailing import MANAGE_AGE
from signatures.services.reminding import Reminder
from signatures.tokens import Purpose

EXPORT_LINK_AGE = timedelta(hours=72)

# What a mail program would turn into a link: somebody else may have typed it as a "name".
_LINK_LIKE = re.compile(r"://|www\.|@|\w{2,}\.\w{2,}", re.IGNORECASE)


def confirm(signature: Signature, *, now: datetime) -> EmailMessage:
    """The mail with the button. Its time runs from now."""
    with translation.override(signature.language):
        subject = _("Please confirm: “{title}”")
    return _to_confirm("confirm", signature, now, subject)


def invited(signature: Signature, *, now: datetime) -> EmailMessage:
    """The same button for somebody whom the organiser has named; it says who that is."""
    with translation.override(signature.language):
        subject = _("Will you sign “{title}”?")
    inviter = greeting_name(signature.letter.organiser.name) or signature.revision.sender
    return _to_confirm("invited", signature, now, subject, inviter=inviter)


def _to_confirm(
    template: str, signature: Signature, now: datetime, subject: str, **more: str
) -> EmailMessage:
    until = now + timedelta(hours=settings.VERIFICATION_HOURS)
    closes_at = signature.letter.closes_at
    if closes_at is not None:
        until = min(until, closes_at + GRACE)
    return _written(
        template,
        signature,
        now,
        Purpose.CONFIRM,
        subject,
        until=until,
        checkpoint=receipts.newest_checkpoint(),
        code=codes.grouped(codes.of(signature.uid, signature.generation)),
        **more,
    )


def reminder(signature: Signature, said: Reminder) -> EmailMessage:
    """Once more the button, by a link that ends when the first one does."""
    assert signature.mailed_at is not None  # else nobody is reminded
    with translation.override(signature.language):
        subject = _("Not counted yet: “{title}”")
    return _written(
        "reminder",
        signature,
        signature.mailed_at,
        Purpose.CONFIRM,
        subject,
        until=said.until,
        again=said.again,
        code=codes.grouped(codes.of(signature.uid, signature.generation)),
    )


def signed_already(signature: Signature, *, now: datetime) -> EmailMessage:
    """To the mailbox's owner alone: the page says the same to everybody."""
    with translation.override(signature.language):
        subject = _("You have signed “{title}” already")
    return _written("signed_already", signature, now, Purpose.MINE, subject)


def manage(signature: Signature, *, now: datetime) -> EmailMessage:
    """The link for changing, withdrawing and erasing."""
    with translation.override(signature.language):
        subject = _("Your signature under “{title}”")
    until = now + MANAGE_AGE
    return _written("manage", signature, now, Purpose.MANAGE, subject, until=until)


def receipt(signature: Signature, data: bytes, *, now: datetime) -> EmailMessage:
    """The receipt as a file, because its signer asked for it; never of our own accord."""
    with translation.override(signature.language):
        subject = _("Your receipt for “{title}”")
    mail = _written("receipt", signature, now, Purpose.MINE, subject)
    # Not as text: a mail program may change line ends, and with them the signatures.
    mail.attach(receipts.file_name(signature), data, "application/octet-stream")
    return mail


def export_ready(export: Export, *, now: datetime) -> EmailMessage:
    """To the organiser: a link that ends, for who is logged in. The file never travels by mail."""
    letter = export.letter
    with translation.override(letter.language):
        if export.replaces_id:
            subject = _("The {format} of “{title}” was made anew")
        else:
            subject = _("The {format} of “{title}” is ready")
    token = tokens.make(Purpose.EXPORT, export.uid, generation=export.generation, at=now)
    link = reverse("export_download", args=[letter.slug, token])
    assert export.expires_at is not None  # it is ready
    context = {
        "link": f"{settings.SITE_URL}{link}",
        "until": min(export.expires_at, now + EXPORT_LINK_AGE),
    }
    return _of_export("export_ready", export, subject, context)


def export_failed(export: Export) -> EmailMessage:
    """To the organiser: why, and the page where it can be tried again."""
    with translation.override(export.letter.language):
        subject = _("The {format} of “{title}” could not be made")
    return _of_export("export_failed", export, subject, {})


def _of_export(
    template: str, export: Export, subject: str, context: dict[str, object]
) -> EmailMessage:
    letter = export.letter
    page = reverse("letter_exports", args=[letter.slug])
    with translation.override(letter.language), timezone.override(UTC):
        return mails.compose(
            template,
            to=export.asked_by.email,
            subject=subject.format(format=export.get_format_display(), title=letter.title),
            language=letter.language,
            context={
                "letter": letter,
                "export": export,
                "page": f"{settings.SITE_URL}{page}",
                **context,
            },
        )


def _written(
    template: str,
    signature: Signature,
    now: datetime,
    purpose: Purpose,
    subject: str,
    *,
    until: datetime | None = None,
    checkpoint: str = "",
    **more: object,
) -> EmailMessage:
    letter, revision = signature.letter, signature.revision
    opens = link(signature, purpose, now)
    context = {
        "signature": signature,
        "letter": letter,
        "revision": revision,
        "name": greeting_name(personal.person_of(signature).name),
        "link": opens,
        "not_me_link": f"{opens}not-me/" if purpose == Purpose.CONFIRM else "",
        "everything_link": f"{settings.SITE_URL}/{signature.language}{reverse('everything_ask')}",
        "verify_link": f"{settings.SITE_URL}{reverse('verify')}",
        "letter_link": f"{settings.SITE_URL}{letter.get_absolute_url()}",
        "until": until,
        "pending_days": settings.PENDING_DAYS,
        "checkpoint": checkpoint,
        **more,
    }
    with timezone.override(letter.tzinfo):
        return mails.compose(
            template,
            to=personal.address_of(signature),
            subject=subject.format(title=revision.title),
            language=signature.language,
            context=context,
        )


def link(signature: Signature, purpose: Purpose, now: datetime) -> str:
    """The whole address of a page that only this mail's reader can open."""
    token = tokens.make(purpose, signature.uid, generation=signature.generation, at=now)
    page = "confirm" if purpose == Purpose.CONFIRM else "mine"
    return f"{settings.SITE_URL}{reverse(page, args=[token])}"


def greeting_name(name: str) -> str:
    """The name as typed, or nothing when a mail program would make a link of it."""
    return "" if _LINK_LIKE.search(name) else name
