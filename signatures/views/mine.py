"""The signer's own page: their number, the text they signed, and ways to change their mind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import sharing
from campaigns.views.public import letter_context
from signatures import emails, tokens
from signatures import personal as people
from signatures.models import Signature
from signatures.proof import receipts
from signatures.services import mailing, showing, withdrawing
from signatures.tokens import Purpose
from signatures.views.personal import no_such_link, personal, pressed, see, speak

MINE_AGE = timedelta(days=3650)  # a receipt: as long as people keep mails
FIRST_HOUR = timedelta(hours=1)  # after confirming: whoever pressed the button is still there
SOON, LATER = 2, 20  # seconds until the page looks again how far the signature has come
PATIENCE = timedelta(minutes=10)  # after that it looks again only by hand

State = Signature.State
View = Callable[[HttpRequest, str], HttpResponse]


class Ended(Exception):
    """The link was ours: a newer one replaced it, or its quarter of an hour is over."""

    def __init__(self, signature: Signature, *, by_time: bool) -> None:
        super().__init__("link ended")
        self.signature = signature
        self.by_time = by_time


@dataclass(frozen=True)
class Opened:
    """A signature, whether this visitor may change it now, and whether they may have its receipt.

    A receipt stays its signer's when the signature no longer counts."""

    signature: Signature
    may_change: bool
    may_keep: bool


def through_link(view: Callable[[HttpRequest, str, Opened], HttpResponse]) -> View:
    """Give the view what the link opens; a link that opens nothing gets its page here."""

    @wraps(view)
    def opening(request: HttpRequest, token: str) -> HttpResponse:
        try:
            opened = _open(request, token)
        except tokens.BadToken:
            return no_such_link(request)
        except Ended as ended:
            return _ended(request, token, ended)
        return view(request, token, opened)

    return opening


@csrf_exempt  # here and below: the token is the right to press; there is no session
@personal
@require_safe
@through_link
def mine(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    signature = opened.signature
    letter = signature.letter
    now = timezone.now()
    place = receipts.place_of(signature, now=now)
    waits = signature.state == State.CONFIRMED and not signature.counted
    context = letter_context(letter) | {
        "token": token,
        "signature": signature,
        "signed": signature.revision,
        "person": people.person_of(signature),
        "waits": waits,
        "may_change": opened.may_change,
        "may_keep": opened.may_keep,
        "place": place,
        "stage": place.stage.value,
        "interval": settings.LOG_INTERVAL,
        "links": sharing.links(letter),
    }
    response = render(request, "signing/mine.html", context)
    if place.moving and _just_confirmed(signature, now, PATIENCE):
        response["Refresh"] = str(_again(signature, place))
    return response


@csrf_exempt
@personal
@require_POST
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """A link by mail that may change things: people forward mails, so the page alone may not."""
    try:
        signature = _open(request, token).signature
    except Ended as ended:
        if not ended.by_time:
            return _ended(request, token, ended)
        signature = ended.signature
    except tokens.BadToken:
        return no_such_link(request)
    typed = request.POST.get("email", "")
    if pressed(request, "ask"):
        mailing.mail_manage_link(uid=signature.uid, typed=typed, now=timezone.now())
    context = letter_context(signature.letter) | {"token": token, "typed": bool(typed)}
    return render(request, "signing/manage_sent.html", context)


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
@through_link
def withdraw(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Asks once, then takes the signature back."""
    signature = opened.signature
    if signature.state == State.WITHDRAWN:
        return see(request, reverse("mine", args=[token]))
    if not opened.may_change:
        return ask_first(request, token, opened)
    context = letter_context(signature.letter) | {"token": token, "signature": signature}
    if request.method != "POST" or not pressed(request, "withdraw"):
        status = 400 if request.method == "POST" else 200
        return render(request, "signing/withdraw.html", context, status=status)
    erase = request.POST.get("erase") == "on"
    left = withdrawing.withdraw(uid=signature.uid, now=timezone.now(), erase=erase)
    if left is None or erase:
        return render(request, "signing/withdrawn.html", context | {"erased": erase})
    return see(request, _page_of(left))


@csrf_exempt
@personal
@require_POST
@through_link
def show(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Put the name on the public list, or take it off."""
    signature = opened.signature
    if not opened.may_change:
        return ask_first(request, token, opened)
    if pressed(request, "show") or pressed(request, "hide"):
        public = request.POST["press"] == "show"
        try:
            showing.show(uid=signature.uid, public=public)
        except showing.Refused:
            return no_such_link(request)
    return see(request, reverse("mine", args=[token]))


def ask_first(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    """Whoever only has an old mail may have a fresh link sent to its owner."""
    signature = opened.signature
    context = letter_context(signature.letter) | {"token": token, "signature": signature}
    return render(request, "signing/ask_first.html", context, status=403)


def _just_confirmed(signature: Signature, now: datetime, within: timedelta) -> bool:
    return signature.confirmed_at is not None and now - signature.confirmed_at < within


def _again(signature: Signature, place: receipts.Place) -> int:
    """Soon for the number, less often for a checkpoint: nobody waits for that with their eyes."""
    if signature.letter.sensitive or place.why:
        return LATER
    return max(SOON, settings.LOG_INTERVAL // 2) if signature.counted else SOON


def _open(request: HttpRequest, token: str) -> Opened:
    """Raises BadToken for what isn't ours, Ended for what was."""
    now = timezone.now()
    try:
        claim, manages = tokens.read(token, Purpose.MINE, max_age=MINE_AGE, now=now), False
        over = False
    except tokens.BadToken:
        claim, over = _manage_claim(token, now)
        manages = True
    signature = _find(claim)
    speak(request, signature)
    if signature.generation != claim.generation or over:
        raise Ended(signature, by_time=signature.generation == claim.generation)
    theirs = (
        manages or _just_confirmed(signature, now, FIRST_HOUR)
    ) and signature.erased_at is None
    alive = signature.state in {State.PENDING, State.CONFIRMED}
    return Opened(
        signature,
        may_change=theirs and alive,
        may_keep=theirs and signature.state != State.PENDING,
    )


def _manage_claim(token: str, now: datetime) -> tuple[tokens.Claim, bool]:
    try:
        claim = tokens.read(token, Purpose.MANAGE, max_age=emails.MANAGE_AGE, now=now)
    except tokens.ExpiredToken as expired:
        return expired.claim, True
    return claim, False


def _find(claim: tokens.Claim) -> Signature:
    rows = Signature.objects.select_related("letter__revision", "letter__tally", "revision")
    signature = rows.select_related("invalidation").filter(uid=claim.uid).first()
    if signature is None:
        raise tokens.BadToken
    return signature


def _ended(request: HttpRequest, token: str, ended: Ended) -> HttpResponse:
    context = letter_context(ended.signature.letter) | {
        "token": token,
        "signature": ended.signature,
        "by_time": ended.by_time,
    }
    return render(request, "signing/ended.html", context, status=410)


def _page_of(signature: Signature) -> str:
    token = tokens.make(
        Purpose.MINE, signature.uid, generation=signature.generation, at=timezone.now()
    )
    return reverse("mine", args=[token])
