"""oEmbed: where editors and newsrooms paste a letter's address, its count appears."""

import json
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns import caching, refs
from campaigns.access import public_letter
from campaigns.embeds import card, oembed
from campaigns.models import Letter
from campaigns.problems import problem
from campaigns.reading import read_only

KEPT = 3600  # seconds; the count moves inside the frame, so the answer itself hardly changes
PLACE = "oembed"  # where its readers came from, unless the address asked about names another


@read_only
def answer(request: HttpRequest) -> HttpResponse:
    """The standard's `rich` answer. A letter that was taken down has none, like an unknown one."""
    asked = request.GET
    written = asked.get("format") or "json"
    if written not in {"json", "xml"}:
        return _refused(501, _("There is JSON and there is XML"))
    named = oembed.letter_at(
        asked.get("url", ""), site=settings.SITE_URL, languages=dict(settings.LANGUAGES)
    )
    letter = _shown(named.slug) if named else None
    if named is None or letter is None:
        return _refused(404, _("No letter here has this address"))
    room = oembed.Room.from_words(asked.get("maxwidth", ""), asked.get("maxheight", ""))
    place = refs.first(parse_qs(urlsplit(asked["url"]).query).get("ref", [])) or PLACE
    told = _told(letter, f"/{named.language}" if named.language else "", room, place)
    if written == "xml":
        made = HttpResponse(oembed.as_xml(told), content_type="text/xml; charset=utf-8")
    else:
        made = HttpResponse(json.dumps(told, ensure_ascii=False), content_type="application/json")
    return caching.shared(request, caching.open_to_all(made), max_age=300, stale=KEPT)


def _shown(slug: str) -> Letter | None:
    try:
        letter = public_letter(slug)
    except Http404:
        return None
    return None if letter.is_taken_down else letter


def _told(letter: Letter, prefix: str, room: oembed.Room, place: str) -> dict[str, str | int]:
    site = f"{settings.SITE_URL}{prefix}"
    width, height = room.frame()
    counter = f"{site}{reverse('counter', args=[letter.slug])}{refs.query(place)}"
    told: dict[str, str | int] = {
        "version": "1.0",
        "type": "rich",
        "title": letter.title,
        "author_name": letter.sender,
        "author_url": f"{site}{letter.get_absolute_url()}",
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{settings.SITE_URL}/",
        "cache_age": KEPT,
        "width": width,
        "height": height,
        "html": _frame(counter, letter, width, height),
    }
    if room.holds(card.WIDTH, card.HEIGHT):
        told |= {
            "thumbnail_url": f"{site}{reverse('card', args=[letter.slug])}",
            "thumbnail_width": card.WIDTH,
            "thumbnail_height": card.HEIGHT,
        }
    return told


def _frame(address: str, letter: Letter, width: int, height: int) -> str:
    """Only what careful readers of unknown providers leave in a frame: no style, no script."""
    return str.__str__(
        format_html(
            '<iframe src="{}" width="{}" height="{}" frameborder="0" title="{}"></iframe>',
            address,
            str(width),  # a number would be written as the language writes it: 1,000
            str(height),
            letter.title,
        )
    )


def _refused(status: int, title: str) -> HttpResponse:
    return caching.open_to_all(problem(status, title))
