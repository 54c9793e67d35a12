"""Everything that one mailbox signed here: asked for by address, opened by one mail's link."""

import json
from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import client, limiting
from campaigns.reading import read_only
from signatures import limits, origin, tokens
from signatures import personal as people
from signatures.mailbox import installation_digest
from signatures.mailboxform import MailboxForm
from signatures.models import Signature
from signatures.services import clearing, recalling, suppressing, telling
from signatures.services.consenting import Said
from signatures.services.recalling import Everything
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, personal, pressed, see

LIMITS = limiting.rules("30/h/household,5/d/wanted")
GONE = 410
STOP, WITHDRAW, ERASE, NEVER, AGAIN = "stop", "withdraw", "erase", "never", "again"


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The answer is the same for all: who owns the mailbox reads the rest there."""
    if request.method != "POST":
        return _form(request, MailboxForm())
    form = MailboxForm(request.POST)
    if origin.is_foreign(request):
        form.add_error(None, _("This came from another site. Please send it from here."))
        return _form(request, form, status=403)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        _admit(request, form)
    except limiting.TooOften as often:
        return _too_often(request, form, often)
    recalling.ask(to=form.mailbox, language=translation.get_language(), now=timezone.now())
    return see(request, reverse("everything_asked"))


@read_only
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "signing/everything_asked.html")


@csrf_exempt  # here and below: the token is the right to press; there is no session
@personal
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    return _opened(request, token, _show)


@csrf_exempt
@personal
@require_safe
def file(request: HttpRequest, token: str) -> HttpResponse:
    """All that is kept, for a program: as each signature's own page gives it, one after another."""
    return _opened(request, token, _told)


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """The link to it asks, the button does it."""
    if what not in _VERBS:
        raise Http404
    if request.method != "POST":
        return _opened(request, token, _sure(what))
    if not pressed(request, what):
        return _opened(request, token, _sure(what, status=400))
    return _opened(request, token, _done(what))


Answer = Callable[[HttpRequest, str, Everything], HttpResponse]


def _opened(request: HttpRequest, token: str, answer: Answer) -> HttpResponse:
    try:
        found = recalling.look(token=token, now=timezone.now())
    except tokens.ExpiredToken:
        return render(request, "signing/everything_over.html", status=GONE)
    except tokens.BadToken:
        return no_such_link(request)
    return answer(request, token, found)


def _show(request: HttpRequest, token: str, found: Everything) -> HttpResponse:
    context = _facts(token, found) | {
        "rows": [_row(signature, found.since) for signature in found.signatures],
        "never": found.digest is not None and suppressing.is_suppressed(None, found.digest),
    }
    return render(request, "signing/everything.html", context)


def _row(signature: Signature, since: datetime) -> dict[str, object]:
    """A signature and its own page, open as long as this one is."""
    token = tokens.make(Purpose.MANAGE, signature.uid, generation=signature.generation, at=since)
    return {
        "signature": signature,
        "person": people.person_of(signature),
        "page": reverse("mine", args=[token]),
        "not_me": reverse("not_me", args=[token]),
    }


def _told(request: HttpRequest, token: str, found: Everything) -> HttpResponse:
    with translation.override("en"):
        told = [telling.as_data(telling.everything(row)) for row in found.signatures]
        text = json.dumps({"signatures": told}, ensure_ascii=False, indent=1)
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="signatures.json"'},
    )


def _facts(token: str, found: Everything) -> dict[str, object]:
    states = [signature.state for signature in found.signatures]
    return {
        "token": token,
        "total": len(states),
        "withdrawable": sum(state in {"pending", "confirmed"} for state in states),
        "hearing": sum(signature.updates for signature in found.signatures),
    }


# --- Two steps ------------------------------------------------------------------------------------
def _sure(what: str, *, status: int = 200) -> Answer:
    def asking(request: HttpRequest, token: str, found: Everything) -> HttpResponse:
        context = _facts(token, found) | {"what": what, "unpressed": status == 400}
        return render(request, "signing/everything_sure.html", context, status=status)

    return asking


def _done(what: str) -> Answer:
    def doing(request: HttpRequest, token: str, found: Everything) -> HttpResponse:
        left = _VERBS[what](request, found, timezone.now())
        if left:
            return see(request, reverse("everything_act", args=[token, what]))
        if what == ERASE:
            return render(request, "signing/everything_erased.html")
        return see(request, reverse("everything", args=[token]))

    return doing


def _stop(request: HttpRequest, found: Everything, now: datetime) -> int:
    said = Said(_("Stop all news"), translation.get_language())
    return clearing.stop_updates(found, said=said, now=now)


def _withdraw(request: HttpRequest, found: Everything, now: datetime) -> int:
    return clearing.withdraw(found, now=now)


def _erase(request: HttpRequest, found: Everything, now: datetime) -> int:
    if request.POST.get("never") == "on":
        clearing.never(found, now=now)
    return clearing.erase(found, now=now, withdraws=request.POST.get("withdraw") == "on")


def _never(request: HttpRequest, found: Everything, now: datetime) -> int:
    clearing.never(found, now=now)
    return 0


def _again(request: HttpRequest, found: Everything, now: datetime) -> int:
    clearing.again(found)
    return 0


_VERBS: dict[str, Callable[[HttpRequest, Everything, datetime], int]] = {
    STOP: _stop,
    WITHDRAW: _withdraw,
    ERASE: _erase,
    NEVER: _never,
    AGAIN: _again,
}


# --- The form -------------------------------------------------------------------------------------
def _admit(request: HttpRequest, form: MailboxForm) -> None:
    """Counted by what was typed, known or not. Raises TooOften."""
    limiter = limiting.limiter()
    limiter.take(LIMITS["household"], "household", client.household(request))
    digest = installation_digest(form.mailbox).hex()
    limiter.take(LIMITS["wanted"], "wanted", digest)


def _form(request: HttpRequest, form: MailboxForm, *, status: int = 200) -> HttpResponse:
    return render(request, "signing/everything_ask.html", {"form": form}, status=status)


def _too_often(request: HttpRequest, form: MailboxForm, often: limiting.TooOften) -> HttpResponse:
    told = {
        "wanted": _("This address was typed in several times today. Please look into its mailbox."),
        "household": _("A lot was asked for from your network just now."),
    }[often.of]
    again = _("You can try again in {time}.").format(time=limits.duration(often.wait))
    form.add_error(None, f"{told} {again}")
    answer = _form(request, form, status=429)
    answer["Retry-After"] = str(often.wait)
    return answer
