"""Handing a letter over, on its organiser's side: recorded, watched, sent again, struck."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import limiting
from campaigns.access import letter_for
from campaigns.models import Letter
from campaigns.views.doors import organiser, organisers
from signatures import deliveryemails, handed, limits, mailbox
from signatures.deliveryforms import DeliveryForm
from signatures.mailbox import Mailbox
from signatures.models import Delivery
from signatures.services import answering, delivering, updating

LIMITS = limiting.rules("30/d/deliverymails,5/d/officemails")
MAILS = LIMITS["deliverymails"]  # of one organiser
OFFICE = LIMITS["officemails"]  # of one organiser, to one mailbox
SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """A delivery with what its organiser may do with it."""

    delivery: Delivery
    files: list[handed.File]
    link: str
    mailed: bool


@organisers("GET")
def deliveries(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    form = DeliveryForm(letter=letter, file=request.GET.get("file", ""))
    return _page(request, letter, form)


@organisers("POST")
def record(request: HttpRequest, slug: str) -> HttpResponse:
    letter = letter_for(organiser(request), slug)
    form = DeliveryForm(request.POST, letter=letter)
    if not form.is_valid():
        return _page(request, letter, form, status=422)
    given = form.handover()
    try:
        if given.how == Delivery.How.MAIL:
            _count_mail(request, given.email)
        made = delivering.deliver(
            letter=letter, by=organiser(request), given=given, now=timezone.now()
        )
    except limiting.TooOften as often:
        form.add_error(None, _too_often(often))
        return _page(request, letter, form, status=429)
    except delivering.Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, letter, form, status=409)
    if made.how == Delivery.How.MAIL:
        messages.success(
            request, _("The private link is on its way to {to}.").format(to=made.email)
        )
    else:
        messages.success(request, _("Recorded. It stands on the letter’s page now."))
    return redirect("letter_deliveries", slug)


@organisers("POST")
def again(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """The same mail once more."""

    def send(delivery: Delivery) -> str:
        _count_mail(request, delivery.email)
        delivering.send_again(uid=delivery.uid)
        return _("Mailed once more.")

    return _do(request, slug, uid, send)


@organisers("POST")
def renew(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """A new link; the old one ends."""

    def make(delivery: Delivery) -> str:
        if delivery.how == Delivery.How.MAIL:
            _count_mail(request, delivery.email)
        delivering.renew_link(uid=delivery.uid)
        return _("The old link has ended; this is the new one.")

    return _do(request, slug, uid, make)


@organisers("GET", "POST")
def strike(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    """There is no way back, so the link shows what it means and the button does it."""
    if request.method != "POST":
        letter, delivery = _find(request, slug, uid)
        return render(request, "organiser/strike.html", {"letter": letter, "delivery": delivery})

    def take_back(delivery: Delivery) -> str:
        delivering.strike(uid=delivery.uid, now=timezone.now())
        return _("Struck: it is off the letter’s page, and its link has ended.")

    return _do(request, slug, uid, take_back)


@organisers("POST")
def hide(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    def take_off(delivery: Delivery) -> str:
        answering.hide_answer(uid=delivery.uid, now=timezone.now())
        return _("The answer is off the letter’s page, which says that there is one.")

    return _do(request, slug, uid, take_off)


@organisers("POST")
def show(request: HttpRequest, slug: str, uid: uuid.UUID) -> HttpResponse:
    def put_back(delivery: Delivery) -> str:
        answering.show_answer(uid=delivery.uid)
        return _("The answer stands on the letter’s page.")

    return _do(request, slug, uid, put_back)


def _do(
    request: HttpRequest, slug: str, uid: uuid.UUID, verb: Callable[[Delivery], str]
) -> HttpResponse:
    """One verb on one delivery of this organiser, then back to the page with a word about it."""
    letter, delivery = _find(request, slug, uid)
    try:
        messages.success(request, verb(delivery))
    except limiting.TooOften as often:
        messages.error(request, _too_often(often))
    except delivering.Refused as refused:
        messages.error(request, str(refused))
    return redirect("letter_deliveries", letter.slug)


def _find(request: HttpRequest, slug: str, uid: uuid.UUID) -> tuple[Letter, Delivery]:
    letter = letter_for(organiser(request), slug)
    return letter, get_object_or_404(Delivery, letter=letter, uid=uid)


def _page(
    request: HttpRequest, letter: Letter, form: DeliveryForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    rows = letter.deliveries.select_related("revision").order_by("-delivered_at", "-pk")[:SHOWN]
    context = {
        "letter": letter,
        "form": form,
        "shown": [_shown(row, letter, now) for row in rows],
        "may_record": letter.is_published and not letter.is_taken_down,
        "may_tell": not updating.why_not(letter),
    }
    return render(request, "organiser/deliveries.html", context, status=status)


def _shown(delivery: Delivery, letter: Letter, now: datetime) -> Shown:
    alive = delivery.struck_at is None and not letter.is_taken_down
    return Shown(
        delivery,
        handed.files(delivery),
        # Of the day, so that it reads the same when somebody compares it with the one they sent.
        deliveryemails.link(delivery, now.replace(hour=0, minute=0, second=0)) if alive else "",
        mailed=delivery.how == Delivery.How.MAIL,
    )


def _count_mail(request: HttpRequest, address: str) -> None:
    """Anybody's address can be typed as an office's: it is not to be flooded."""
    by = str(organiser(request).pk)
    if address:
        office = mailbox.installation_digest(_mailbox(address)).hex()
        limiting.limiter().take(OFFICE, "officemails", f"{by}/{office}")
    limiting.limiter().take(MAILS, "deliverymails", by)


def _mailbox(address: str) -> Mailbox:
    """A target's own address came with the letter, and need not be one that could sign."""
    try:
        return mailbox.parse(address)
    except mailbox.BadAddress:
        return Mailbox(address=address, canonical=address.lower())


def _too_often(often: limiting.TooOften) -> str:
    again = limits.duration(often.wait)
    return _("Those were many mails for one day. You can send more in {time}.").format(time=again)
