"""Pages for what went wrong: a plain sentence, a request id, and nothing of what was typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from campaigns import framing
from campaigns.problems import problem


def _answer(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.content_type == "application/json":
        return problem(status, title, detail=text)
    context = {
        "title": title,
        "text": text,
        "request_id": getattr(request, "request_id", ""),
    }
    if framing.is_frame(request.path_info):
        return framing.framable(render)(request, "embeds/error.html", context, status=status)
    return render(request, "error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, 400, _("This did not arrive whole"), _("Please go back and try again."))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(
        request,
        404,
        _("There is no such page"),
        _("The address may be mistyped or out of date."),
    )


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _answer(request, 403, _("This is not open to you"), _("Log in, or ask whoever runs it."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(
        request,
        403,
        _("This page has been open too long"),
        _("Nothing was changed. Go back, reload the page and try again."),
    )


def wrong_method(request: HttpRequest) -> HttpResponse:
    return _answer(
        request,
        405,
        _("There is nothing to read here"),
        _("This address only takes what a form sends. Please go back to the page with the form."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    return _answer(
        request,
        413,
        _("That is too much text"),
        _("Please shorten it and send it again."),
    )


def unopened(request: HttpRequest) -> HttpResponse:
    """What is sealed doesn't open with the keys of this process, which may be about to end."""
    page = _answer(
        request,
        503,
        _("This can’t be opened just now"),
        _("Somebody is looking after it. Nothing was changed: try again in a few minutes."),
    )
    page["Retry-After"] = "120"
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(
        request,
        500,
        _("Something broke on our side"),
        _("Nothing you typed was lost on your page: go back and try again in a minute."),
    )
