"""The link of the mail: scanners follow links, people press buttons. Only the button confirms."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import refs, revising
from campaigns.views.public import letter_context
from signatures import limits, tokens
from signatures import personal as people
from signatures.models import Signature
from signatures.services import confirming
from signatures.services.confirming import Asked, Refused
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, personal, pressed, see, speak

CONFLICT, GONE = 409, 410
STATUS = {Refused.REPLACED: CONFLICT, Refused.CHANGED: CONFLICT}


@csrf_exempt  # the token is the right to press; there is no session anybody could ride on
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        if request.method != "POST":
            return _show(request, token, confirming.look(token=token, now=now))
        if not pressed(request, "confirm"):
            asked = confirming.look(token=token, now=now)
            return _show(request, token, asked, status=400)
        signature = confirming.confirm(token=token, revision=_revision(request, token), now=now)
    except tokens.ExpiredToken:
        return render(request, "signing/expired.html", {"token": token}, status=GONE)
    except tokens.BadToken:
        return no_such_link(request)
    except Refused as refused:
        return _refused(request, token, refused)
    limits.forget_mailbox(signature.mailbox_anywhere)
    return to_own_page(request, signature)


@csrf_exempt
@personal
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponse:
    """A fresh mail for an old link. The answer is the same for all."""
    if not pressed(request, "again"):
        return render(request, "signing/expired.html", {"token": token}, status=400)
    try:
        confirming.mail_again(token=token, now=timezone.now())
    except tokens.BadToken:
        return no_such_link(request)
    return render(request, "signing/mailed_again.html")


def _show(request: HttpRequest, token: str, asked: Asked, *, status: int = 200) -> HttpResponse:
    signature = asked.signature
    speak(request, signature)
    if signature.state == Signature.State.CONFIRMED:
        return to_own_page(request, signature)
    letter = signature.letter
    current = letter.revision or signature.revision
    changed = revising.between(signature.revision, current) if asked.newer else None
    context = letter_context(letter) | {
        "token": token,
        "signature": signature,
        "person": people.person_of(signature),
        "revision": current,
        "changes": changed,
        "unpressed": status == 400,
        "invited": signature.ref == refs.INVITED,
    }
    return render(request, "signing/confirm.html", context, status=status)


def _revision(request: HttpRequest, token: str) -> int:
    """The number of the text on the page; a POST without a page means the text that was signed."""
    sent = request.POST.get("revision", "")
    if sent.isascii() and sent.isdigit() and len(sent) < 10:
        return int(sent)
    return confirming.look(token=token, now=timezone.now()).signature.revision.number


def _refused(request: HttpRequest, token: str, refused: Refused) -> HttpResponse:
    if refused.reason == Refused.CHANGED:
        asked = confirming.look(token=token, now=timezone.now())
        return _show(request, token, asked, status=CONFLICT)
    speak(request, refused.signature)
    letter = refused.signature.letter
    context = letter_context(letter) | {"reason": refused.reason, "signature": refused.signature}
    status = STATUS.get(refused.reason, GONE)
    return render(request, "signing/refused.html", context, status=status)


def to_own_page(request: HttpRequest, signature: Signature) -> HttpResponse:
    token = tokens.make(
        Purpose.MINE, signature.uid, generation=signature.generation, at=timezone.now()
    )
    return see(request, reverse("mine", args=[token]))
