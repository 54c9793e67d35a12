"""Who stands first: the organiser's choice of initial signatories, and their order."""

import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.access import letter_for
from campaigns.models import Letter
from campaigns.views.doors import organiser, organisers
from signatures import listing
from signatures.services import pinning

PAGE = 30
HERE = ("q", "after")  # where in the list one was, so that a button leads back there


@organisers("GET")
def first(request: HttpRequest, slug: str) -> HttpResponse:
    """Those who stand first, and the public list to choose from."""
    letter = letter_for(organiser(request), slug)
    return _page(request, letter, listing.Wanted.from_query(request.GET.dict()))


@organisers("POST")
def put(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    return _done(request, slug, uid, pinning.put_first, back="list-title")


@organisers("POST")
def up(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    return _done(request, slug, uid, pinning.move_up, back=f"at-{uid.hex}")


@organisers("POST")
def off(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    return _done(request, slug, uid, pinning.take_off, back="first-title")


def _done(
    request: HttpRequest, slug: str, uid: uuid.UUID, verb: Callable[..., None], *, back: str
) -> HttpResponse:
    """`back` is the place on the page to go on from."""
    letter = letter_for(organiser(request), slug)
    here = {name: request.POST[name] for name in HERE if request.POST.get(name)}
    try:
        verb(letter=letter, uid=uid)
    except pinning.Refused as refused:
        wanted = listing.Wanted.from_query(here)
        return _page(request, letter, wanted, refused=str(refused), status=409)
    messages.success(request, _("Saved."))
    asked = f"?{urlencode(here)}" if here else ""
    return redirect(f"{reverse('letter_first', args=[slug])}{asked}#{back}")


def _page(
    request: HttpRequest,
    letter: Letter,
    wanted: listing.Wanted,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "letter": letter,
        "wanted": wanted,
        "first": listing.initial(letter, pinning.MOST),
        "page": listing.page(letter, wanted, size=PAGE),
        "most": pinning.MOST,
        "refused": refused,
    }
    return render(request, "organiser/first.html", context, status=status)
