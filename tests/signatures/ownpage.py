"""A signer's own page, as tests open it: by an old mail, or by a fresh link."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Letter
from campaigns.services import publishing
from signatures import tokens
from signatures.models import Signature
from signatures.tokens import Purpose
from tests import make


def page_of(signature: Signature, purpose: Purpose = Purpose.MINE) -> str:
    token = tokens.make(purpose, signature.uid, generation=signature.generation, at=timezone.now())
    return reverse("mine", args=[token])


def fresh(signature: Signature) -> str:
    """The page by a link that has just been mailed."""
    return page_of(signature, Purpose.MANAGE)


def old(letter: Letter | None = None, **fields: Any) -> Signature:
    """A signature counted two hours ago."""
    then = timezone.now() - timedelta(hours=2)
    return make.counted(letter or make.letter(now=then), now=then, **fields)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def revised(letter: Letter, title: str = "Give the Aller all its water back") -> Letter:
    """The letter with a newer text."""
    letter = Letter.objects.select_related("revision", "organiser").get(pk=letter.pk)
    letter.title = title
    letter.save(update_fields=["title"])
    publishing.revise(letter=letter, by=letter.organiser, note="", now=timezone.now())
    return letter
