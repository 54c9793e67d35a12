"""The door to the organisers' pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from campaigns.models import Organiser

View = Callable[..., HttpResponse]


def organisers(*methods: str, kept: bool = False) -> Callable[[View], View]:
    """Only for people who are logged in, only by these methods, stored by no cache.

    Pages where a letter is typed are `kept` by the browser itself, so that going back loses
    nothing.
    """
    allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)

    def door(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
            response = _answer(view, request, *args, **given)
            fresh = {"no_cache": True} if kept else {"no_store": True}
            patch_cache_control(response, private=True, **fresh)
            return response

        return require_http_methods(allowed)(guarded)

    return door


def _answer(view: View, request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
    if request.user.is_authenticated:
        return view(request, *args, **given)
    # A button can't be pressed again after logging in; its page can.
    asked = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("organise")
    return redirect_to_login(asked)


def organiser(request: HttpRequest) -> Organiser:
    """Who is logged in; for views behind the door."""
    return cast(Organiser, request.user)
