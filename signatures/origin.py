"""Signing needs no cookie and so has no CSRF token: the browser itself says whose page sent it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def is_foreign(request: HttpRequest) -> bool:
    """Whether a browser says that this POST comes from a page that isn't ours.

    Programs and old browsers say nothing, and they carry no one's cookies that could be abused.
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
