"""Writing a letter and changing it. Only the save buttons save."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import bcp47, revising, text
from campaigns.access import letter_for
from campaigns.forms import NoteForm, Sheet
from campaigns.models import Letter
from campaigns.services import drafting, rehearsing
from campaigns.services.rehearsing import Outcome
from campaigns.views.doors import organiser, organisers

Refusal = ValidationError | drafting.Refused


@dataclass(frozen=True)
class Look:
    """The typed letter as readers will see it."""

    title: str
    sender: str
    addressees: str
    body: str
    language: str
    direction: str


@organisers("GET", "POST", kept=True)
def new(request: HttpRequest) -> HttpResponse:
    """A blank sheet; saving makes a draft."""
    sheet = _sheet(request, None)
    if request.method != "POST":
        return _show(request, sheet)
    if not sheet.is_valid():
        return _show(request, sheet, status=422)
    try:
        letter = drafting.create(organiser=organiser(request), draft=sheet.draft())
    except ValidationError as bad:
        sheet.take(bad)
        return _show(request, sheet, status=422)
    messages.success(request, _("Saved as a draft. Only you see it."))
    return redirect("letter_desk", letter.slug)


@organisers("POST", kept=True)
def new_look(request: HttpRequest) -> HttpResponse:
    """The sheet again with the letter as readers will see it; nothing is saved."""
    return _look(request, None)


@organisers("POST", kept=True)
def new_row(request: HttpRequest) -> HttpResponse:
    """The sheet again with one more row for an addressee; nothing is saved."""
    return _show(request, _sheet(request, None).retyped(more=1))


@organisers("GET", "POST", kept=True)
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Saves a draft at once. Of a published letter it first shows what readers will see changed."""
    letter = letter_for(organiser(request), slug)
    sheet = _sheet(request, letter)
    if request.method != "POST":
        return _show(request, sheet)
    if not sheet.is_valid():
        return _show(request, sheet, status=422)
    try:
        if letter.is_published:
            outcome = _rehearsed(request, letter, sheet)
            if outcome.is_new:
                return _confirm(request, sheet, outcome, NoteForm(before=outcome.before))
        letter = _save(request, letter, sheet)
    except (ValidationError, drafting.Refused) as refusal:
        return _refused(request, sheet, refusal)
    messages.success(request, _("Saved."))
    return redirect("letter_desk", letter.slug)


@organisers("POST", kept=True)
def edit_look(request: HttpRequest, slug: str) -> HttpResponse:
    return _look(request, letter_for(organiser(request), slug))


@organisers("POST", kept=True)
def edit_row(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    return _show(request, _sheet(request, letter).retyped(more=1))


@organisers("POST", kept=True)
def edit_again(request: HttpRequest, slug: str) -> HttpResponse:
    """Back from the changes to the sheet, with everything typed."""
    return _show(request, _sheet(request, letter_for(organiser(request), slug)).retyped())


@organisers("POST", kept=True)
def revise(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the shown changes the next revision, unless the letter has changed since."""
    letter = letter_for(organiser(request), slug)
    sheet = _sheet(request, letter)
    if not sheet.is_valid():
        return _show(request, sheet, status=422)
    try:
        outcome = _rehearsed(request, letter, sheet)
        note = NoteForm(request.POST, before=outcome.before)
        if outcome.is_new and not note.is_valid():
            return _confirm(request, sheet, outcome, note, status=422)
        letter = _save(request, letter, sheet, note=note.text)
    except (ValidationError, drafting.Refused) as refusal:
        return _refused(request, sheet, refusal)
    messages.success(request, _("Saved. Readers see what changed."))
    return redirect("letter_desk", letter.slug)


def _sheet(request: HttpRequest, letter: Letter | None, *, suggest: bool = False) -> Sheet:
    data = request.POST.copy() if request.method == "POST" else None
    if suggest and data is not None and not data.get("slug", "").strip():
        data["slug"] = drafting.free_slug(data.get("title", ""))
    return Sheet(letter=letter, organiser=organiser(request), now=timezone.now(), data=data)


def _show(request: HttpRequest, sheet: Sheet, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"sheet": sheet, "form": sheet.form, "letter": sheet.letter} | more
    return render(request, "organiser/sheet.html", context, status=status)


def _look(request: HttpRequest, letter: Letter | None) -> HttpResponse:
    sheet = _sheet(request, letter, suggest=letter is None)
    sheet.is_valid()
    said = sheet.form.cleaned_data
    tongue = said.get("language", "")
    look = Look(
        title=said.get("title", ""),
        sender=said.get("sender", ""),
        addressees="; ".join(
            ", ".join(filter(None, (one.name, one.role))) for one in sheet.targets.addressees()
        ),
        body=text.to_html(said.get("body", "")),
        language=tongue,
        direction=bcp47.direction(tongue) if tongue else "auto",
    )
    return _show(request, sheet, look=look)


def _rehearsed(request: HttpRequest, letter: Letter, sheet: Sheet) -> Outcome:
    return rehearsing.rehearse(
        letter=letter, draft=sheet.draft(), by=organiser(request), now=timezone.now()
    )


def _save(request: HttpRequest, letter: Letter, sheet: Sheet, *, note: str = "") -> Letter:
    return drafting.edit(
        letter=letter, draft=sheet.draft(), by=organiser(request), note=note, now=timezone.now()
    )


def _confirm(
    request: HttpRequest, sheet: Sheet, outcome: Outcome, note: NoteForm, *, status: int = 200
) -> HttpResponse:
    before, after = outcome.before, outcome.after
    context = {
        "sheet": sheet,
        "letter": sheet.letter,
        "note": note,
        "before": before,
        "changes": revising.between(before, after) if before and after else [],
        "number": after.number if after else None,
    }
    return render(request, "organiser/revise.html", context, status=status)


def _refused(request: HttpRequest, sheet: Sheet, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, ValidationError):
        sheet.take(refusal)
        return _show(request, sheet, status=422)
    return _show(request, sheet, status=409, refused=str(refusal))
