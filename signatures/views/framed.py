"""Signing in a frame on somebody else's page: the same verb and the same looks, on small pages.

Nothing here signs by one click: name and address are typed, and the button in the mail decides.
"""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
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
from signatures import tokens
from signatures.forms import SignForm
from signatures.services import signing
from signatures.views.answers import Pages, waiting_page
from signatures.views.personal import personal, see
from signatures.views.signing import receive
from signatures.waitingforms import CodeForm


class Frames(Pages):
    """For browsers, inside a frame."""

    shut = "embeds/shut.html"

    def sent(self, form: SignForm, slip: uuid.UUID) -> HttpResponse:
        """Names no address: frames are looked at by whoever looks at the page around them. The
        fragment brings the top of the answer into view, where the button was far below."""
        page = waiting_page(self.letter, form.mailbox.address, slip, name="sign_frame_waiting")
        return see(self.request, f"{page}{self.carried}#sent")

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


@framable
@personal
@read_only
def waiting(request: HttpRequest, slug: str, sealed: str) -> HttpResponse:
    """The same, and the way to what can be done about it: on a page of its own, for what is typed
    or pressed there is answered with an address or with a signer's own page."""
    letter = public_letter(slug)
    page_language(request, letter)
    if letter.is_taken_down:
        return _gone(request, letter)
    try:
        tokens.read_sent(sealed, letter.uid)
    except tokens.BadToken:
        raise Http404 from None
    context = letter_context(letter) | {"sealed": sealed, "code_form": CodeForm()}
    return render(request, "embeds/sent.html", context)


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
