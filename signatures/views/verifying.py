"""`/verify/` checks a receipt or a delivered PDF in the browser: one file, so that it can be saved.

Script and style stand inside it and are allowed by their hashes alone. They are put in after the
template, so that nothing has to be marked safe: they are ours, byte for byte as in `static/`.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape

from campaigns import caching, text
from campaigns.models import Letter
from campaigns.reading import read_only
from signatures.proof import standing, verdicts

STYLES = ("css/tokens.css", "css/base.css", "css/verify.css")
SCRIPTS = tuple(
    f"js/verify/{name}.js"
    for name in (
        *("reading", "trees", "notes", "policies", "entries", "opening", "pdfwords", "pdfs"),
        *("asking", "checking", "showing", "page"),
    )
)
STYLE, SCRIPT = "<style></style>", '<script type="module"></script>'  # where they go
NAME = '<bdi id="origin"></bdi>'  # the log's, also for readers without scripts
LOCALES = {"en": "en-GB"}  # days as on the other pages
NAMED = 200  # letters whose titles the page knows, the newest first


@read_only
def page(request: HttpRequest) -> HttpResponseBase:
    allowed = {
        "script-src": [_hash(_source(SCRIPTS))],
        "style-src": [_hash(_source(STYLES))],
        "img-src": ["data:"],
        "font-src": [NONE],
        "frame-src": [NONE],
        "form-action": [NONE],
        "connect-src": [SELF, settings.SITE_URL],  # the log's own files, and nowhere else
    }
    return csp_replace(allowed)(_page)(request)


def _page(request: HttpRequest) -> HttpResponse:
    context = {
        "data": text.data_block(_data(), kind="application/json"),
        "log": standing.address(),
        "at": caching.tick(timezone.now()),  # the same bytes for ten minutes
    }
    page = render_to_string("verify/page.html", context, request)
    named = _filled(page, NAME, escape(standing.origin()))
    styled = _filled(named, STYLE, _source(STYLES))
    answer = HttpResponse(_filled(styled, SCRIPT, _source(SCRIPTS)))
    return caching.shared(request, answer, max_age=300, stale=3600)


def _data() -> dict[str, Any]:
    """What the page takes along: whom to believe, the letters' titles, the words."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    named = Letter.objects.public().filter(revision__isnull=False).order_by("-pk")[:NAMED]
    letters = named.values_list("uid", "slug", "revision__title")  # texts may be long
    return {
        "locale": LOCALES.get(language, language),
        "log": standing.address(),
        "policy": standing.trusted_policy().text,
        "letters": {
            uid.hex: [title, f"{settings.SITE_URL}/letters/{slug}/"] for uid, slug, title in letters
        },
        "words": verdicts.spoken(),
    }


@cache
def _source(names: tuple[str, ...]) -> str:
    static = Path(settings.BASE_DIR) / "static"
    return "\n".join((static / name).read_text("utf-8") for name in names)


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _filled(html: str, place: str, source: str) -> str:
    """`html` with the source inside its one empty element."""
    before, after = html.split(place)
    opening, closing = place.split("><")
    return f"{before}{opening}>{source}<{closing}{after}"
