"""What most readers ask for, answered before Django: count, badge, frames, letter, as ready bytes.

Whatever is unusual about a request (a method, a range, a host not ours) goes to Django, which also
makes the bytes: so there is one source, and both say the same. Neither looks at cookies.
"""

import re
import time
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse

from django.conf import settings
from django.db import DatabaseError

from campaigns.hosts import is_ours
from campaigns.known import Known
from config import ready
from config.ready import Application, Environ, Key, Ready
from config.shelf import IDLE, Shelf

SUFFIXES = (  # none of these views reads its query
    "",
    "count.json",
    "checked.json",
    "badge.svg",
    "badge.png",
    "badge.json",
    "embed/counter/",
    "embed/counter.json",
    "embed/sign/",
    "live/",
)
SCRIPT = "/embed.js"
NOBODY = "-"  # no letter can have this slug: its answers are those of every unknown one
UNUSUAL = (  # what else would change Django's answer
    "SCRIPT_NAME",
    "SCRIPT_URL",
    "REDIRECT_URL",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_RANGE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)


class Front:
    """A WSGI application: ready answers where there are any, `django` for everything else."""

    def __init__(
        self,
        django: Application,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle: float = IDLE,
    ) -> None:
        self._django = django
        self._known = Known(clock=clock)
        self.shelf = Shelf(self._make, clock=clock, idle=idle)
        codes = "|".join(re.escape(code) for code, _ in settings.LANGUAGES)
        ends = "|".join(re.escape(suffix) for suffix in SUFFIXES)
        self._address = re.compile(
            rf"(?P<before>(?:/(?:{codes}))?/letters/)(?P<slug>[-a-zA-Z0-9_]+)(?P<end>/(?:{ends}))"
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found = self._ready(environ) if self._is_usual(environ) else None
        if found is None:
            rest: Iterable[bytes] = self._django(environ, start_response)
            return rest
        return found.send(environ, start_response)

    def _is_usual(self, environ: Environ) -> bool:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return False
        if any(environ.get(name) for name in UNUSUAL):
            return False
        return is_ours(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS))

    def _ready(self, environ: Environ) -> Ready | None:
        path = self._path(environ.get("PATH_INFO", ""))
        return self.shelf.take(Key(path, _is_secure(environ))) if path else None

    def _path(self, asked: str) -> str:
        """Whose answer this address has; "" if that is not for us to know."""
        if asked == SCRIPT:
            return asked
        match = self._address.fullmatch(asked)
        if match is None:
            return ""
        try:
            known = match["slug"] in self._known
        except DatabaseError:  # Django says so better
            return ""
        return asked if known else f"{match['before']}{NOBODY}{match['end']}"

    def _make(self, key: Key, at: float, before: Ready | None) -> Ready | None:
        return ready.make(self._django, key, at=at, before=before)


def _is_secure(environ: Environ) -> bool:
    """As `HttpRequest.scheme` sees it: over TLS an answer has one header more."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        said = environ.get(name)
        if said is not None:
            return bool(said.split(",", 1)[0].strip() == value)
    return bool(environ.get("wsgi.url_scheme") == "https")
