"""Mails to whoever owns an address, about what was signed with it."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import mails
from signatures import personal, tokens
from signatures.models import Signature
from signatures.services import recalling
from signatures.services.mailing import MANAGE_AGE
from signatures.services.recalling import Note
from signatures.tokens import Purpose


def deny(signature: Signature, *, now: datetime) -> EmailMessage:
    """The fresh link for whoever says that they never signed."""
    with translation.override(signature.language):
        subject = _("You didn’t sign “{title}”?")
    token = tokens.make(Purpose.MANAGE, signature.uid, generation=signature.generation, at=now)
    context = {
        "link": f"{settings.SITE_URL}{reverse('not_me', args=[token])}",
        "revision": signature.revision,
        "until": now + MANAGE_AGE,
    }
    with timezone.override(signature.letter.tzinfo):
        return mails.compose(
            "not_me",
            to=personal.address_of(signature),
            subject=subject.format(title=signature.revision.title),
            language=signature.language,
            context=context,
        )


def everything(note: Note, *, now: datetime) -> EmailMessage:
    """One link to all that the mailbox signed here. It names no letter: mails lie about openly."""
    with translation.override(note.language):
        subject = _("Everything you signed on {site}").format(site=settings.SITE_NAME)
    page = reverse("everything", args=[recalling.link_token(note.to, now=now)])
    context = {
        "link": f"{settings.SITE_URL}/{note.language}{page}",
        "until": now + MANAGE_AGE,
    }
    return mails.compose(
        "everything", to=note.to, subject=subject, language=note.language, context=context
    )
