"""The letter as people read it, with its form and those who signed; and the list of all of them."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from campaigns import caching, growth, language, sharing, text
from campaigns.access import public_letter
from campaigns.embeds import linked
from campaigns.models import Letter, Revision
from campaigns.phases import phase
from campaigns.reading import read_only
from campaigns.views.public import gone, letter_context
from signatures import listing, timeline
from signatures.counting import checked, takenout
from signatures.forms import SignForm
from signatures.services import signing

NAMES = 12  # signatories under the letter


@read_only
def letter(request: HttpRequest, slug: str) -> HttpResponse:
    """One page for every reader; its form is the same for all, dated, and needs no cookie."""
    found = public_letter(slug)
    language.page_language(request, found)
    if found.is_taken_down:
        return gone(request, found)
    return page(request, found, form=SignForm(letter=found))


def page(
    request: HttpRequest,
    letter: Letter,
    *,
    form: SignForm,
    status: int = 200,
    carried: str = "",
) -> HttpResponse:
    """The letter's page, in the language its form was made in. With a bound form it holds what one
    person typed: nobody may keep it."""
    assert letter.revision is not None  # the database says so for published letters
    context = letter_context(letter) | _around(letter, letter.revision)
    context |= {"form": form, "carried": carried}
    answer = render(request, "letters/letter.html", context, status=status)
    if form.is_bound:
        answer["Cache-Control"] = "no-store"
        return answer
    return caching.shared(request, answer, max_age=10, stale=60)


@read_only
def signatures(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who signed and shows it, and how many don't."""
    found = public_letter(slug)
    language.page_language(request, found)
    if found.is_taken_down:
        return gone(request, found)
    wanted = listing.Wanted.from_query(request.GET.dict())
    context = letter_context(found) | {
        "wanted": wanted,
        "page": listing.page(found, wanted),
        "withheld": listing.withheld(found),
    }
    answer = render(request, "letters/signatures.html", context)
    return caching.shared(request, answer, max_age=10, stale=60)


@dataclass(frozen=True)
class _Text:
    sha256: str
    body: str = field(compare=False, repr=False)


@lru_cache(maxsize=128)
def _minutes(known: _Text) -> int:
    return text.reading_minutes(known.body)


def _around(letter: Letter, revision: Revision) -> dict[str, Any]:
    """Count, growth, names: what stands beside the letter and under it."""
    now = timezone.now()
    width, height = growth.WAVE
    grown = growth.of_letter(letter, now=caching.tick(now), width=width, height=height)
    first = listing.initial(letter, NAMES)
    names = first + listing.newest(letter, max(NAMES - len(first), NAMES // 2))
    story = timeline.entries(
        letter, timeline.deliveries_of(letter), grown.days, takenout.of_letter(letter), now=now
    )
    return checked.line(letter, now=now) | {
        "phase": phase(letter, now),
        "why_not": "" if letter.takes_signatures(now) else signing.why_not(letter, now),
        "growth": grown,
        "timeline": story,
        "names": names,
        "grouped": any(one.group for one in names),
        "withheld": listing.withheld(letter),
        "links": sharing.links(letter),
        "body": text.stored(revision.body_html),
        "minutes": _minutes(_Text(revision.sha256, revision.body)),
        "linked": _linked(letter, revision),
    }


def _linked(letter: Letter, revision: Revision) -> str:
    data = linked.data(
        title=revision.title,
        summary=revision.summary,
        url=f"{settings.SITE_URL}{letter.get_absolute_url()}",
        picture=f"{settings.SITE_URL}{reverse('card', args=[letter.slug])}",
        language=revision.language,
        sender=revision.sender,
        targets=revision.targets,
        published=letter.published_at,
        changed=revision.created_at,
        count=letter.tally.count,
    )
    return text.data_block(data, kind="application/ld+json")
