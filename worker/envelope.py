"""The envelope's sender: where a mail comes back to when it can't be handed over."""

import uuid

from django.conf import settings
from django.core.mail import EmailMessage


def seal(mail: EmailMessage, message: uuid.UUID, part: int) -> None:
    """Have a mail come back under its message's random id; who reads it sees the sender as ever."""
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    if not local:
        return
    mail.extra_headers.setdefault("From", mail.from_email)
    tail = f"-{part}" if part else ""
    mail.from_email = f"{local}+{message.hex}{tail}@{domain}"
