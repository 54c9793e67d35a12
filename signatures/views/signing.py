"""Signing over HTTP: no account, no session, no cookie."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns import access, client
from campaigns.language import page_language
from campaigns.limiting import TooOften
from campaigns.models import Letter, Revision
from campaigns.models.letter import random_uid
from campaigns.phases import Phase, phase
from signatures import limits, mailbox, notices, origin
from signatures.forms import SignForm
from signatures.services import readdressing, signing
from signatures.views.answers import Answers, BadBody, answers_for


@csrf_exempt
@require_POST
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signature and send everybody to the same page, whether or not they had signed."""
    letter = access.public_letter(slug)
    page_language(request, letter)
    return receive(request, letter, answers_for(request, letter))


def receive(request: HttpRequest, letter: Letter, answers: Answers) -> HttpResponse:
    """The same looks at what was sent, whatever kind of page sent it."""
    refused = _refused(request, letter, answers)
    if refused:
        return refused
    try:
        form = SignForm(answers.fields(), letter=letter)
    except BadBody:
        return answers.refused(
            400, _("This did not arrive whole"), _("Send one flat JSON object of texts.")
        )
    if not letter.takes_signatures(timezone.now()):
        return _shut(letter, answers, form)
    if not form.is_valid():
        return answers.wrong(form)
    return _take(request, letter, answers, form)


def _refused(request: HttpRequest, letter: Letter, answers: Answers) -> HttpResponse | None:
    """What needs no look at the fields."""
    if origin.is_foreign(request):
        return answers.refused(
            403,
            _("This came from another site"),
            _("Please sign on the letter’s own page, where you can read what you sign."),
        )
    if not request.META.get("CONTENT_LENGTH") and "Transfer-Encoding" in request.headers:
        return answers.refused(
            411, _("This did not arrive whole"), _("Please go back and try again.")
        )
    if letter.is_taken_down:
        return answers.refused(
            410, _("This letter was taken down"), _("It takes no signatures any more.")
        )
    return None


def _shut(letter: Letter, answers: Answers, form: SignForm) -> HttpResponse:
    """What was typed stays on the page where the letter may take it later."""
    now = timezone.now()
    later = phase(letter, now) != Phase.CLOSED
    title = _("Not now") if later else _("This letter is closed")
    return answers.refused(409, title, signing.why_not(letter, now), form if later else None)


def _take(request: HttpRequest, letter: Letter, answers: Answers, form: SignForm) -> HttpResponse:
    if form.is_trapped:
        return answers.sent(form, random_uid())
    try:
        limits.admit(
            client=client.household(request),
            mailbox=mailbox.installation_digest(form.mailbox),
            bare=form.is_bare,
        )
    except TooOften as often:
        return answers.too_often(form, limits.in_words(often), often.wait)
    now = timezone.now()
    try:
        slip = readdressing.sign(
            letter=letter,
            revision=_revision(letter, form),
            wish=form.wish(ref=origin.ref(request), network=client.network(request, now)),
            notice=notices.notice_for(letter, form.page_language),
            now=now,
        )
    except signing.Refused:  # closed while the form was on its way
        return _shut(letter, answers, form)
    return answers.sent(form, slip)


def _revision(letter: Letter, form: SignForm) -> Revision:
    """The text that was on the page, which the token names; without a token the current one."""
    current = letter.revision
    if current is None:
        raise Http404
    number = form.cleaned_data["token"]
    if number is None or number == current.number:
        return current
    return letter.revisions.filter(number=number).first() or current
