"""A letter's whole privacy notice: public, the same for everybody, in the language asked for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from campaigns import caching, language
from campaigns.access import public_letter
from campaigns.reading import read_only
from campaigns.views.public import gone, letter_context
from signatures import notices


@read_only
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody who signs now agrees to. Who has signed sees on their own page what they did
    agree to."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return gone(request, letter)
    notice = notices.shown(letter, get_language() or settings.LANGUAGE_CODE)
    context = letter_context(letter) | {"blocks": notice.blocks}
    answer = render(request, "letters/privacy.html", context)
    return caching.shared(request, answer, max_age=60, stale=300)
