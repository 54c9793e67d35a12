"""The elements for other people's pages: their script, and what a counter has to know."""

from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from campaigns import caching, language
from campaigns.access import public_letter
from campaigns.problems import problem
from campaigns.reading import read_only
from campaigns.views.embeds import gone_as_data
from campaigns.worded import spoken, worded


@read_only
def script(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(_source(), content_type="text/javascript; charset=utf-8")
    return _open(request, answer, max_age=3600, stale=86_400)


@read_only
def told(request: HttpRequest, slug: str) -> HttpResponse:
    """Unlike pages it also tells other sites' scripts that there is no such letter: so that they
    stop asking."""
    try:
        letter = public_letter(slug)
    except Http404:
        return _open(request, problem(404, _("There is no such letter.")), max_age=15)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return gone_as_data(request, letter, **spoken())
    prefix = getattr(request, "language_prefix", "")
    said = worded(letter, now=timezone.now(), prefix=prefix)
    answer = JsonResponse(said, json_dumps_params={"ensure_ascii": False})
    return _open(request, answer, max_age=2, stale=10)


@cache
def _source() -> bytes:
    return bytes((settings.BASE_DIR / "static" / "js" / "embed.js").read_bytes())


def _open(
    request: HttpRequest, answer: HttpResponse, *, max_age: int, stale: int = 0
) -> HttpResponse:
    patch_vary_headers(answer, ["Accept-Encoding"])
    return caching.shared(request, caching.open_to_all(answer), max_age=max_age, stale=stale)
