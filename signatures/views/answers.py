"""What signing answers: a page to people, JSON to programs that sent JSON."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import refs
from campaigns.models import Letter
from campaigns.problems import problem
from campaigns.views.public import letter_context
from signatures import origin, tokens
from signatures.forms import SignForm
from signatures.views import letter as letter_page
from signatures.views.personal import see

MAX_FIELDS = 100


class BadBody(Exception):
    """What was sent is not a form, nor a flat JSON object of texts."""


class Pages:
    """For browsers: the letter's page again, with everything that was typed."""

    shut = "signing/shut.html"

    def __init__(self, request: HttpRequest, letter: Letter) -> None:
        self.request = request
        self.letter = letter

    def fields(self) -> Mapping[str, Any]:
        return self.request.POST

    def sent(self, form: SignForm, slip: uuid.UUID) -> HttpResponse:
        return see(self.request, waiting_page(self.letter, form.mailbox.address, slip))

    def wrong(self, form: SignForm) -> HttpResponse:
        return self.page_again(form, status=422)

    def too_often(self, form: SignForm, text: str, wait: int) -> HttpResponse:
        form.add_error(None, text)
        response = self.page_again(form, status=429)
        response["Retry-After"] = str(wait)
        return response

    def refused(
        self, status: int, title: str, text: str, form: SignForm | None = None
    ) -> HttpResponse:
        context = letter_context(self.letter) | {
            "title": title,
            "text": text,
            "form": form,
            "carried": self.carried,
        }
        return render(self.request, self.shut, context, status=status)

    def page_again(self, form: SignForm, *, status: int) -> HttpResponse:
        return letter_page.page(
            self.request, self.letter, form=form, status=status, carried=self.carried
        )

    @property
    def carried(self) -> str:
        """The page that comes back stands under the address of the form, which knows nothing of the
        mark of the page before: so its form carries it on."""
        return refs.query(origin.ref(self.request))


class Json:
    """For programs: RFC 9457 problem details, with the sentences for each field."""

    def __init__(self, request: HttpRequest, letter: Letter) -> None:
        self.request = request
        self.letter = letter

    def fields(self) -> Mapping[str, Any]:
        """The object's texts; `true` and `false` stand for `on` and `off`. Raises BadBody."""
        try:
            given = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise BadBody from None
        if not isinstance(given, dict) or len(given) > MAX_FIELDS:
            raise BadBody
        found = {}
        for name, value in given.items():
            if isinstance(value, bool):
                found[name] = "on" if value else "off"
            elif isinstance(value, str):
                found[name] = value
            elif value is not None:
                raise BadBody
        return found

    def sent(self, form: SignForm, slip: uuid.UUID) -> HttpResponse:
        page = waiting_page(self.letter, form.mailbox.address, slip)
        prefix = getattr(self.request, "language_prefix", "")
        where = self.request.build_absolute_uri(prefix + page)
        # What can be posted there: `docs/addresses.md` says with which fields.
        more = {name: f"{where}{name}/" for name in ("again", "address", "code")}
        response = JsonResponse({"sent": where, **more}, status=202)
        response["Location"] = where
        return response

    def wrong(self, form: SignForm) -> HttpResponse:
        errors = {name: [str(one) for one in found] for name, found in form.errors.items()}
        title = _("Please look at this again")
        return problem(422, title, errors=errors, token=form.fresh_token)

    def too_often(self, form: SignForm, text: str, wait: int) -> HttpResponse:
        response = problem(429, _("Not now"), detail=text)
        response["Retry-After"] = str(wait)
        return response

    def refused(
        self, status: int, title: str, text: str, form: SignForm | None = None
    ) -> HttpResponse:
        return problem(status, title, detail=text)


Answers = Pages | Json


def answers_for(request: HttpRequest, letter: Letter) -> Answers:
    kind = Json if request.content_type == "application/json" else Pages
    return kind(request, letter)


def waiting_page(
    letter: Letter, address: str, slip: uuid.UUID, *, again: bool = False, name: str = "sent"
) -> str:
    """The page where somebody waits for the mail to this address, from now on."""
    sealed = tokens.seal_sent(address, letter.uid, slip=slip, at=timezone.now(), again=again)
    return reverse(name, args=[letter.slug, sealed])
