"""Pages behind a signer's own link: never stored, never named to others, never indexed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation

from signatures.models import Signature

View = Callable[..., HttpResponseBase]


def personal(view: View) -> View:
    """The token in the address is the key to the page: it must not leak by any header or cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


def speak(request: HttpRequest, signature: Signature) -> None:
    """The page's language: the address's, else the one the signer used."""
    spoken = {code for code, _name in settings.LANGUAGES}
    if not getattr(request, "language_prefix", "") and signature.language in spoken:
        translation.activate(signature.language)  # the middleware puts the former one back


def no_such_link(request: HttpRequest) -> HttpResponse:
    """One page for forged, cut and foreign links: it must not tell which."""
    return render(request, "signing/bad_link.html", status=404)


def see(request: HttpRequest, address: str) -> HttpResponse:
    """303 in the language of the page one came from."""
    response = HttpResponseRedirect(getattr(request, "language_prefix", "") + address)
    response.status_code = 303
    return response


def pressed(request: HttpRequest, value: str) -> bool:
    """Whether a person pressed that button: `form.submit()` in a script sends no button."""
    return request.POST.get("press") == value
