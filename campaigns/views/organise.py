"""An organiser's letters, and the desk of each."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from campaigns import growth
from campaigns.access import letter_for
from campaigns.counted import aimed
from campaigns.goals import Aim
from campaigns.growth import Growth
from campaigns.models import Letter
from campaigns.services import publishing
from campaigns.steps import next_step
from campaigns.views.doors import organiser, organisers

PAGE = 30
LATEST_REVISIONS = 10
WAVE, WIDE_WAVE = (160, 34), (640, 120)  # of the curves, in the SVG's own units


@dataclass(frozen=True)
class Shown:
    """A letter with what its organiser wants to know first."""

    letter: Letter
    growth: Growth | None
    aim: Aim
    step: str


@organisers("GET")
def letters(request: HttpRequest) -> HttpResponse:
    """My letters, the one changed last first."""
    now = timezone.now()
    mine = Letter.objects.run_by(request.user).for_page().prefetch_related("targets")
    page = Paginator(mine.order_by("-changed_at", "pk"), PAGE).get_page(request.GET.get("page"))
    grown = growth.of_letters(page.object_list, now=now, width=WAVE[0], height=WAVE[1])
    shown = [_shown(one, grown.get(one.pk), now) for one in page.object_list]
    return render(request, "organiser/letters.html", {"page": page, "shown": shown})


@organisers("GET")
def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything about one letter."""
    return lay_out(request, letter_for(organiser(request), slug))


def lay_out(
    request: HttpRequest, letter: Letter, *, refused: str = "", status: int = 200
) -> HttpResponse:
    """The desk of a letter, with what could not be done if something was refused."""
    now = timezone.now()
    lacking = _lacking(letter, now)
    context = {
        "letter": letter,
        "targets": letter.targets.all(),
        "lacking": lacking,
        "aim": aimed(letter, now=now),
        "step": next_step(letter, lacking=lacking, now=now),
        "growth": growth.of_letter(letter, now=now, width=WIDE_WAVE[0], height=WIDE_WAVE[1]),
        "revisions": letter.revisions.order_by("-number").defer("body", "body_html", "canonical")[
            :LATEST_REVISIONS
        ],
        "refused": refused,
    }
    return render(request, "organiser/desk.html", context, status=status)


def _shown(letter: Letter, grown: Growth | None, now: datetime) -> Shown:
    step = next_step(letter, lacking=_lacking(letter, now), now=now)
    return Shown(letter, grown, aimed(letter, now=now), step)


def _lacking(letter: Letter, now: datetime) -> list[str]:
    return publishing.lacking(letter, now=now) if letter.state == Letter.State.DRAFT else []
