"""News for signers, on the organiser's side: written, looked at, tried, sent, stopped."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import limiting
from campaigns.access import letter_for
from campaigns.models import Letter
from campaigns.views.doors import organiser, organisers
from signatures import limits, updateemails, updateform
from signatures.models import Delivery, Update
from signatures.services import updating
from signatures.updateform import UpdateForm
from signatures.views.personal import see

TRIALS = limiting.rules("20/d/updatetrials")["updatetrials"]  # of one organiser
SHOWN = 50
LOOK_AGAIN = 5  # seconds
CONFLICT, TOO_MANY, WRONG = 409, 429, 422
# What a mail shows is its own: no script, nothing from elsewhere, in no frame.
ALONE = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups"
)
State = Update.State


@dataclass(frozen=True)
class Shown:
    update: Update
    unsubscribed: int


@organisers("GET")
def updates(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    rows = list(letter.updates.all()[:SHOWN])
    stopped = updating.unsubscribed(letter, rows)
    context = {
        "letter": letter,
        "drafts": [row for row in rows if row.state == State.DRAFT],
        "sent": [Shown(row, stopped.get(row.pk, 0)) for row in rows if row.state != State.DRAFT],
        "reach": updating.recipients(letter).count(),
        "why_not": updating.why_not(letter),
    }
    return render(request, "organiser/updates.html", context)


@organisers("GET", "POST", kept=True)
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """A new draft, perhaps begun with what there is to say of a delivery."""
    letter = letter_for(organiser(request), slug)
    if request.method != "POST":
        return _sheet(request, letter, UpdateForm(initial=_suggested(request, letter)))
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return _sheet(request, letter, form, status=WRONG)
    try:
        draft = updating.write(
            letter=letter, by=organiser(request), words=form.words(), now=timezone.now()
        )
    except updating.Refused as refused:
        form.add_error(None, str(refused))
        return _sheet(request, letter, form, status=CONFLICT)
    return redirect("update", slug, draft.uid)


@organisers("GET", "POST", kept=True)
def edit(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    letter, update = _find(request, slug, uid)
    if request.method != "POST":
        if update.state != State.DRAFT:
            return redirect("update", slug, uid)
        return _sheet(request, letter, UpdateForm(initial=updateform.kept(update)), update)
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return _sheet(request, letter, form, update, status=WRONG)
    try:
        updating.change(uid=uid, words=form.words())
    except updating.Refused as refused:
        form.add_error(None, str(refused))
        return _sheet(request, letter, form, update, status=CONFLICT)
    return redirect("update", slug, uid)


@organisers("GET")
def update(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The mail as it arrives, and how far it has come."""
    letter, found = _find(request, slug, uid)
    answer = _look(request, letter, found)
    if found.state == State.SENDING:
        answer["Refresh"] = str(LOOK_AGAIN)
    return answer


@organisers("GET")
def mail(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The mail as a mail program shows it, with links to the letter for the reader's own."""
    _letter, found = _find(request, slug, uid)
    made = updateemails.looked_at(found, to=organiser(request).email)
    headers = {"Content-Security-Policy": ALONE}
    return HttpResponse(updateemails.styled(made), headers=headers)


@organisers("POST")
def try_out(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    by = organiser(request)

    def verb(found: Update) -> str:
        limiting.limiter().take(TRIALS, "updatetrials", str(by.pk))
        updating.try_out(uid=found.uid, by=by)
        return _("A test is on its way to {address}.").format(address=by.email)

    return _do(request, slug, uid, verb)


@organisers("GET", "POST")
def send(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """There is no way back once it is read, so the number comes first and the button after it."""
    letter, found = _find(request, slug, uid)
    if request.method != "POST":
        turn = updating.next_turn(letter, timezone.now())
        waits = found.state == State.DRAFT
        why_not = updating.why_not(letter) if waits else ""
        context = {
            "letter": letter,
            "update": found,
            "reach": updating.recipients(letter).count(),
            "turn": turn,
            "may_send": waits and not why_not and turn is None,
            "why_not": why_not,
        }
        return render(request, "organiser/update_send.html", context)

    def verb(found: Update) -> str:
        sent = updating.send(uid=found.uid, now=timezone.now())
        return ngettext(
            "On its way to {n} person.", "On its way to {n} people.", sent.total
        ).format(n=number_format(sent.total, force_grouping=True))

    return _do(request, slug, uid, verb)


@organisers("POST")
def stop(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    def verb(found: Update) -> str:
        updating.stop(uid=found.uid, now=timezone.now())
        return _("Stopped. Whoever has not got it yet doesn’t get it.")

    return _do(request, slug, uid, verb)


@organisers("POST")
def discard(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    _letter, found = _find(request, slug, uid)
    try:
        updating.discard(uid=found.uid)
    except updating.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The draft is thrown away."))
    return redirect("letter_updates", slug)


def _do(
    request: HttpRequest, slug: str, uid: uuid.UUID, verb: Callable[[Update], str]
) -> HttpResponse:
    """One verb on one update of this organiser, then its page with a word about it."""
    letter, found = _find(request, slug, uid)
    try:
        messages.success(request, verb(found))
    except limiting.TooOften as often:
        wait = limits.duration(often.wait)
        told = _("Those were many tests for one day. You can send more in {time}.")
        messages.error(request, told.format(time=wait))
    except updating.Refused as refused:
        messages.error(request, str(refused))
    return see(request, reverse("update", args=[letter.slug, uid]))


def _find(request: HttpRequest, slug: str, uid: uuid.UUID) -> tuple[Letter, Update]:
    letter = letter_for(organiser(request), slug)
    found = get_object_or_404(Update, letter=letter, uid=uid)
    found.letter = letter
    return letter, found


def _look(request: HttpRequest, letter: Letter, found: Update) -> HttpResponse:
    context = {
        "letter": letter,
        "update": found,
        "mail": updateemails.looked_at(found, to=organiser(request).email),
        "reach": updating.recipients(letter).count() if found.state == State.DRAFT else 0,
        "unsubscribed": updating.unsubscribed(letter, list(letter.updates.all()[:SHOWN])).get(
            found.pk, 0
        ),
        "address": organiser(request).email,
    }
    return render(request, "organiser/update.html", context)


def _sheet(
    request: HttpRequest,
    letter: Letter,
    form: UpdateForm,
    update: Update | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "letter": letter,
        "form": form,
        "update": update,
        "why_not": updating.why_not(letter),
    }
    return render(request, "organiser/update_write.html", context, status=status)


def _suggested(request: HttpRequest, letter: Letter) -> dict[str, str]:
    """What there is to say of the delivery one came from; a made-up one says nothing."""
    try:
        wanted = uuid.UUID(request.GET.get("delivery", ""))
    except ValueError:
        return {}
    found = Delivery.objects.filter(letter=letter, uid=wanted, struck_at__isnull=True).first()
    if found is None:
        return {}
    found.letter = letter
    return updateform.about(found)
