"""Pages for everybody: no cookie, no session, and the same bytes for all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from campaigns import (
    bcp47,
    caching,
    counted,
    growth,
    language,
    paging,
    palette,
    refs,
    revising,
    sharing,
)
from campaigns.access import public_letter
from campaigns.models import Letter
from campaigns.phases import Phase, phase
from campaigns.querysets import LetterQuerySet
from campaigns.reading import read_only

PAGE = 20
LONGEST_QUERY = 100
WAVE = (160, 34)  # of the little curve, in the SVG's own units


@dataclass(frozen=True)
class Wanted:
    """What a reader asked the list of letters for."""

    query: str = ""
    order: str = "new"
    after: str = ""

    @classmethod
    def from_query(cls, given: dict[str, str]) -> "Wanted":
        query = " ".join(given.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
        order = "most" if given.get("order") == "most" else "new"
        return cls(query, order, given.get("after", ""))


@dataclass(frozen=True)
class Listed:
    """A letter in the list."""

    letter: Letter
    growth: growth.Growth | None
    phase: Phase
    direction: str


@dataclass(frozen=True)
class Shelf:
    """One page of letters and where the next begins."""

    letters: Sequence[Listed] = field(default_factory=list)
    following: str = ""


@read_only
def home(request: HttpRequest) -> HttpResponse:
    """The open letters; a search looks among the closed ones too."""
    wanted = Wanted.from_query(request.GET.dict())
    shelf = _shelf(wanted, timezone.now())
    context = {"shelf": shelf, "wanted": wanted, "first": not wanted.after}
    return caching.shared(
        request, render(request, "letters/home.html", context), max_age=15, stale=60
    )


@read_only
def changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Every text this letter has had, and what changed from one to the next."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return gone(request, letter)
    before = request.GET.get("before", "")
    found = revising.history(
        letter, before=int(before) if before.isdecimal() and len(before) < 9 else None
    )
    context = letter_context(letter) | {"history": found}
    page = render(request, "letters/changes.html", context)
    return caching.shared(request, page, max_age=60, stale=300)


@read_only
def share(request: HttpRequest, slug: str) -> HttpResponse:
    """How to pass a letter on, and its count for other pages to carry."""
    letter = public_letter(slug)
    language.page_language(request, letter)
    if letter.is_taken_down:
        return gone(request, letter)
    prefix = getattr(request, "language_prefix", "")
    typed = request.GET.get("ref", "").strip()
    place = refs.named(typed)
    context = letter_context(letter) | {
        "links": sharing.links(letter),
        "place": place,
        "unnamed": bool(typed) and not place,
        "snippets": sharing.snippets(letter, prefix=prefix, ref=place),
    }
    page = render(request, "letters/share.html", context)
    return caching.shared(request, page, max_age=300, stale=3600)


@read_only
def accent(request: HttpRequest, colour: str) -> HttpResponse:
    """A letter's colour as a stylesheet: one file per colour for the whole installation."""
    try:
        found = palette.accent(f"#{colour}")
    except palette.BadColour as bad:
        raise Http404 from bad
    sheet = HttpResponse(palette.stylesheet(found), content_type="text/css; charset=utf-8")
    answer = caching.shared(request, sheet, max_age=2_592_000)
    answer["Cache-Control"] += ", immutable"
    return answer


def gone(request: HttpRequest, letter: Letter) -> HttpResponse:
    """A letter that was taken down: why, and nothing of what it said."""
    page = render(request, "letters/gone.html", {"letter": letter}, status=410)
    return caching.shared(request, page, max_age=15)


def letter_context(letter: Letter) -> dict[str, Any]:
    """What every page about one letter names."""
    return {
        "letter": letter,
        "revision": letter.revision,
        "tally": letter.tally,
        "aim": counted.aimed(letter, now=timezone.now()),
        "direction": bcp47.direction(letter.language),
        "accent": accent_name(letter),
        "address": f"{settings.SITE_URL}{letter.get_absolute_url()}",
    }


def accent_name(letter: Letter) -> str:
    """The colour as in `/accent/<hex>.css`, or nothing where ours does."""
    try:
        palette.accent(letter.accent)
    except palette.BadColour:
        return ""
    return letter.accent.removeprefix("#").lower()


def _shelf(wanted: Wanted, now: datetime) -> Shelf:
    rows = list(_ordered(_matching(wanted.query, now), wanted)[: PAGE + 1])
    letters = rows[:PAGE]
    grown = growth.of_letters(letters, now=caching.tick(now), width=WAVE[0], height=WAVE[1])
    shown = [
        Listed(one, grown.get(one.pk), phase(one, now), bcp47.direction(one.language))
        for one in letters
    ]
    return Shelf(shown, _cursor(letters[-1], wanted.order) if len(rows) > PAGE else "")


def _matching(query: str, now: datetime) -> LetterQuerySet:
    if not query:
        opened = Q(opens_at__isnull=True) | Q(opens_at__lte=now)
        lasting = Q(closes_at__isnull=True) | Q(closes_at__gt=now)
        return Letter.objects.open().filter(opened, lasting).for_page()
    found = Letter.objects.public().for_page()
    for word in query.split():
        found = found.filter(
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(sender__icontains=word)
            | Q(pk__in=_addressed_to(word))
        )
    return found


def _addressed_to(word: str) -> Any:
    named = Q(targets__name__icontains=word) | Q(targets__role__icontains=word)
    return Letter.objects.filter(named).values("pk")


def _ordered(letters: LetterQuerySet, wanted: Wanted) -> LetterQuerySet:
    after = paging.parts(wanted.after, 2)
    if wanted.order == "most":
        if after and after[0].isdecimal() and len(after[0]) < 10:
            count = int(after[0])
            fewer = Q(tally__count__lt=count) | Q(tally__count=count, slug__gt=after[1])
            letters = letters.filter(fewer)
        return letters.order_by("-tally__count", "slug")
    moment = _moment(after[0]) if after else None
    if after and moment:
        older = Q(published_at__lt=moment) | Q(published_at=moment, slug__gt=after[1])
        letters = letters.filter(older)
    return letters.order_by("-published_at", "slug")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _cursor(letter: Letter, order: str) -> str:
    if order == "most":
        return paging.cursor(str(letter.tally.count), letter.slug)
    return paging.cursor(
        letter.published_at.isoformat() if letter.published_at else "", letter.slug
    )
