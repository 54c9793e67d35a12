"""What a signer needs to pass the letter on: links that are their own, and a code to point at."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from campaigns import refs, sharing
from signatures import marks
from signatures.exports import codes
from signatures.models import Signature
from signatures.services import thanking
from signatures.views.ownlink import Opened, through_link
from signatures.views.personal import personal


def passing_on(request: HttpRequest, signature: Signature) -> dict[str, Any]:
    """Links to share, and how many have signed by them; plain ones where nobody is to be told."""
    own = thanking.may_pass_on(signature)
    return {
        "links": sharing.links(signature.letter, mark=_mark(signature)),
        "own_link": _address(request, signature) if own else "",
        "brought": thanking.told(signature) if own else None,
        "least": thanking.LEAST,
    }


@csrf_exempt
@personal
@require_safe
@through_link
def code(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """The signer's own link as a picture that a telephone reads, made here."""
    signature = opened.signature
    if not thanking.may_pass_on(signature):
        raise Http404
    drawn = codes.code(_address(request, signature))
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawn.side} {drawn.side}" '
        f'width="{8 * drawn.side}" height="{8 * drawn.side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{drawn.side}v{drawn.side}h-{drawn.side}z"/>'
        f'<path d="{drawn.path}"/></svg>\n'
    )
    return HttpResponse(picture, content_type="image/svg+xml")


def _mark(signature: Signature) -> str:
    return marks.of(signature.uid) if thanking.may_pass_on(signature) else ""


def _address(request: HttpRequest, signature: Signature) -> str:
    prefix = getattr(request, "language_prefix", "")
    page = signature.letter.get_absolute_url()
    return f"{settings.SITE_URL}{prefix}{page}{refs.query(_mark(signature))}"
