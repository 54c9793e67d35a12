"""Imprint, privacy, terms: the operator's own Markdown, or a text that is true to the settings."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from campaigns import caching, text
from campaigns.reading import read_only

TITLES = {"imprint": _("Imprint"), "privacy": _("Privacy"), "terms": _("Terms")}


@read_only
def imprint(request: HttpRequest) -> HttpResponse:
    return _page(request, "imprint")


@read_only
def privacy(request: HttpRequest) -> HttpResponse:
    return _page(request, "privacy")


@read_only
def terms(request: HttpRequest) -> HttpResponse:
    return _page(request, "terms")


def _page(request: HttpRequest, name: str) -> HttpResponse:
    own = _own(name)
    title, _break, body = own.partition("\n") if own.startswith("# ") else ("", "", own)
    context = {
        "title": title.removeprefix("# ").strip() or TITLES[name],
        "own": text.to_html(body) if own else "",
        "name": name,
        "operator_name": settings.OPERATOR_NAME,
        "operator_address": settings.OPERATOR_ADDRESS.replace("\\n", "\n"),
        "operator_email": settings.OPERATOR_EMAIL,
        "verification_hours": settings.VERIFICATION_HOURS,
        "pending_days": settings.PENDING_DAYS,
        "retention_days": settings.RETENTION_DAYS,
        "export_hours": settings.EXPORT_HOURS,
        "registration": settings.REGISTRATION,
    }
    page = render(request, f"pages/{name}.html", context)
    return caching.shared(request, page, max_age=300, stale=3600)


def _own(name: str) -> str:
    """PAGES_DIR/<name>.<language>.md, or <name>.md, or nothing."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    for file in (f"{name}.{language}.md", f"{name}.md"):
        try:
            return (Path(settings.PAGES_DIR) / file).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            continue
    return ""
