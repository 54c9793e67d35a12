"""Exports: asked for, watched, called off, fetched; only by the letter's organiser."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.access import letter_for
from campaigns.models import Letter
from campaigns.views.doors import organiser, organisers
from signatures import exportform, pace, tokens
from signatures.emails import EXPORT_LINK_AGE
from signatures.exportform import ExportForm
from signatures.exports import certificate
from signatures.exports.wish import PAPER, Unwanted
from signatures.models import Export
from signatures.services import exporting
from signatures.tokens import Purpose

SHOWN = 50
RECENT = 8  # shown at once; of the rest, what is waited for
AGAIN = 5  # seconds after which a page that watches without a script looks again
TYPES = {
    ".pdf": "application/pdf",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
    ".zip": "application/zip",
}


@dataclass(frozen=True)
class Shown:
    """An export as the page shows it."""

    export: Export
    link: str
    chosen: list[str]
    words: str

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.export.uid.hex,
            "state": self.export.state,
            "words": self.words,
            "done": self.export.done,
            "total": self.export.total,
        }


@organisers("GET")
def exports(request: HttpRequest, slug: str) -> HttpResponse:
    """`?watch` looks again by itself: asked for by a link, for browsers without scripts."""
    letter = letter_for(organiser(request), slug)
    return _page(request, letter, ExportForm(letter=letter), watching="watch" in request.GET)


@organisers("POST")
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    form = ExportForm(request.POST, letter=letter)
    if letter.revision is None:
        raise Http404
    if not form.is_valid():
        return _page(request, letter, form, status=422)
    try:
        export = exporting.ask(letter=letter, by=organiser(request), wish=form.wish())
    except (exporting.Refused, Unwanted) as refused:
        form.add_error(None, str(refused))
        return _page(request, letter, form, status=429)
    if export.state == Export.State.READY:
        messages.success(request, _("Nothing has changed since this file was made: here it is."))
    return redirect("letter_exports", slug)


@organisers("POST")
def cancel(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    def call_off(export: Export) -> None:
        if exporting.cancel(export=export):
            messages.success(request, _("Called off."))

    return _do(request, slug, uid, call_off)


@organisers("POST")
def again(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """What failed is tried once more; what has ended is made anew."""

    def make(export: Export) -> None:
        exporting.again(export=export, by=organiser(request))

    return _do(request, slug, uid, make)


@organisers("GET")
def state(request: HttpRequest, slug: str) -> JsonResponse:
    """What the page's script asks for every second while something is being made."""
    letter = letter_for(organiser(request), slug)
    return JsonResponse({"exports": [one.as_json() for one in _shown(letter)]})


@organisers("GET")
def download(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The file, for the letter's organiser and only through a link that hasn't ended."""
    letter = letter_for(organiser(request), slug)
    try:
        claim = tokens.read(token, Purpose.EXPORT, max_age=EXPORT_LINK_AGE, now=timezone.now())
    except tokens.ExpiredToken:
        return redirect("letter_exports", slug)
    except tokens.BadToken:
        raise Http404 from None
    row = get_object_or_404(Export, letter=letter, uid=claim.uid)
    if row.state != Export.State.READY or row.generation != claim.generation:
        return _lost(request, slug)
    try:
        return _file(letter, row)
    except FileNotFoundError:
        return _lost(request, slug)


def _lost(request: HttpRequest, slug: str) -> HttpResponse:
    messages.error(request, _("This file isn’t there any more. You can make it anew."))
    return redirect("letter_exports", slug)


def _file(letter: Letter, row: Export) -> HttpResponse:
    path = exporting.path_of(row)
    file = path.open("rb")
    what = _("paper") if row.format == PAPER else f"{row.ready_at:%Y-%m-%d}"
    return FileResponse(  # type: ignore[return-value]
        file,
        as_attachment=True,
        filename=f"{letter.slug}-{what}{path.suffix}",
        content_type=TYPES[path.suffix],
    )


def _do(
    request: HttpRequest, slug: str, uid: uuid.UUID, verb: Callable[[Export], None]
) -> HttpResponse:
    """One verb on one export of this organiser's letter, then back to the page."""
    letter = letter_for(organiser(request), slug)
    try:
        verb(get_object_or_404(Export, letter=letter, uid=uid))
    except (exporting.Refused, Unwanted) as refused:
        messages.error(request, str(refused))
    return redirect("letter_exports", slug)


def _page(
    request: HttpRequest,
    letter: Letter,
    form: ExportForm,
    *,
    watching: bool = False,
    status: int = 200,
) -> HttpResponse:
    shown = _shown(letter)
    busy = any(one.export.is_busy for one in shown)
    context = {
        "letter": letter,
        "form": form,
        "exports": [one for at, one in enumerate(shown) if at < RECENT or one.export.is_busy],
        "older": [one for one in shown[RECENT:] if not one.export.is_busy],
        "busy": busy,
        "watching": watching,
        "certificate": certificate.usable(),
    }
    response = render(request, "organiser/exports.html", context, status=status)
    if watching and busy:
        response["Refresh"] = str(AGAIN)
    return response


def _shown(letter: Letter) -> list[Shown]:
    now, rows = timezone.now(), list(letter.exports.order_by("-asked_at", "-pk")[:SHOWN])
    queued = any(row.state == Export.State.QUEUED for row in rows)
    places = exporting.places() if queued else {}
    return [_one(letter, row, places.get(row.pk, 0), now) for row in rows]


def _one(letter: Letter, row: Export, place: int, now: datetime) -> Shown:
    return Shown(
        row,
        _link(letter, row, now),
        exportform.in_words(row.wish),
        pace.in_words(row, place=place, now=now),
    )


def _link(letter: Letter, row: Export, now: datetime) -> str:
    if row.state != Export.State.READY:
        return ""
    token = tokens.make(Purpose.EXPORT, row.uid, generation=row.generation, at=now)
    return reverse("export_download", args=[letter.slug, token])
