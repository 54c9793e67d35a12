"""Everything that is kept about a signer, to read or as a file. For its owner alone."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from campaigns.views.public import letter_context
from signatures.services import telling
from signatures.views.ownlink import Opened, ask_first, through_link
from signatures.views.personal import personal, see


@personal
@require_safe
@through_link
def page(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if not opened.may_erase:
        return _not_now(request, token, opened)
    signature = opened.signature
    context = letter_context(signature.letter) | {
        "token": token,
        "signature": signature,
        "may_keep": opened.may_keep,
        "parts": telling.everything(signature),
    }
    return render(request, "signing/told.html", context)


@personal
@require_safe
@through_link
def file(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """The same for a program; its words are English wherever it is asked for."""
    if not opened.may_erase:
        return _not_now(request, token, opened)
    with translation.override("en"):
        told = telling.as_data(telling.everything(opened.signature))
        text = json.dumps(told, ensure_ascii=False, indent=1)
    name = f"{opened.signature.letter.slug}.json"
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _not_now(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if opened.is_fresh:
        return see(request, reverse("mine", args=[token]))
    return ask_first(request, token, opened)
