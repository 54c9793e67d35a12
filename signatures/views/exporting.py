"""Exports: asked for, watched, fetched; only by the letter's organiser, never kept in a cache."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.access import letter_for
from campaigns.models import Letter
from signatures import tokens
from signatures.forms import ExportForm
from signatures.models import Export
from signatures.services import exporting
from signatures.tokens import Purpose

LINK_AGE = timedelta(hours=1)
SHOWN = 50
TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@never_cache
@require_safe
@login_required
def exports(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(request.user, slug)
    return _page(request, letter, ExportForm())


@require_POST
@login_required
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(request.user, slug)
    form = ExportForm(request.POST)
    if letter.revision is None:
        raise Http404
    if not form.is_valid():
        return _page(request, letter, form, status=422)
    try:
        exporting.ask(letter=letter, by=request.user, **form.wish())  # type: ignore[arg-type]
    except exporting.Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, letter, form, status=429)
    return redirect("letter_exports", slug)


@never_cache
@require_safe
@login_required
def state(request: HttpRequest, slug: str) -> JsonResponse:
    """What the page's script asks for every second while something is being made."""
    letter = letter_for(request.user, slug)
    return JsonResponse({"exports": [_as_json(row) for row in _rows(letter)]})


@never_cache
@require_safe
@login_required
def download(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """The file, for the letter's organiser and only through a link less than an hour old."""
    letter = letter_for(request.user, slug)
    try:
        claim = tokens.read(token, Purpose.EXPORT, max_age=LINK_AGE, now=timezone.now())
    except tokens.ExpiredToken:
        return redirect("letter_exports", slug)
    except tokens.BadToken:
        raise Http404 from None
    row = get_object_or_404(
        Export, letter=letter, uid=claim.uid, generation=claim.generation, state=Export.State.READY
    )
    try:
        file = exporting.path_of(row).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    day = f"{row.ready_at:%Y-%m-%d}" if row.ready_at else ""
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{letter.slug}-{day}.{row.format}",
        content_type=TYPES[row.format],
    )


def _page(
    request: HttpRequest, letter: Letter, form: ExportForm, *, status: int = 200
) -> HttpResponse:
    rows = list(_rows(letter))
    busy = any(row.state in {Export.State.QUEUED, Export.State.RUNNING} for row in rows)
    context = {
        "letter": letter,
        "form": form,
        "exports": [(row, _link(row)) for row in rows],
        "busy": busy,
    }
    return render(request, "organiser/exports.html", context, status=status)


def _rows(letter: Letter) -> models.QuerySet[Export]:
    return letter.exports.order_by("-asked_at")[:SHOWN]


def _link(row: Export) -> str:
    if row.state != Export.State.READY:
        return ""
    token = tokens.make(Purpose.EXPORT, row.uid, generation=row.generation, at=timezone.now())
    return reverse("export_download", args=[row.letter.slug, token])


def _as_json(row: Export) -> dict[str, object]:
    return {
        "id": row.uid.hex,
        "state": row.state,
        "words": row.in_words(),
        "done": row.done,
        "total": row.total,
    }
