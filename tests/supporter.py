"""What a supporter does, over HTTP: fill in the form, read the mail, press the button."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from signatures import tokens
from worker.relay import relay

_LINK = re.compile(r"^https?://\S+/(?:confirm|mine)/\S+$", re.MULTILINE)
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def browser(**environ: Any) -> Client:
    """A new visitor without cookies, at REMOTE_ADDR if one is given."""
    return Client(enforce_csrf_checks=True, **environ)


def form(letter: Letter, **changes: Any) -> dict[str, Any]:
    """The form as the letter's page sends it; a field given as None is left out."""
    given = {
        "name": "Joan Baker",
        "email": "joan@example.org",
        "public": "on",
        "language": "en",
        "token": token(letter),
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def token(letter: Letter) -> str:
    assert letter.revision is not None
    return tokens.make_form(letter.uid, letter.revision.number, at=timezone.now())


def sign(
    letter: Letter, *, client: Client | None = None, headers: Any = None, **changes: Any
) -> Any:
    client = client or browser()
    address = reverse("sign", args=[letter.slug])
    return client.post(address, form(letter, **changes), headers=headers)


def new_mails() -> list[EmailMessage]:
    """Let the worker send what waits, and take it."""
    relay.run("mail")
    found = list(mail.outbox)
    mail.outbox.clear()
    return found


def link(message: EmailMessage) -> str:
    """The path of the link that stands alone on a line of the text part."""
    found = _LINK.findall(str(message.body))
    assert len(found) == 1, message.body
    assert found[0].startswith(settings.SITE_URL)
    return urlsplit(found[0]).path


def press(path: str, *, client: Client | None = None, **fields: Any) -> Any:
    """Open the page and press its button, with all that its form holds."""
    client = client or browser()
    page = client.get(path).content.decode()
    return client.post(path, dict(_HIDDEN.findall(page)) | {"press": "confirm"} | fields)
