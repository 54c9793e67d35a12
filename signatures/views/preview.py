"""A draft as readers will see it: the letter's own page, before there is a letter to sign."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns import language, text
from campaigns.access import letter_for
from campaigns.phases import Phase
from campaigns.services import publishing
from campaigns.views.doors import organiser, organisers
from campaigns.views.public import letter_context
from signatures.forms import SignForm


@organisers("GET")
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Seen by its organiser alone; nothing on it can be pressed. Once published it has a page."""
    letter = letter_for(organiser(request), slug)
    if letter.is_published:
        return redirect(letter)
    now = timezone.now()
    letter.revision = publishing.drawn_up(letter, by=organiser(request), now=now)
    letter.published_at = now
    language.page_language(request, letter)
    context = letter_context(letter) | {
        "preview": True,
        "phase": Phase.OPEN,
        "body": text.stored(letter.revision.body_html),
        "minutes": text.reading_minutes(letter.body),
        "form": SignForm(letter=letter),
    }
    return render(request, "organiser/preview.html", context)
