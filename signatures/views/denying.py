"""Where whoever owns an address says that they didn't sign: the link shows, the button acts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.views.public import letter_context
from signatures import tokens
from signatures.services import denying
from signatures.services.denying import Question
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, personal, pressed, speak

GONE = 410


@csrf_exempt  # the token is the right to press; there is no session anybody could ride on
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST" and pressed(request, "regret"):
        return _regret(request)
    try:
        question = denying.look(token=token, now=now)
        speak(request, question.signature)
        if request.method != "POST":
            return _page(request, token, question)
        if pressed(request, "deny"):
            return _deny(request, token)
        if pressed(request, "ask"):
            return _ask(request, token)
        return _page(request, token, question, status=400)
    except tokens.BadToken:
        return no_such_link(request)
    except denying.TooOld:
        return _page(request, token, denying.look(token=token, now=now), status=403)
    except denying.Gone:
        return render(request, "signing/not_me_gone.html", status=GONE)


def _page(
    request: HttpRequest, token: str, question: Question, *, status: int = 200
) -> HttpResponse:
    context = letter_context(question.signature.letter) | {
        "token": token,
        "signature": question.signature,
        "standing": question.standing.value,
        "may_deny": question.may_deny,
        "unpressed": status == 400,
        "own_page": _own_page(token),
    }
    return render(request, "signing/not_me.html", context, status=status)


def _deny(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    denied = denying.deny(token=token, never=request.POST.get("never") == "on", now=now)
    context = {
        "token": token,
        "letter": denied.letter,
        "standing": denied.standing.value,
        "never": denied.never,
        "note": denying.sealed(denied, now=now) if denied.digest else "",
    }
    return render(request, "signing/not_me_done.html", context)


def _ask(request: HttpRequest, token: str) -> HttpResponse:
    typed = request.POST.get("email", "")
    signature = denying.ask_link(token=token, typed=typed, now=timezone.now())
    context = letter_context(signature.letter) | {"token": token, "typed": bool(typed)}
    return render(request, "signing/manage_sent.html", context)


def _regret(request: HttpRequest) -> HttpResponse:
    """What it needs came with the page before: the row that the token named is gone."""
    try:
        letter = denying.take_back(note=request.POST.get("note", ""), now=timezone.now())
    except tokens.BadToken:
        return render(request, "signing/not_me_over.html", status=GONE)
    return render(request, "signing/not_me_regretted.html", letter_context(letter))


def _own_page(token: str) -> str:
    """Where the same link leads whoever did sign."""
    try:
        tokens.read(token, Purpose.CONFIRM, max_age=denying.ANY_AGE, now=timezone.now())
    except tokens.BadToken:
        return reverse("mine", args=[token])
    return reverse("confirm", args=[token])
