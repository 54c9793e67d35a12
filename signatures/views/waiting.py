"""Where somebody waits for our mail: another one, another address, or its code typed here.

The sealed part of the address is the key to the page; it tells what its own reader typed. Every
answer here is the same, by the same statements, whether or not that address is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns import access, client
from campaigns.language import page_language
from campaigns.limiting import TooOften
from campaigns.models import Letter
from campaigns.reading import read_only
from campaigns.views.public import gone, letter_context
from signatures import limits, mailbox, tokens, typos
from signatures.mailbox import Mailbox
from signatures.services import coding, readdressing, resending, signing
from signatures.tokens import Purpose, Sent
from signatures.views.answers import waiting_page
from signatures.views.confirming import to_own_page
from signatures.views.personal import View, no_such_link, personal, pressed, see
from signatures.waitingforms import MISFIT, AddressForm, CodeForm


@dataclass(frozen=True)
class Wait:
    """Who waits: where, for a mail to which address, and since when."""

    request: HttpRequest
    letter: Letter
    sealed: str
    sent: Sent
    box: Mailbox
    now: datetime

    @property
    def seconds(self) -> int:
        """Until another mail may be asked for."""
        return max(0, ceil(limits.AGAIN - (self.now - self.sent.at).total_seconds()))

    def moved_on(self, address: str, slip: Any, *, again: bool = False) -> HttpResponse:
        return see(self.request, waiting_page(self.letter, address, slip, again=again))


Page = Callable[[Wait], HttpResponse]


def _waiting(view: Page) -> View:
    """Open the sealed part, or give the one answer there is for all that is wrong with it."""

    @wraps(view)
    def opened(request: HttpRequest, slug: str, sealed: str) -> HttpResponseBase:
        letter = access.public_letter(slug)
        page_language(request, letter)
        if letter.is_taken_down:
            return gone(request, letter)
        try:
            sent = tokens.read_sent(sealed, letter.uid)
            box = mailbox.parse(sent.address)
        except (tokens.BadToken, mailbox.BadAddress):
            return no_such_link(request)
        return view(Wait(request, letter, sealed, sent, box, timezone.now()))

    return opened


def _press(name: str) -> Callable[[Page], View]:
    """A POST by the button of that name, as long as mails already sent can be confirmed."""

    def decorated(view: Page) -> View:
        @wraps(view)
        def checked(wait: Wait) -> HttpResponse:
            if not pressed(wait.request, name):
                return _show(wait, status=400)
            if not wait.letter.takes_confirmations(wait.now):
                return _shut(wait)
            return view(wait)

        # The sealed part is the right to press: there is no session anybody could ride on.
        return csrf_exempt(personal(require_POST(_waiting(checked))))

    return decorated


@personal
@read_only
@_waiting
def page(wait: Wait) -> HttpResponse:
    """ "Look into your mail": says nothing but where it went, which the signer typed."""
    return _show(wait)


@_press("again")
def again(wait: Wait) -> HttpResponse:
    """The mail once more, a minute after the last one."""
    if wait.seconds:
        return _too_soon(wait, wait.seconds)
    try:
        limits.admit_again(
            client=client.household(wait.request), mailbox=mailbox.installation_digest(wait.box)
        )
    except TooOften as often:
        if often.of == "again":
            return _too_soon(wait, often.wait)
        return _too_soon(wait, often.wait, limits.in_words(often))
    resending.resend(letter=wait.letter, to=wait.box, slip=wait.sent.slip, now=wait.now)
    return wait.moved_on(wait.sent.address, wait.sent.slip, again=True)


@_press("address")
def address(wait: Wait) -> HttpResponse:
    """The same signature for another address: by the looks and limits of the sign form."""
    if not wait.letter.takes_signatures(wait.now):
        return _shut(wait)
    form = AddressForm(wait.request.POST, written_to=wait.sent.address)
    if not form.is_valid():
        return _show(wait, address=form, status=422)
    request, to = wait.request, form.mailbox
    try:
        limits.admit(
            client=client.household(request), mailbox=mailbox.installation_digest(to), bare=False
        )
    except TooOften as often:
        form.add_error("email", limits.in_words(often))
        return _later(_show(wait, address=form, status=429), often.wait)
    try:
        slip = readdressing.readdress(
            letter=wait.letter,
            slip=wait.sent.slip,
            to=to,
            network=client.network(request, wait.now),
            now=wait.now,
        )
    except readdressing.Refused:
        context = letter_context(wait.letter)
        return render(request, "signing/slip_over.html", context, status=410)
    except signing.Refused:  # closed while the form was on its way
        return _shut(wait)
    return wait.moved_on(to.address, slip)


@_press("code")
def code(wait: Wait) -> HttpResponse:
    """The mail's six digits instead of its button."""
    form = CodeForm(wait.request.POST)
    if not form.is_valid():
        return _show(wait, code=form, status=422)
    try:
        limits.admit_code(client=client.household(wait.request))
    except TooOften as often:
        form.add_error("code", limits.in_words(often))
        return _later(_show(wait, code=form, status=429), often.wait)
    fit = coding.try_code(
        letter=wait.letter,
        box=wait.box,
        typed=form.cleaned_data["code"],
        slip=wait.sent.slip,
        now=wait.now,
    )
    if fit is None:
        form.add_error("code", MISFIT)
        return _show(wait, code=form, status=422)
    signature = fit.signature
    if fit.is_confirmed:
        limits.forget_mailbox(signature.mailbox_anywhere)
        return to_own_page(wait.request, signature)
    # Its time is the mail's own: a code makes no link last longer.
    token = tokens.make(
        Purpose.CONFIRM, signature.uid, generation=signature.generation, at=fit.asked_at
    )
    return see(wait.request, reverse("confirm", args=[token]))


def _show(
    wait: Wait,
    *,
    code: CodeForm | None = None,
    address: AddressForm | None = None,
    status: int = 200,
    too_soon: str = "",
) -> HttpResponse:
    letter = wait.letter
    corrects = letter.takes_signatures(wait.now)
    context = letter_context(letter) | {
        "sealed": wait.sealed,
        "mailbox": wait.sent.address,
        "again": wait.sent.again,
        "seconds": wait.seconds,
        "waits": letter.takes_confirmations(wait.now),
        "corrects": corrects,
        "meant": typos.suggest(wait.sent.address) if corrects else None,
        "code_form": code or CodeForm(),
        "address_form": address or AddressForm(written_to=wait.sent.address),
        "too_soon": too_soon,
        "unpressed": status == 400,
    }
    return render(wait.request, "signing/sent.html", context, status=status)


def _too_soon(wait: Wait, seconds: int, text: str = "") -> HttpResponse:
    text = text or _("Our mail left a moment ago. You can ask for another one in {time}.").format(
        time=limits.duration(seconds)
    )
    return _later(_show(wait, status=429, too_soon=text), seconds)


def _later(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(seconds)
    return response


def _shut(wait: Wait) -> HttpResponse:
    context = letter_context(wait.letter) | {
        "title": _("Not now"),
        "text": signing.why_not(wait.letter, wait.now),
        "form": None,
    }
    return render(wait.request, "signing/shut.html", context, status=409)
