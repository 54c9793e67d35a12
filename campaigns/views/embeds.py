"""A letter's count for other places: as data, as a picture, as a small frame, as a share card."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import caching, counted, growth, language, palette
from campaigns.access import public_letter
from campaigns.embeds import badge as badges
from campaigns.embeds import card as cards
from campaigns.embeds import picture
from campaigns.framing import framable
from campaigns.models import Letter
from campaigns.phases import phase
from campaigns.problems import problem
from campaigns.reading import read_only
from campaigns.views.public import letter_context

FEW = 100  # up to here every new signature draws a new card
CARD_SECONDS = 3600


@read_only
def count(request: HttpRequest, slug: str) -> HttpResponse:
    letter = public_letter(slug)
    if letter.is_taken_down:
        return gone_as_data(request, letter)
    body = counted.as_json(letter, now=timezone.now())
    answer = HttpResponse(body, content_type="application/json")
    return caching.shared(request, caching.open_to_all(answer), max_age=2, stale=10)


@read_only
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    letter, spoken, label, number = _badge(request, slug)
    drawn = badges.svg(label, number, accent=_light_accent(letter), language=spoken)
    return _open(request, drawn, "image/svg+xml; charset=utf-8")


@read_only
def badge_png(request: HttpRequest, slug: str) -> HttpResponse:
    letter, spoken, label, number = _badge(request, slug)
    accent, shown = _light_accent(letter), "gone" if letter.is_taken_down else letter.tally.count
    drawn = caching.remembered(
        f"badge:{accent}:{spoken}:{shown}",
        lambda: picture.png(label, number, accent=accent, language=spoken),
        seconds=CARD_SECONDS,
    )
    return _open(request, drawn, "image/png")


@read_only
def badge_json(request: HttpRequest, slug: str) -> HttpResponse:
    """What shields.io asks an endpoint for; it shows nothing of an answer other than 200."""
    letter, _spoken, label, number = _badge(request, slug)
    told = {"schemaVersion": 1, "label": label, "message": number}
    told |= {"isError": True} if letter.is_taken_down else {}
    told["color"] = _light_accent(letter).removeprefix("#")
    return _open(request, json.dumps(told, ensure_ascii=False), "application/json")


@read_only
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """The share card. Of a letter that grows fast it is drawn anew every ten minutes at most."""
    letter = public_letter(slug)
    spoken = language.page_language(request, letter)
    if letter.is_taken_down:
        return gone_as_data(request, letter)
    now = caching.tick(timezone.now())
    counts = letter.tally.count
    moved = str(counts) if counts <= FEW else now.isoformat()
    key = f"card:{letter.pk}:{letter.revision_id}:{letter.accent}:{spoken}:{moved}"
    drawn = caching.remembered(key, lambda: _drawn_card(letter), seconds=CARD_SECONDS)
    answer = HttpResponse(drawn, content_type="image/png")
    return caching.shared(request, caching.open_to_all(answer), max_age=300, stale=3600)


@framable
@read_only
def counter(request: HttpRequest, slug: str) -> HttpResponse:
    """The count in a frame, for any page in the world: it shows and links, and takes nothing."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    now = timezone.now()
    width, height = growth.WAVE
    grown = growth.of_letter(letter, now=caching.tick(now), width=width, height=height)
    context = letter_context(letter) | {
        "phase": phase(letter, now),
        "aim": counted.aimed(letter, now=now),
        "curve": grown.curve,
        "width": width,
        "height": height,
    }
    status = 410 if letter.is_taken_down else 200
    page = render(request, "embeds/counter.html", context, status=status)
    return caching.shared(request, page, max_age=10, stale=60)


def spoken_count(letter: Letter) -> tuple[str, str]:
    """The number as it is written here, and what it counts."""
    count = letter.tally.count
    number = number_format(count, decimal_pos=0, use_l10n=True, force_grouping=True)
    return number, ngettext("signature", "signatures", count)


def _badge(request: HttpRequest, slug: str) -> tuple[Letter, str, str, str]:
    """The letter, the language, and what its badge says: label and number."""
    letter = public_letter(slug)
    spoken = language.page_language(request, letter)
    number, label = spoken_count(letter)
    if letter.is_taken_down:
        number, label = "–", _("taken down")
    return letter, spoken, label, number


def _open(request: HttpRequest, body: str | bytes, content_type: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    return caching.shared(request, caching.open_to_all(answer), max_age=30, stale=300)


def _drawn_card(letter: Letter) -> bytes:
    now = caching.tick(timezone.now())
    grown = growth.of_letter(letter, now=now, width=1, height=1)
    number, label = spoken_count(letter)
    revision = letter.revision
    to = revision.addressees if revision else ""
    return cards.png(
        letter.title,
        _("An open letter to {target}").format(target=to),
        number,
        label,
        accent=_light_accent(letter),
        language=letter.language,
        curve=grown.points,
    )


def _light_accent(letter: Letter) -> str:
    return palette.or_default(letter.accent).light


def gone_as_data(request: HttpRequest, letter: Letter, **more: Any) -> HttpResponse:
    """A letter that was taken down, told to a program on any page."""
    title = _("This letter was taken down")
    answer = problem(410, title, detail=letter.taken_down_because, **more)
    return caching.shared(request, caching.open_to_all(answer), max_age=15)
