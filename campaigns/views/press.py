"""A letter's page for those who write about it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from campaigns import caching, growth, language, sharing
from campaigns.access import public_letter
from campaigns.reading import read_only
from campaigns.views import public

CURVE = (640, 120)  # in the SVG's own units
DAYS = 31  # in the table; the whole history is a file


@read_only
def press(request: HttpRequest, slug: str) -> HttpResponse:
    """The number and when it was so, how it came about, and what may stand beside an article."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return public.gone(request, letter)
    now = timezone.now()
    grown = growth.of_letter(letter, now=caching.tick(now), width=CURVE[0], height=CURVE[1])
    context = public.letter_context(letter) | {
        "now": now.replace(second=0, microsecond=0),
        "growth": grown,
        "days": grown.latest[:DAYS],
        "older": len(grown.days) > DAYS,
        "snippets": sharing.for_press(letter, prefix=getattr(request, "language_prefix", "")),
    }
    page = render(request, "letters/press.html", context)
    return caching.shared(request, page, max_age=60, stale=300)
