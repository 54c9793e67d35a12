"""How a signer's own link opens: what it may do, and what it answers once it has ended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from campaigns.views.public import letter_context
from signatures import tokens
from signatures.models import Signature
from signatures.services import mailing
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, speak

MINE_AGE = timedelta(days=3650)  # a receipt: as long as people keep mails
FIRST_HOUR = timedelta(hours=1)  # after confirming: whoever pressed the button is still there
ALIVE = {Signature.State.PENDING, Signature.State.CONFIRMED}

View = Callable[[HttpRequest, str], HttpResponse]


class Ended(Exception):
    """The link was ours: a newer one replaced it, or its quarter of an hour is over."""

    def __init__(self, signature: Signature, *, by_time: bool) -> None:
        super().__init__("link ended")
        self.signature = signature
        self.by_time = by_time


@dataclass(frozen=True)
class Opened:
    """A signature, and whether whoever opened its page is known to be its signer by now."""

    signature: Signature
    is_fresh: bool
    purpose: Purpose
    issued_at: datetime

    @property
    def may_erase(self) -> bool:
        """And have everything that is kept: in every state, until nothing is left."""
        return self.is_fresh and self.signature.erased_at is None

    @property
    def may_change(self) -> bool:
        return self.may_erase and self.signature.state in ALIVE

    @property
    def may_keep(self) -> bool:
        """A receipt stays its signer's when the signature no longer counts."""
        return self.may_erase and self.signature.state != Signature.State.PENDING

    @property
    def has_person(self) -> bool:
        """Whether anything is left that somebody wrote about themselves."""
        row = self.signature
        return row.erased_at is None and row.identity_erased_at is None


def through_link(view: Callable[[HttpRequest, str, Opened], HttpResponse]) -> View:
    """Give the view what the link opens; a link that opens nothing gets its page here."""

    @wraps(view)
    def opening(request: HttpRequest, token: str) -> HttpResponse:
        try:
            opened = open_link(request, token)
        except tokens.BadToken:
            return no_such_link(request)
        except Ended as ended:
            return has_ended(request, token, ended)
        return view(request, token, opened)

    return opening


def open_link(request: HttpRequest, token: str) -> Opened:
    """Raises BadToken for what isn't ours, Ended for what was."""
    now = timezone.now()
    purpose, over = Purpose.MINE, False
    try:
        claim = tokens.read(token, Purpose.MINE, max_age=MINE_AGE, now=now)
    except tokens.BadToken:
        claim, over = _manage_claim(token, now)
        purpose = Purpose.MANAGE
    signature = _find(claim)
    speak(request, signature)
    if signature.generation != claim.generation or over:
        raise Ended(signature, by_time=signature.generation == claim.generation)
    is_fresh = purpose == Purpose.MANAGE or just_confirmed(signature, now, FIRST_HOUR)
    return Opened(signature, is_fresh, purpose, claim.issued_at)


def just_confirmed(signature: Signature, now: datetime, within: timedelta) -> bool:
    return signature.confirmed_at is not None and now - signature.confirmed_at < within


def page_of(opened: Opened, signature: Signature) -> str:
    """The same page after what was done, which may have ended the link that opened it. The new one
    is no fresher than that was."""
    token = tokens.make(
        opened.purpose, signature.uid, generation=signature.generation, at=opened.issued_at
    )
    return reverse("mine", args=[token])


def ask_first(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Whoever only has an old mail may have a fresh link sent to its owner."""
    signature = opened.signature
    context = letter_context(signature.letter) | {"token": token, "signature": signature}
    return render(request, "signing/ask_first.html", context, status=403)


def has_ended(request: HttpRequest, token: str, ended: Ended) -> HttpResponse:
    context = letter_context(ended.signature.letter) | {
        "token": token,
        "signature": ended.signature,
        "by_time": ended.by_time,
    }
    return render(request, "signing/ended.html", context, status=410)


def _manage_claim(token: str, now: datetime) -> tuple[tokens.Claim, bool]:
    try:
        claim = tokens.read(token, Purpose.MANAGE, max_age=mailing.MANAGE_AGE, now=now)
    except tokens.ExpiredToken as expired:
        return expired.claim, True
    return claim, False


def _find(claim: tokens.Claim) -> Signature:
    rows = Signature.objects.select_related("letter__revision", "letter__tally", "revision")
    signature = rows.select_related("invalidation").filter(uid=claim.uid).first()
    if signature is None:
        raise tokens.BadToken
    return signature
