"""An answer as bytes that only need sending: made by the ordinary handler, kept in every coding."""

import gzip
import io
import re
import sys
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from wsgiref.types import StartResponse

from django.conf import settings
from django.utils.http import parse_etags

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # gzip does
    brotli = None

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, StartResponse], Any]  # bytes, perhaps with a close()

REQUEST_ID = "X-Request-Id"
KEPT = {"200", "307", "404", "410", "503"}
CODINGS = ("br", "gzip") if brotli else ("gzip",)  # the smaller first
LONGEST_WISH = 256  # characters of Accept-Encoding; browsers send about 30
OVERHEAD = 3_000  # bytes of an answer besides its bodies, roughly

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*")


class Key(NamedTuple):
    """Everything an answer depends on: the form, the count and the headers follow from it."""

    path: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A body in one coding with its headers; `parts` leave out the request id a page may name."""

    parts: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]
    unchanged: tuple[tuple[str, str], ...]  # the headers of a 304


@dataclass(frozen=True, slots=True)
class Ready:
    status: str
    tag: str  # without a W/
    forms: dict[str, Form]  # by coding, "" is the plain one
    plain: tuple[Headers, bytes]  # as Django gave it, to see whether a new one differs
    made: float  # the clock's time when Django was asked

    @property
    def size(self) -> int:
        return OVERHEAD + sum(len(part) for form in self.forms.values() for part in form.parts)

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request with it."""
        form = self.forms.get(preferred(environ.get("HTTP_ACCEPT_ENCODING", "")))
        form = form or self.forms[""]
        request_id = uuid.uuid4().hex
        seen = environ.get("HTTP_IF_NONE_MATCH")
        if seen and self.tag and _matches(seen, self.tag):
            start_response("304 Not Modified", [*form.unchanged, (REQUEST_ID, request_id)])
            return []
        start_response(self.status, [*form.headers, (REQUEST_ID, request_id)])
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return [request_id.encode().join(form.parts)]


def make(django: Application, key: Key, *, at: float, before: Ready | None) -> Ready | None:
    """What Django answers a reader without cookies; None for what nobody may keep."""
    said: list[tuple[str, Headers]] = []

    def start_response(
        status: str, headers: Headers, exc_info: object = None
    ) -> Callable[[bytes], object]:
        said.append((status, headers))
        return io.BytesIO().write

    answer = django(_question(key), start_response)
    try:
        body = b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()  # ends the request: the connection to the database is given back
    status, headers = said[0]
    given = {name.lower(): value for name, value in headers}
    public = given.get("cache-control", "").startswith("public") or status[:3] == "404"
    if status[:3] not in KEPT or not public or "set-cookie" in given:
        return None
    request_id = given.get(REQUEST_ID.lower(), "")
    plain = ([pair for pair in headers if pair[0] != REQUEST_ID], body)
    if before and before.status == status and before.plain == plain:
        return replace(before, made=at)
    parts = tuple(body.split(request_id.encode())) if request_id else (body,)
    forms = {"": _form(plain[0], parts)}
    if len(parts) == 1 and "accept-encoding" in given.get("vary", "").lower():
        forms |= {coding: _compressed(plain[0], body, coding) for coding in CODINGS}
    return Ready(status, given.get("etag", ""), forms, plain, at)


@lru_cache(maxsize=512)
def _weights(wish: str) -> dict[str, float]:
    weights = {}
    for part in wish.lower().split(","):
        coding, _, rest = part.partition(";")
        found = _WEIGHT.fullmatch(rest)
        weights[coding.strip()] = float(found[1]) if found else float(not rest.strip())
    return weights


@lru_cache(maxsize=512)
def _preferred(wish: str) -> str:
    weights = _weights(wish)
    weighed = {coding: weights.get(coding, weights.get("*", 0.0)) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: weighed[coding])
    return best if weighed[best] else ""


def preferred(wish: str) -> str:
    """The best coding that an Accept-Encoding allows, "" for none; nonsense allows none."""
    return _preferred(wish) if len(wish) <= LONGEST_WISH else ""


def _matches(seen: str, tag: str) -> bool:
    # Weakly, as RFC 9110 compares for If-None-Match: one tag stands for all codings.
    return any(one == "*" or one.removeprefix("W/") == tag for one in parse_etags(seen))


def _form(headers: Headers, parts: tuple[bytes, ...]) -> Form:
    lasting = tuple(
        pair for pair in headers if pair[0].lower() not in {"content-type", "content-length"}
    )
    return Form(parts, tuple(headers), lasting)


def _compressed(headers: Headers, body: bytes, coding: str) -> Form:
    packed = brotli.compress(body, quality=5) if coding == "br" else gzip.compress(body, 6, mtime=0)
    changed = {"content-length": str(len(packed))}
    kept = [(name, changed.get(name.lower(), value)) for name, value in headers]
    kept = [(name, f"W/{value}" if name.lower() == "etag" else value) for name, value in kept]
    form = _form(kept, (packed,))
    return replace(form, headers=(*form.headers, ("Content-Encoding", coding)))


def _question(key: Key) -> Environ:
    """A reader of whom nothing is known: no cookie, no language, no address."""
    site = urlsplit(settings.SITE_URL).netloc
    asked = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": key.path,
        "QUERY_STRING": "",
        "SERVER_NAME": settings.SITE_HOST,
        "SERVER_PORT": "443" if key.secure else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if key.secure else "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if key.secure and settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        asked[name] = value
    return asked
