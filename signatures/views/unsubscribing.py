"""The link that ends news of a letter: by a mail program's own button, or by ours on its page.

Opening it changes nothing, for scanners open every link. The one press that needs no page comes
from a mail provider's machine, without cookie or origin, and from any site (RFC 8058, 3.2): the
token alone is the right to it, and stopping is all it can do.
"""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.views.public import letter_context
from signatures import tokens, updateemails
from signatures.models import Consent, Signature
from signatures.services import unsubscribing
from signatures.services.consenting import Said
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, personal, pressed, see, speak

AGE = timedelta(days=3650)  # as long as people keep mails

Door = Consent.Door


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        # A new link ends older ones, but not this right: whose news it is stays the same.
        claim = tokens.read(token, Purpose.UPDATES, max_age=AGE, now=timezone.now())
    except tokens.BadToken:
        return no_such_link(request)
    rows = Signature.objects.select_related("letter__revision", "letter__tally")
    signature = rows.filter(uid=claim.uid).first()
    if signature is None:
        return no_such_link(request)
    speak(request, signature)
    if request.method != "POST":
        return _page(request, token, signature, claim)
    if updateemails.is_one_click(request.POST):
        said = Said(updateemails.ONE_CLICK, translation.get_language() or "", Door.ONE_CLICK)
        unsubscribing.stop(uid=signature.uid, said=said, now=timezone.now())
        return HttpResponse(_("Unsubscribed.") + "\n", content_type="text/plain; charset=utf-8")
    return _press(request, token, signature, claim)


def _press(
    request: HttpRequest, token: str, signature: Signature, claim: tokens.Claim
) -> HttpResponse:
    now, language = timezone.now(), translation.get_language() or ""
    if pressed(request, "stop"):
        said = Said(_("Stop the news"), language)
        unsubscribing.stop(uid=signature.uid, said=said, now=now)
    elif pressed(request, "start"):
        said = Said(_("Start again"), language)
        try:
            unsubscribing.start_again(
                uid=signature.uid, generation=claim.generation, said=said, now=now
            )
        except unsubscribing.Refused:
            signature.refresh_from_db(fields=["updates"])
            return _page(request, token, signature, claim, status=409)
    else:
        return _page(request, token, signature, claim, status=400)
    return see(request, reverse("unsubscribe", args=[token]))


def _page(
    request: HttpRequest,
    token: str,
    signature: Signature,
    claim: tokens.Claim,
    *,
    status: int = 200,
) -> HttpResponse:
    may_undo = unsubscribing.may_start_again(signature, claim.generation, now=timezone.now())
    context = letter_context(signature.letter) | {
        "token": token,
        "gets_news": signature.updates,
        "may_undo": may_undo,
        "unpressed": status == 400,
    }
    return render(request, "signing/unsubscribe.html", context, status=status)
