"""A mail as people like it: plain words in two forms, with no picture, no tracking, one button."""

import re
from collections.abc import Mapping
from functools import cache

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

_BLANK_LINES = re.compile(r"\n{3,}")


def compose(
    template: str, *, to: str, subject: str, language: str, context: Mapping[str, object]
) -> EmailMultiAlternatives:
    """`emails/<template>.txt` and `.html`, in a language, as one multipart mail."""
    given = {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "language": language,
        **context,
    }
    with translation.override(language):
        plain = render_to_string(f"emails/{template}.txt", given)
        styled = render_to_string(f"emails/{template}.html", given)
    mail = EmailMultiAlternatives(
        subject=_one_line(subject),
        body=_BLANK_LINES.sub("\n\n", plain).strip() + "\n",
        to=[to],
        headers={"Auto-Submitted": "auto-generated", "Content-Language": language},
    )
    mail.attach_alternative(_inliner().inline(styled), "text/html")
    return mail


def _one_line(text: str) -> str:
    """Every kind of line end is a space: nothing can begin a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
