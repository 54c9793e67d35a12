"""Around every request: its log line, headers, size and language."""

import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from campaigns import sealing
from config import errors

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("groundswell.request")

PERSONAL = ("/organise/", "/accounts/", "/admin/")
IDLE, LONGEST, NOTED = 12 * 3600, 7 * 24 * 3600, 300  # seconds of a session

MAX_FORM = 64_000  # bytes; organisers write whole letters and may send more
MAX_LETTER = 200_000
_LONG = re.compile(r"/(organise|admin|([a-z-]+/)?deliveries)/")  # letters, and answers to them


def request_log(get_response: Handler) -> Handler:
    """One line a request: method, route, status, time. Never the address, the query or the body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)  # type: ignore[attr-defined]
        started = time.monotonic()
        response = get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=match.route if match else "",
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000, 1),
        )
        return response

    return middleware


def security_headers(get_response: Handler) -> Handler:
    """What Django does not set by itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault(
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), interest-cohort=()",
        )
        if response.status_code >= 400:  # it may be there tomorrow, and may name what was asked
            response.setdefault("Cache-Control", "no-store")
        if response.cookies and "public" in response.get("Cache-Control", ""):
            # A shared cache must never hold one person's cookie for another.
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


def wrong_methods(get_response: Handler) -> Handler:
    """Django's answer to a wrong method is empty, and a browser shows that as a broken page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.content:
            return response
        page = errors.wrong_method(request)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def body_limits(get_response: Handler) -> Handler:
    """A declared body that is too large is refused before a byte of it is read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = MAX_LETTER if _LONG.match(request.path_info) else MAX_FORM
        if request.method not in {"GET", "HEAD"} and (
            not length.isdecimal() or int(length) > limit
        ):
            return errors.too_large(request)
        return get_response(request)

    return middleware


def sealed_values(get_response: Handler) -> Handler:
    """What doesn't open is an answer of its own: keys change while requests are on their way."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, sealing.Unsealable):
            return None
        log.error("a sealed value did not open", reason=exception.reason)
        return errors.unopened(request)

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def no_cookies(get_response: Handler) -> Handler:
    """What is for everybody is made without looking at a cookie, so that none is answered with
    another: Django takes back a session or a form's secret that it cannot read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PERSONAL):
            request.META.pop("HTTP_COOKIE", None)
        return get_response(request)

    return middleware


def any_name(get_response: Handler) -> Handler:
    """Whoever watches us asks for `/healthz` on the machine itself, and by whatever name."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        return get_response(request)

    return middleware


def session_age(get_response: Handler) -> Handler:
    """Organisers' sessions end 12 hours after the last visit and 7 days after logging in.

    Looks at personal pages only: the others never open a session.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PERSONAL) and SESSION_KEY in request.session:
            now = int(time.time())
            began, seen = request.session.get("times", (now, 0))
            if seen and (now - seen > IDLE or now - began > LONGEST):
                request.session.flush()
            elif now - seen > NOTED:
                request.session["times"] = (began, now)
        return get_response(request)

    return middleware


def language(get_response: Handler) -> Handler:
    """`/de/letters/…` is `/letters/…` in German. Without a prefix public pages speak the letter's
    language (their view sets it) and the organisers' pages the browser's."""
    codes = {code for code, _ in settings.LANGUAGES}

    def middleware(request: HttpRequest) -> HttpResponse:
        request.language_prefix = ""  # type: ignore[attr-defined]
        first, _, rest = request.path_info[1:].partition("/")
        personal = request.path_info.startswith(PERSONAL)
        if first in codes and not rest.startswith(("accounts/", "organise/", "admin/")):
            request.language_prefix = f"/{first}"  # type: ignore[attr-defined]
            request.path_info = f"/{rest}"
            chosen = first
        elif personal:
            chosen = translation.get_language_from_request(request)
        else:
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            response = get_response(request)
            if personal:
                patch_vary_headers(response, ["Accept-Language"])
            response.setdefault("Content-Language", translation.get_language() or chosen)
        return response

    return middleware
