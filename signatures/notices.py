"""The processing notice: one text per language, kept as it stood when somebody consented."""

import hashlib

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from campaigns.models import Letter
from signatures.models import Notice


def notice_text(letter: Letter, language: str) -> str:
    """What the form says about the data of those who sign this letter, as plain text."""
    with translation.override(language):
        revision = letter.revision
        rendered = render_to_string(
            "signing/notice.txt",
            {
                "letter": letter,
                "revision": revision,
                "site": settings.SITE_NAME,
                "operator": settings.OPERATOR_NAME,
                "operator_address": settings.OPERATOR_ADDRESS,
                "operator_email": settings.OPERATOR_EMAIL,
                "verification_hours": settings.VERIFICATION_HOURS,
                "pending_days": settings.PENDING_DAYS,
                "retention_days": settings.RETENTION_DAYS,
            },
        )
    return "\n".join(line.strip() for line in rendered.strip().splitlines())


def notice_for(letter: Letter, language: str) -> Notice:
    """The stored notice with exactly this text."""
    text = notice_text(letter, language)
    digest = hashlib.sha256(text.encode()).hexdigest()
    notice, _ = Notice.objects.get_or_create(
        sha256=digest, defaults={"language": language, "text": text}
    )
    return notice
