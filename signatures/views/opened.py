"""A person is on the page of the mail's link: said by its script at the first touch or key."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from signatures.services import funnelling
from signatures.views.personal import personal, pressed

DONE = 204


@csrf_exempt
@personal
@require_POST
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The same answer for every link, forged ones too: it is for no one to read."""
    if pressed(request, "opened"):
        funnelling.seen(token=token, now=timezone.now())
    return HttpResponse(status=DONE)
