"""A letter's history as files that anybody may fetch."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from campaigns import caching, history
from campaigns.access import public_letter
from campaigns.models import Letter
from campaigns.reading import read_only
from campaigns.views import embeds


@read_only
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    return _answer(request, slug, "application/json", history.as_json)


@read_only
def as_csv(request: HttpRequest, slug: str) -> HttpResponse:
    answer = _answer(request, slug, "text/csv; charset=utf-8; header=present", history.as_csv)
    if answer.status_code == 200:
        answer["Content-Disposition"] = f'attachment; filename="{slug}-history.csv"'
    return answer


def _answer(
    request: HttpRequest, slug: str, content_type: str, write: Callable[[Letter], bytes]
) -> HttpResponse:
    letter = public_letter(slug)
    if letter.is_taken_down:
        return embeds.gone_as_data(request, letter)
    answer = HttpResponse(write(letter), content_type=content_type)
    return caching.shared(request, caching.open_to_all(answer), max_age=10, stale=60)
