"""Where a letter's stream is: another process serves it, and this one knows its address."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns import caching
from campaigns.access import public_letter
from campaigns.problems import problem
from campaigns.reading import read_only
from campaigns.views.embeds import gone_as_data

SECONDS = 60


@read_only
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """Leads to the stream. Where streams share our origin the proxy should have taken this request:
    then there is none, and pages ask for the count instead."""
    letter = public_letter(slug)
    if letter.is_taken_down:
        return gone_as_data(request, letter)
    if settings.LIVE_URL == settings.SITE_URL:
        answer: HttpResponse = problem(
            503, _("No stream here"), detail=_("Ask for count.json instead.")
        )
        answer["Retry-After"] = SECONDS
    else:
        answer = HttpResponse(status=307, content_type="text/plain; charset=utf-8")
        prefix = getattr(request, "language_prefix", "")
        answer["Location"] = f"{settings.LIVE_URL}{prefix}{request.path_info}"
    return caching.shared(request, caching.open_to_all(answer), max_age=SECONDS)
