"""The signer's own page: their number, the text they signed, and ways to change their mind."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from campaigns import revising
from campaigns.views.public import letter_context
from signatures import personal as people
from signatures import tokens
from signatures.models import Signature
from signatures.proof import receipts
from signatures.services import correcting, mailing, resigning, subscribing
from signatures.tokens import Purpose
from signatures.views.ownlink import (
    Ended,
    Opened,
    has_ended,
    just_confirmed,
    open_link,
    through_link,
)
from signatures.views.passing import passing_on
from signatures.views.personal import no_such_link, personal, pressed
from signatures.views.presses import PRESSES

SOON, LATER = 2, 20  # seconds until the page looks again how far the signature has come
PATIENCE = timedelta(minutes=10)  # after that it looks again only by hand

State = Signature.State


@csrf_exempt  # here and below: the token is the right to press; there is no session
@personal
@require_safe
@through_link
def mine(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    return page(request, token, opened)


def page(
    request: HttpRequest, token: str, opened: Opened, *, why_not: str = "", status: int = 200
) -> HttpResponse:
    """How the signature is now; `why_not` says why what was pressed didn't happen."""
    signature = opened.signature
    now = timezone.now()
    place = receipts.place_of(signature, now=now)
    waits = signature.state == State.CONFIRMED and (
        not signature.counted or signature.is_signing_anew
    )
    context = letter_context(signature.letter) | {
        "token": token,
        "signature": signature,
        "signed": signature.revision,
        "person": people.person_of(signature),
        "waits": waits,
        "may_keep": opened.may_keep,
        "place": place,
        "stage": place.stage.value,
        "interval": settings.LOG_INTERVAL,
        "why_not": why_not,
        "presses": PRESSES,
    }
    context |= _choices(opened, now) | _newer_text(signature, now)
    context |= passing_on(request, signature)
    response = render(request, "signing/mine.html", context, status=status)
    reads = "saved" in request.GET  # what has just changed; a new page would begin at its top
    if place.moving and status == 200 and _lately(signature, now) and not reads:
        # By its address: "#errors" outlives a form's redirect, and there a page only scrolls.
        here = getattr(request, "language_prefix", "") + reverse("mine", args=[token])
        response["Refresh"] = f"{_again(signature, place)}; url={here}"
    return response


@csrf_exempt
@personal
@require_POST
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """A link by mail that may change things: people forward mails, so the page alone may not."""
    try:
        signature = open_link(request, token).signature
    except Ended as ended:
        if ended.signature.erased_at is not None:
            return has_ended(request, token, ended)
        signature = ended.signature  # it goes to its owner alone, whoever asks
    except tokens.BadToken:
        return no_such_link(request)
    typed = request.POST.get("email", "")
    if pressed(request, "ask"):
        mailing.mail_manage_link(uid=signature.uid, typed=typed, now=timezone.now())
    context = letter_context(signature.letter) | {"token": token, "typed": bool(typed)}
    return render(request, "signing/manage_sent.html", context)


@personal
@require_safe
def forgotten(request: HttpRequest) -> HttpResponse:
    """After erasing what never counted: there is no row, and no link, any more."""
    return render(request, "signing/forgotten.html")


def _choices(opened: Opened, now: datetime) -> dict[str, Any]:
    """What the page offers, and whether it is offered here or through a fresh link."""
    signature = opened.signature
    may_correct = opened.may_change and correcting.may_correct(signature)
    anonymous = signature.letter.anonymous_hours is not None
    return {
        "is_fresh": opened.may_erase,
        "just_confirmed": opened.purpose == Purpose.MINE,  # or else by a link asked for
        "may_ask": not opened.is_fresh and signature.erased_at is None,
        "has_person": opened.has_person,
        "anonymous": anonymous,
        "may_withdraw": opened.may_change,
        "may_correct": may_correct,
        "may_show": may_correct and (signature.public or not anonymous),
        "may_stop": opened.may_erase and signature.updates,
        "may_start": opened.may_change
        and not signature.updates
        and subscribing.may_hear(signature),
    }


def _newer_text(signature: Signature, now: datetime) -> dict[str, Any]:
    """What has changed since they signed, for whom it is still about: whoever counts, or may."""
    current = signature.letter.revision
    if current is None or current.pk == signature.revision_id or signature.erased_at is not None:
        return {"changes": None, "may_resign": False}
    if signature.state not in {State.PENDING, State.CONFIRMED}:
        return {"changes": None, "may_resign": False}
    return {
        "changes": revising.between(signature.revision, current),
        "may_resign": resigning.may_resign(signature, now),
    }


def _lately(signature: Signature, now: datetime) -> bool:
    """Whether whoever looks is likely to wait for a number."""
    if signature.is_signing_anew and signature.changed_at is not None:
        return now - signature.changed_at < PATIENCE
    return just_confirmed(signature, now, PATIENCE)


def _again(signature: Signature, place: receipts.Place) -> int:
    """Soon for the number, less often for a checkpoint: nobody waits for that with their eyes."""
    if signature.letter.sensitive or place.why:
        return LATER
    has_number = signature.counted and not signature.is_signing_anew
    return max(SOON, settings.LOG_INTERVAL // 2) if has_number else SOON
