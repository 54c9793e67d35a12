"""Reporting a letter: for everybody, without an account or a cookie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns import access, client, limiting
from campaigns.language import page_language
from campaigns.models import Letter
from campaigns.reading import read_only
from campaigns.services import reporting
from campaigns.views.public import gone, letter_context
from signatures import limits, origin
from signatures.reportform import ReportForm
from signatures.views.personal import see

LIMIT = limiting.rules("10/h/report")["report"]


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, slug: str) -> HttpResponse:
    letter = access.public_letter(slug)
    page_language(request, letter)
    if letter.is_taken_down:
        return redirect(f"{_prefix(request)}{letter.get_absolute_url()}")
    if request.method != "POST":
        return _page(request, letter, ReportForm())
    form = ReportForm(request.POST)
    if origin.is_foreign(request):
        form.add_error(None, _("This came from another site. Please send it from here."))
        return _page(request, letter, form, status=403)
    if not form.is_valid():
        return _page(request, letter, form, status=422)
    if not form.is_trapped:
        try:
            limiting.limiter().take(LIMIT, "report", client.household(request))
        except limiting.TooOften as often:
            return _too_often(request, letter, form, often)
        given = form.cleaned_data
        reporting.report(
            letter=letter, reason=given["reason"], text=given["text"], email=form.address
        )
    return see(request, f"{letter.get_absolute_url()}report/sent/")


@read_only
def sent(request: HttpRequest, slug: str) -> HttpResponse:
    letter = access.public_letter(slug)
    page_language(request, letter)
    if letter.is_taken_down:
        return gone(request, letter)
    return render(request, "letters/report_sent.html", letter_context(letter))


def _page(
    request: HttpRequest, letter: Letter, form: ReportForm, status: int = 200
) -> HttpResponse:
    context = letter_context(letter) | {"form": form}
    return render(request, "letters/report.html", context, status=status)


def _too_often(
    request: HttpRequest, letter: Letter, form: ReportForm, often: limiting.TooOften
) -> HttpResponse:
    again = limits.duration(often.wait)
    form.add_error(
        None,
        _("A lot of reports came from your network. You can send yours in {time}.").format(
            time=again
        ),
    )
    answer = _page(request, letter, form, status=429)
    answer["Retry-After"] = str(often.wait)
    return answer


def _prefix(request: HttpRequest) -> str:
    return str(getattr(request, "language_prefix", ""))
