"""The log as its files: what programs read to check us, without a cookie and from any page."""

import re
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns import caching
from campaigns.access import public_letter
from campaigns.models import Letter, Revision
from campaigns.reading import read_only
from signatures.log import tiles
from signatures.log.folder import Missing
from signatures.proof import entered, proving, standing
from signatures.proof.proving import NotYet
from signatures.views.logpage import Key, listed

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
NEWEST = 2  # seconds a checkpoint may be kept; C2SP asks for 5 at most
YEAR = 31_536_000

_DIGEST = re.compile("[0-9a-f]{64}")


@read_only
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed tree."""
    try:
        return _shown(request, proving.tree().signed, max_age=NEWEST)
    except NotYet as early:
        return _line(404, early.reason)


@read_only
def tile(request: HttpRequest, rest: str) -> HttpResponse:
    """A tile or bundle that the newest checkpoint reaches; it never changes from then on."""
    try:
        wanted = tiles.parse_path(f"tile/{rest}")
    except tiles.BadTile as bad:
        return _line(400, bad.reason)
    try:
        data = proving.tree().tile(wanted)
    except (NotYet, Missing) as missing:
        return _line(404, missing.reason)
    answer = _shown(request, data, max_age=YEAR, content_type=BYTES)
    answer["Cache-Control"] += ", immutable"
    return answer


@read_only
def key(request: HttpRequest) -> HttpResponse:
    """Every key the log has had, the newest first: one a line, and from when to when it signed."""
    keys = listed(standing.origin())
    return _shown(request, "".join(map(_with_period, keys)).encode(), max_age=60)


@read_only
def policy(request: HttpRequest) -> HttpResponse:
    """Whom to believe, in the form that other people's tools read."""
    return _shown(request, standing.trusted_policy().text.encode(), max_age=60)


@read_only
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that checks all of it, in one file."""
    return _program(request, "verify.py", "text/x-python; charset=utf-8")


@read_only
def recipe(request: HttpRequest) -> HttpResponse:
    """The same with Go's own packages, as far as they go: docs/log-with-go.md."""
    return _program(request, "checklog.go", TEXT)


@read_only
def totals(request: HttpRequest, slug: str) -> HttpResponse:
    """A letter's count as one proof: its newest entry carries its totals."""
    letter = _letter(slug)
    if isinstance(letter, HttpResponse):
        return letter
    try:
        return _shown(request, proving.proof_of_letter(letter), max_age=NEWEST)
    except NotYet as early:
        return _line(404, early.reason)


@read_only
def delivered(request: HttpRequest, slug: str, sha256: str) -> HttpResponse:
    """That a file with this digest was handed over, for whoever holds it."""
    letter = _letter(slug)
    if isinstance(letter, HttpResponse):
        return letter
    if not _DIGEST.fullmatch(sha256):
        return _line(404, _("A checksum has 64 hexadecimal digits."))
    try:
        return _shown(request, entered.proof(letter, sha256), max_age=NEWEST)
    except NotYet as early:
        return _line(404, early.reason)


@read_only
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The exact bytes that were signed: their SHA-256 is what the log says of this text."""
    letter = _letter(slug)
    if isinstance(letter, HttpResponse):
        return letter
    found = Revision.objects.filter(letter=letter, number=number).first()
    if found is None:
        return _line(404, _("The letter has no such text."))
    return _shown(request, found.canonical.encode(), max_age=300)


def _letter(slug: str) -> Letter | HttpResponse:
    try:
        letter = public_letter(slug)
    except Http404:
        return _line(404, _("There is no such letter."))
    return _line(410, _("This letter was taken down.")) if letter.is_taken_down else letter


def _with_period(key: Key) -> str:
    period = f" # since {key.since:%Y-%m-%dT%H:%M:%SZ}" if key.since else ""
    period += f" until {key.until:%Y-%m-%dT%H:%M:%SZ}" if key.until else ""
    return f"{key.vkey}{period}\n"


def _program(request: HttpRequest, name: str, content_type: str) -> HttpResponse:
    answer = _shown(request, _static(name), max_age=300, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@cache
def _static(name: str) -> bytes:
    return bytes((settings.BASE_DIR / "static" / name).read_bytes())


def _shown(
    request: HttpRequest, data: bytes, *, max_age: int, content_type: str = TEXT
) -> HttpResponse:
    answer = caching.open_to_all(HttpResponse(data, content_type=content_type))
    return caching.shared(request, answer, max_age=max_age)


def _line(status: int, reason: str) -> HttpResponse:
    """Other pages' scripts read it too: who looks for a partial tile goes on to the full one."""
    return caching.open_to_all(HttpResponse(f"{reason}\n", status=status, content_type=TEXT))
