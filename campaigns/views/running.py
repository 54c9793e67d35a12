"""Opening, pausing, resuming and closing a letter: one button each, one door each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.access import letter_for
from campaigns.models import Letter
from campaigns.services import publishing
from campaigns.views.doors import organiser, organisers
from campaigns.views.organise import lay_out


@organisers("POST")
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    try:
        letter = publishing.publish(letter=letter, by=organiser(request), now=timezone.now())
    except publishing.Refused as refused:
        return lay_out(request, letter, refused=str(refused), status=409)
    if letter.state == Letter.State.REVIEW:
        said = _("Thank you. Staff read it now, and open it when it keeps the rules of this place.")
    else:
        said = _("Your letter is published. Sign it yourself, then send its address to others.")
    messages.success(request, said)
    return redirect("letter_desk", letter.slug)


@organisers("POST")
def pause(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    try:
        publishing.pause(letter=letter)
    except publishing.Refused as refused:
        return lay_out(request, letter, refused=str(refused), status=409)
    messages.success(request, _("Paused. Nobody new can sign; links already sent still work."))
    return redirect("letter_desk", slug)


@organisers("POST")
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    try:
        publishing.resume(letter=letter)
    except publishing.Refused as refused:
        return lay_out(request, letter, refused=str(refused), status=409)
    messages.success(request, _("Open again."))
    return redirect("letter_desk", slug)


@organisers("GET", "POST")
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """There is no way back, so the link shows what it means and the button does it."""
    letter = letter_for(organiser(request), slug)
    if request.method != "POST":
        return render(request, "organiser/close.html", {"letter": letter})
    try:
        publishing.close(letter=letter, now=timezone.now())
    except publishing.Refused as refused:
        return lay_out(request, letter, refused=str(refused), status=409)
    messages.success(request, _("Closed for good. The letter and its signatures stay readable."))
    return redirect("letter_desk", slug)
