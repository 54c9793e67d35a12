"""The log as its files: what programs read to check us, without a cookie and from any page."""

import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

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


class _Unshown(Exception):
    """There is nothing to show; `reason` is one line for whoever asked."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def in_a_line(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What can't be shown is said in one line that other pages' scripts can read, too: who looks
    for a partial tile goes on to the full one."""

    @wraps(view)
    def answered(request: HttpRequest, **named: Any) -> HttpResponse:
        try:
            return view(request, **named)
        except tiles.BadTile as bad:
            status, reason = 400, bad.reason
        except (NotYet, Missing) as missing:
            status, reason = 404, missing.reason
        except _Unshown as unshown:
            status, reason = unshown.status, unshown.reason
        answer = HttpResponse(f"{reason}\n", status=status, content_type=TEXT)
        return caching.open_to_all(answer)

    return answered


@read_only
@in_a_line
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed tree."""
    return _shown(request, proving.tree().signed, max_age=NEWEST)


@read_only
@in_a_line
def tile(request: HttpRequest, rest: str) -> HttpResponse:
    """A tile or bundle that the newest checkpoint reaches; it never changes from then on."""
    data = proving.tree().tile(tiles.parse_path(f"tile/{rest}"))
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
@in_a_line
def totals(request: HttpRequest, slug: str) -> HttpResponse:
    """A letter's count as one proof: its newest entry carries its totals."""
    return _shown(request, proving.proof_of_letter(_letter(slug)), max_age=NEWEST)


@read_only
@in_a_line
def delivered(request: HttpRequest, slug: str, sha256: str) -> HttpResponse:
    """That a file with this digest was handed over, for whoever holds it."""
    letter = _letter(slug)
    if not _DIGEST.fullmatch(sha256):
        raise _Unshown(404, _("A checksum has 64 hexadecimal digits."))
    return _shown(request, entered.proof(letter, sha256), max_age=NEWEST)


@read_only
@in_a_line
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The exact bytes that were signed: their SHA-256 is what the log says of this text."""
    found = Revision.objects.filter(letter=_letter(slug), number=number).first()
    if found is None:
        raise _Unshown(404, _("The letter has no such text."))
    return _shown(request, found.canonical.encode(), max_age=300)


def _letter(slug: str) -> Letter:
    try:
        letter = public_letter(slug)
    except Http404:
        raise _Unshown(404, _("There is no such letter.")) from None
    if letter.is_taken_down:
        raise _Unshown(410, _("This letter was taken down."))
    return letter


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
