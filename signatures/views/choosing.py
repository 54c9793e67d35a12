"""What a signer decides on their own page: the name shown, news, the newer text, leaving, erasing.

Each press names itself, asks the verb, and goes back to the page by 303; pressing twice is once.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.views.public import letter_context
from signatures.models import Signature
from signatures.services import erasing, resigning, showing, subscribing, withdrawing
from signatures.views import mine
from signatures.views.ownlink import Opened, ask_first, page_of, through_link
from signatures.views.personal import personal, pressed, see
from signatures.views.presses import said

CONFLICT = 409


@csrf_exempt  # here and below: the token is the right to press; there is no session
@personal
@require_POST
@through_link
def show(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Put the name on the public list, or take it off."""
    if not opened.may_change:
        return _not_now(request, token, opened)
    back = reverse("mine", args=[token])
    for press, public in (("show", True), ("hide", False)):
        if pressed(request, press):
            try:
                showing.show(uid=opened.signature.uid, public=public, said=said(press))
            except showing.Refused:
                return mine.page(request, token, opened, why_not=_nothing(), status=CONFLICT)
            return see(request, f"{back}?saved#listed")
    return see(request, back)


@csrf_exempt
@personal
@require_POST
@through_link
def updates(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Start or stop news by mail."""
    if not opened.may_erase:
        return _not_now(request, token, opened)
    back = reverse("mine", args=[token])
    for press, wanted in (("start", True), ("stop", False)):
        if pressed(request, press):
            try:
                subscribing.subscribe(
                    uid=opened.signature.uid, wanted=wanted, said=said(press), now=timezone.now()
                )
            except subscribing.Refused:
                return mine.page(request, token, opened, why_not=_nothing(), status=CONFLICT)
            return see(request, f"{back}?saved#news")
    return see(request, back)


@csrf_exempt
@personal
@require_POST
@through_link
def sign(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Sign the newest text in place of the one that was signed."""
    if not opened.may_change:
        return _not_now(request, token, opened)
    if pressed(request, "sign"):
        try:
            resigning.resign(
                uid=opened.signature.uid,
                revision=_number(request.POST.get("revision", "")),
                said=said("sign"),
                now=timezone.now(),
            )
        except resigning.Refused as refused:
            return mine.page(
                request, token, opened, why_not=_reason(refused.reason), status=CONFLICT
            )
    return see(request, reverse("mine", args=[token]))


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
@through_link
def withdraw(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Asks once, then takes the signature back."""
    if not opened.may_change:
        return _not_now(request, token, opened)
    signature = opened.signature
    if request.method != "POST" or not pressed(request, "withdraw"):
        return _asked(request, "signing/withdraw.html", token, signature)
    erase = request.POST.get("erase") == "on"
    try:
        left = withdrawing.withdraw(uid=signature.uid, now=timezone.now(), erase=erase)
    except withdrawing.Refused:  # by another press, a moment ago
        return see(request, reverse("mine", args=[token]))
    return _to_what_is_left(request, opened, left)


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
@through_link
def erase(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Asks once, then forgets the person; the signature stays what it is."""
    if not opened.may_erase:
        return _not_now(request, token, opened)
    signature = opened.signature
    if request.method != "POST" or not pressed(request, "erase"):
        return _asked(request, "signing/erase.html", token, signature)
    left = erasing.erase(uid=signature.uid, now=timezone.now())
    return _to_what_is_left(request, opened, left)


def _not_now(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Through an old mail nothing is changed; where nothing is left to change, the page says so."""
    if opened.is_fresh or opened.signature.erased_at is not None:
        return see(request, reverse("mine", args=[token]))
    return ask_first(request, token, opened)


def _asked(request: HttpRequest, template: str, token: str, signature: Signature) -> HttpResponse:
    context = letter_context(signature.letter) | {"token": token, "signature": signature}
    return render(request, template, context, status=400 if request.method == "POST" else 200)


def _to_what_is_left(request: HttpRequest, opened: Opened, left: Signature | None) -> HttpResponse:
    return see(request, page_of(opened, left) if left else reverse("mine_forgotten"))


def _number(sent: str) -> int:
    """Of a text, as the page's form names it; none is 0."""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def _reason(reason: str) -> str:
    if reason == resigning.Refused.CHANGED:
        return _("The letter has a newer text than the one on your page. Please look at it again.")
    if reason == resigning.Refused.CLOSED:
        return _("The letter takes no signatures now. Yours stays under the text you signed.")
    return _nothing()


def _nothing() -> str:
    return _("This can’t be done any more. Nothing was changed.")
