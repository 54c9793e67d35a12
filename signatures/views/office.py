"""The private page of a target's office: the letter, the files, the proof; received; answered.

Opening it, by whatever method and however often, records nothing. The link is the key: no log-in.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from campaigns import client, language, limiting
from campaigns.views.public import letter_context
from signatures import handed, limits, tokens
from signatures.deliveryforms import AnswerForm, ReceivedForm
from signatures.exports import certificate
from signatures.models import Delivery
from signatures.services import answering, delivering, exporting
from signatures.tokens import Purpose
from signatures.views.personal import personal, pressed, see

LIMIT = limiting.rules("300/h/office")["office"]
GONE = 410
View = Callable[..., HttpResponseBase]


class Ended(Exception):
    """The link was ours: struck, replaced, too old, or of a letter that was taken down."""

    def __init__(self, delivery: Delivery, *, by_time: bool = False) -> None:
        super().__init__("link ended")
        self.delivery = delivery
        self.by_time = by_time


def through_link(view: View) -> View:
    """Give the view the delivery its link leads to; links that lead nowhere get their page here."""

    @csrf_exempt  # the token is the right to press; there is no session anybody could ride on
    @personal
    @wraps(view)
    def opening(request: HttpRequest, token: str, **given: Any) -> HttpResponseBase:
        try:
            limiting.limiter().take(LIMIT, "office", client.household(request))
            delivery = _open(token)
        except limiting.TooOften as often:
            return _too_often(request, often)
        except Ended as ended:
            return _ended(request, ended.delivery, by_time=ended.by_time)
        except tokens.BadToken:
            return render(request, "deliveries/bad_link.html", status=404)
        language.page_language(request, delivery.letter)
        return view(request, token, delivery, **given)

    return opening


@through_link
@require_safe
def page(request: HttpRequest, token: str, delivery: Delivery) -> HttpResponse:
    return _page(request, token, delivery)


@through_link
@require_safe
def file(
    request: HttpRequest, token: str, delivery: Delivery, export: uuid.UUID
) -> HttpResponseBase:
    """One of the files handed over, or the one that has taken its place; no other."""
    found = next((one for one in handed.files(delivery) if one.given.uid == export), None)
    if found is None:
        raise Http404
    row = found.current
    try:
        stream = exporting.path_of(row).open("rb") if row is not None else None
    except FileNotFoundError:
        stream = None
    if row is None or stream is None:
        return _page(request, token, delivery, missing=export, status=GONE)
    return FileResponse(
        stream,
        as_attachment=True,
        filename=f"{delivery.letter.slug}-{row.sha256[:8]}{exporting.path_of(row).suffix}",
        content_type="application/zip" if row.parts > 1 else "application/pdf",
    )


@through_link
@require_POST
def received(request: HttpRequest, token: str, delivery: Delivery) -> HttpResponse:
    form = ReceivedForm(request.POST)
    if not pressed(request, "received"):
        return _page(request, token, delivery, received=form, status=400)
    if not form.is_valid():
        return _page(request, token, delivery, received=form, status=422)
    try:
        answering.receive(
            uid=delivery.uid,
            generation=delivery.generation,
            by_name=form.cleaned_data["by_name"],
            now=timezone.now(),
        )
    except delivering.Ended:
        return _ended(request, delivery)
    return see(request, reverse("delivery", args=[token]) + "#received")


@through_link
@require_POST
def answer(request: HttpRequest, token: str, delivery: Delivery) -> HttpResponse:
    """First shown as it will stand in public, then published by a second press."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, token, delivery, answer=form, status=422)
    if pressed(request, "preview"):
        return _page(request, token, delivery, answer=form, preview=True)
    if pressed(request, "change"):
        return _page(request, token, delivery, answer=form)
    if not pressed(request, "answer"):
        return _page(request, token, delivery, answer=form, preview=True, status=400)
    try:
        answering.answer(
            uid=delivery.uid,
            generation=delivery.generation,
            text=form.cleaned_data["text"],
            by_name=form.cleaned_data["by_name"],
            now=timezone.now(),
        )
    except delivering.Ended:
        return _ended(request, delivery)
    except delivering.Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, token, delivery, answer=form, status=409)
    return see(request, reverse("delivery", args=[token]) + "#answer")


def _page(
    request: HttpRequest,
    token: str,
    delivery: Delivery,
    *,
    received: ReceivedForm | None = None,
    answer: AnswerForm | None = None,
    preview: bool = False,
    missing: uuid.UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    files = handed.files(delivery)
    may_answer = answering.may_answer(delivery, now)
    written = {"text": delivery.answer, "by_name": delivery.answered_by}
    context = letter_context(delivery.letter) | {
        "token": token,
        "delivery": delivery,
        "handed": delivery.revision,
        "files": files,
        "missing": missing,
        "signed": (signed := any(one.current and one.current.signed for one in files)),
        # What new files are signed with; an older file may carry an older one.
        "certificate": certificate.usable() if signed else None,
        "received_form": received or ReceivedForm(),
        "answer_form": answer or AnswerForm(initial=written),
        "writing": answer is not None and may_answer,
        "preview": preview,
        "may_answer": may_answer,
        "until": (delivery.answered_at or now) + answering.CORRECTABLE,
        "operator": settings.OPERATOR_NAME,
    }
    return render(request, "deliveries/page.html", context, status=status)


def _open(token: str) -> Delivery:
    """Raises BadToken for what isn't ours, Ended for what was."""
    now = timezone.now()
    try:
        claim = tokens.read(token, Purpose.DELIVERY, max_age=delivering.LINK_AGE, now=now)
    except tokens.ExpiredToken as expired:
        raise Ended(_find(expired.claim), by_time=True) from None
    delivery = _find(claim)
    if delivery.struck_at is not None or delivery.letter.is_taken_down:
        raise Ended(delivery)
    if claim.generation != delivery.generation:
        raise Ended(delivery)
    return delivery


def _find(claim: tokens.Claim) -> Delivery:
    rows = Delivery.objects.select_related("letter__revision", "letter__tally", "revision")
    delivery = rows.filter(uid=claim.uid).first()
    if delivery is None:
        raise tokens.BadToken
    return delivery


def _ended(request: HttpRequest, delivery: Delivery, *, by_time: bool = False) -> HttpResponse:
    language.page_language(request, delivery.letter)
    context = letter_context(delivery.letter) | {"delivery": delivery, "by_time": by_time}
    return render(request, "deliveries/ended.html", context, status=GONE)


def _too_often(request: HttpRequest, often: limiting.TooOften) -> HttpResponse:
    context = {"again": limits.duration(often.wait)}
    response = render(request, "deliveries/too_often.html", context, status=429)
    response["Retry-After"] = str(often.wait)
    return response
