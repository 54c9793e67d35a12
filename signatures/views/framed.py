"""Signing in a frame on somebody else's page: the same verb and the same looks, on small pages.

Nothing here signs by one click: name and address are typed, and the button in the mail decides.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns import caching, text
from campaigns.access import public_letter
from campaigns.framing import framable
from campaigns.language import page_language
from campaigns.models import Letter
from campaigns.phases import phase
from campaigns.reading import read_only
from campaigns.views.public import letter_context
from signatures.forms import SignForm
from signatures.services import signing
from signatures.views.answers import Pages
from signatures.views.personal import see
from signatures.views.signing import receive


class Frames(Pages):
    """For browsers, inside a frame."""

    shut = "embeds/shut.html"

    def sent(self, form: SignForm) -> HttpResponse:
        """Names no address: frames are looked at by whoever looks at the page around them. The
        fragment brings the top of the answer into view, where the button was far below."""
        address = reverse("sign_frame_sent", args=[self.letter.slug])
        return see(self.request, f"{address}{self.carried}#sent")

    def refused(
        self, status: int, title: str, text: str, form: SignForm | None = None
    ) -> HttpResponse:
        if status == 403:  # a sandbox, more likely than a forged form
            title = _("Sign on the letter’s own page")
            text = _("The page around this one keeps forms from being sent. Nothing was kept.")
        return super().refused(status, title, text, form)

    def page_again(self, form: SignForm, *, status: int) -> HttpResponse:
        context = _context(self.letter) | {"form": form, "carried": self.carried}
        answer = render(self.request, "embeds/sign.html", context, status=status)
        answer["Cache-Control"] = "no-store"  # it holds what one person typed
        return answer


@framable
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """One frame for every reader, whatever its query; a POST signs where the form stands."""
    letter = public_letter(slug)
    page_language(request, letter)
    if request.method == "POST":
        return receive(request, letter, Frames(request, letter))
    if letter.is_taken_down:
        return _gone(request, letter)
    context = _context(letter) | {"form": SignForm(letter=letter)}
    answer = render(request, "embeds/sign.html", context)
    return caching.shared(request, answer, max_age=10, stale=60)


@framable
@read_only
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    """ "Look into your mail", the same for everybody."""
    letter = public_letter(slug)
    page_language(request, letter)
    if letter.is_taken_down:
        return _gone(request, letter)
    answer = render(request, "embeds/sent.html", letter_context(letter))
    return caching.shared(request, answer, max_age=60, stale=300)


def _context(letter: Letter) -> dict[str, Any]:
    now = timezone.now()
    assert letter.revision is not None  # the database says so for published letters
    return letter_context(letter) | {
        "phase": phase(letter, now),
        "why_not": "" if letter.takes_signatures(now) else signing.why_not(letter, now),
        "body": text.stored(letter.revision.body_html),
        "sign_at": "sign_frame",
    }


def _gone(request: HttpRequest, letter: Letter) -> HttpResponse:
    page = render(request, "embeds/gone.html", {"letter": letter}, status=410)
    return caching.shared(request, page, max_age=15)
