"""Signing needs no cookie and so has no CSRF token: the browser itself says whose page sent it."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest

from campaigns import refs


def is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says that this POST comes from a page that isn't ours.

    Programs and old browsers say nothing, and they carry no one's cookies that could be abused. A
    frame of ours in somebody's sandbox has no origin any more, and sends what any page could send.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    if site == "cross-site":
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    if origin == "null":  # a sandbox, or a browser set to tell nobody where it is
        return site != "same-origin"
    try:
        host = urlsplit(origin).netloc
    except ValueError:  # no browser writes such a thing
        return True
    return origin != settings.SITE_URL and host != request.get_host()


def ref(request: HttpRequest) -> str:
    """The mark of the place the signer came from: `?ref=` of our own page as the browser names it,
    else of the address the form was sent to, which carries it past a page that came back."""
    return refs.first([_ref_of_page(request), request.GET.get("ref", "")])


def _ref_of_page(request: HttpRequest) -> str:
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
        found = parse_qs(parts.query, max_num_fields=20).get("ref", [""])[0]
    except ValueError:
        return ""
    return found if parts.netloc == request.get_host() else ""
