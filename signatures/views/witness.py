"""Where other installations' logs ask us to be their witness, and who watches us looks."""

import re

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.caching import open_to_all, shared
from campaigns.reading import read_only
from signatures.log.witness import Refused
from signatures.services import witnessing

PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"

_DIGEST = re.compile(r"[0-9a-f]{64}")


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """C2SP tlog-witness. What is signed says who asks, so neither cookie nor origin matters."""
    try:
        lines = witnessing.cosign(body=request.body, now=timezone.now())
    except Refused as refused:
        if refused.recorded is not None:
            return HttpResponse(f"{refused.recorded}\n", status=refused.status, content_type=SIZE)
        return HttpResponse(f"{refused.reason}\n", status=refused.status, content_type=PLAIN)
    return HttpResponse(lines, content_type=PLAIN, headers={"Cache-Control": "no-store"})


@read_only
def checkpoint(request: HttpRequest, digest: str) -> HttpResponse:
    """The newest checkpoint of a log that we cosigned, for those who compare witnesses."""
    found = witnessing.shown(digest) if _DIGEST.fullmatch(digest) else None
    if found is None:
        return _nothing("no such log was cosigned here")
    return open_to_all(shared(request, HttpResponse(found, content_type=PLAIN), max_age=2))


@read_only
def key(request: HttpRequest) -> HttpResponse:
    """What an operator who wants us as a witness writes into a policy."""
    found = "".join(f"{signer.verifier}\n" for signer in witnessing.signers())
    if not found:
        return _nothing("this installation is no witness")
    return open_to_all(shared(request, HttpResponse(found, content_type=PLAIN), max_age=60))


def _nothing(reason: str) -> HttpResponse:
    return open_to_all(HttpResponse(f"{reason}\n", status=404, content_type=PLAIN))
