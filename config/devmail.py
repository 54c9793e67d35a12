"""/dev/mail/: the mails written to files, for trying things out on one's own machine only."""

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
)
LOCAL = {"localhost", "127.0.0.1", "[::1]", "::1"}
SHOWN = 100


def only_here(view: View) -> View:
    """As if it did not exist, unless mail goes to files and the visitor sits at this machine."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        host = request.get_host().rsplit(":", 1)[0]
        if (
            not settings.MAIL_TO_FILES
            or host not in LOCAL
            or settings.SITE_HOST not in LOCAL  # a proxy may call us localhost and say no more
            or any(request.META.get(name) for name in FORWARDED)
        ):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_here
@never_cache
@require_safe
def box(request: HttpRequest) -> HttpResponse:
    files = sorted(Path(settings.MAIL_DIR).glob("*.eml"), reverse=True)[:SHOWN]
    mails = [{"name": file.stem, "mail": _read(file)} for file in files]
    return render(request, "dev/box.html", {"mails": mails})


@only_here
@never_cache
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    mail = _read(_file(name))
    html = mail.get_body(preferencelist=("html",))
    text = mail.get_body(preferencelist=("plain",))
    context = {
        "name": name,
        "mail": mail,
        "text": text.get_content() if text else "",
        "has_html": html is not None,
    }
    return render(request, "dev/mail.html", context)


@only_here
@never_cache
@require_safe
def part(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, in a frame that may run nothing and load nothing."""
    html = _read(_file(name)).get_body(preferencelist=("html",))
    if html is None:
        raise Http404
    response = HttpResponse(html.get_content())
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-popups allow-top-navigation-by-user-activation"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _file(name: str) -> Path:
    file = Path(settings.MAIL_DIR) / f"{name}.eml"
    if not file.is_file():
        raise Http404
    return file


def _read(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


urlpatterns: list[URLPattern] = [
    path("dev/mail/", box, name="dev_mail"),
    path("dev/mail/<slug:name>/", letter, name="dev_mail_letter"),
    path("dev/mail/<slug:name>/html/", part, name="dev_mail_part"),
]
