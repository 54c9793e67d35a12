"""The one shape of our mails to organisers, staff and people who want an account."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from campaigns import mails


def note(
    *,
    to: str,
    language: str,
    subject: str,
    before: Sequence[str],
    code: str = "",
    button: tuple[str, str] | None = None,
    after: Sequence[str] = (),
) -> EmailMessage:
    """A few sentences, perhaps a code or a button, and a word for whom it reached by mistake."""
    context = {
        "subject": subject,
        "before": before,
        "code": code,
        "label": button[0] if button else "",
        "link": button[1] if button else "",
        "after": after,
    }
    return mails.compose("note", to=to, subject=subject, language=language, context=context)


def contact() -> str:
    return str(settings.OPERATOR_EMAIL or settings.SITE_URL)


def page(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"
