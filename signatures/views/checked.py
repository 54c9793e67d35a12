"""How a letter's number is counted: as a page, as the line under it, and as data."""

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from campaigns import caching, language
from campaigns.access import public_letter
from campaigns.models import Letter
from campaigns.reading import read_only
from campaigns.views import embeds
from campaigns.views.public import gone, letter_context
from signatures.counting import breakdowns, checked, daychart, takenout
from signatures.counting.breakdowns import Share, Statistics
from signatures.counting.smallcells import FEWEST, PART
from signatures.log.leaf import Method
from signatures.log.lines import encoded
from signatures.proof import standing
from signatures.proof.standing import Standing

DAYS = 31  # in the table; all of them are in the file
TEXTS = 20  # revisions


@read_only
def page(request: HttpRequest, slug: str) -> HttpResponse:
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return gone(request, letter)
    now = timezone.now()
    line = checked.line(letter, now=now)
    found = _statistics(letter, line["checked"], now)
    steps = takenout.of_letter(letter)
    log = standing.standing()
    context = letter_context(letter) | line
    context |= {
        "now": now,
        "log": log,
        "root": encoded(log.root),
        "witnessed": _seconds(log, now),
        "statistics": found,
        "days": found.days[:DAYS],
        "chart": daychart.draw(
            [(d.day, d.signed, d.withdrawn + d.invalidated) for d in found.days]
        ),
        "parts": found.parts[::-1],
        "older": len(found.days) > DAYS,
        "rules": [step for step in steps if step.kind != takenout.Kind.WITHDRAWN],
        "revisions": letter.revisions.only("number", "sha256", "created_at", "letter_id").order_by(
            "-number"
        )[:TEXTS],
        "fewest": FEWEST,
        "part": PART,
    }
    answer = render(request, "letters/checked.html", context)
    return caching.shared(request, answer, max_age=5, stale=60)


@read_only
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """What the line under a number says, and from what."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return embeds.gone_as_data(request, letter)
    now = timezone.now()
    return _open(request, _told(letter, standing.standing(), now), max_age=2)


@read_only
def statistics(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's tables as data."""
    letter = public_letter(slug)
    if letter.is_taken_down:
        return embeds.gone_as_data(request, letter)
    now = timezone.now()
    found = _statistics(letter, checked.look(letter, now=now), now)
    return _open(request, _told_statistics(letter, found), max_age=30)


def _seconds(log: Standing, now: datetime) -> int | None:
    """Since the newest of the witnesses' looks."""
    newest = max((one.at for one in log.witnesses), default=None)
    return checked.whole(now - newest) if newest else None


def _statistics(letter: Letter, found: checked.Checked, now: datetime) -> Statistics:
    return breakdowns.of_letter(letter, now=now, closed=found.closed)


def _told(letter: Letter, log: Standing, now: datetime) -> dict[str, Any]:
    found = checked.look(letter, now=now)
    tally = letter.tally
    return {
        "letter": letter.slug,
        "id": letter.uid.hex,
        "url": f"{settings.SITE_URL}{letter.get_absolute_url()}checked/",
        "count": tally.count,
        "signed": tally.signed,
        "withdrawn": tally.withdrawn,
        "invalidated": tally.invalidated,
        "paper": tally.paper,
        "state": str(found.state),
        "said": checked.said(found, letter, now=now),
        "checked_at": _instant(found.at),
        "frozen_because": found.because or None,
        "entry": found.last,
        "log": {
            "origin": log.origin,
            "size": log.size,
            "root": encoded(log.root),
            "signed_at": _instant(log.signed_at),
        },
        "witnesses": {
            "wanted": log.wanted,
            "seen": [{"name": one.name, "at": _instant(one.at)} for one in log.witnesses],
        },
    }


def _told_statistics(letter: Letter, found: Statistics) -> dict[str, Any]:
    return {
        "letter": letter.slug,
        "url": f"{settings.SITE_URL}{letter.get_absolute_url()}checked/",
        "signed": found.people,
        "methods": {_method(method): people for method, _words, people in found.methods},
        "mailboxes": _mailboxes(found.shares),
        "untold": found.untold,
        "parts": [
            {
                "first": part.first.isoformat(),
                "last": part.last.isoformat(),
                "signed": part.people,
                "mailboxes": _mailboxes(part.shares) if part.shares else None,
            }
            for part in found.parts
        ],
        "days": [
            {
                "day": day.day.isoformat(),
                "signed": day.signed,
                "withdrawn": day.withdrawn,
                "invalidated": day.invalidated,
            }
            for day in reversed(found.days)
        ],
        "taken_out": [
            {
                "what": str(step.kind),
                "day": step.at.astimezone(UTC).date().isoformat(),
                "people": step.count,
                "reason": step.reason,
                "words": step.words,
            }
            for step in takenout.of_letter(letter)
            if step.kind != takenout.Kind.WITHDRAWN
        ],
    }


def _mailboxes(shares: Any) -> dict[str, list[int]]:
    given: list[Share] = list(shares)
    return {one.kind.name.lower(): [one.people.low, one.people.high] for one in given}


def _method(number: int) -> str:
    return Method(number).name.lower() if number in set(Method) else str(number)


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _open(request: HttpRequest, told: dict[str, Any], *, max_age: int) -> HttpResponse:
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    answer = HttpResponse(body, content_type="application/json")
    return caching.shared(request, caching.open_to_all(answer), max_age=max_age, stale=10)
