"""Correcting what one wrote: the sign form's own fields, once more."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.views.public import letter_context
from signatures.correctionform import CorrectionForm
from signatures.services import correcting
from signatures.views.ownlink import Opened, ask_first, through_link
from signatures.views.personal import personal, pressed, see


@csrf_exempt  # the token is the right to press; there is no session
@personal
@require_http_methods(["GET", "HEAD", "POST"])
@through_link
def correct(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    signature = opened.signature
    back = reverse("mine", args=[token])
    if not correcting.may_correct(signature):
        return see(request, back)
    if not opened.may_change:
        return ask_first(request, token, opened)
    if request.method != "POST":
        return _form(request, token, opened, CorrectionForm(signature=signature), status=200)
    form = CorrectionForm(request.POST, signature=signature)
    if not form.is_valid():
        return _form(request, token, opened, form, status=422)
    if not pressed(request, "correct"):
        return _form(request, token, opened, form, status=400)
    person, country = form.corrected()
    try:
        correcting.correct(uid=signature.uid, person=person, country=country)
    except correcting.NameTaken:
        form.add_error("name", _("The other person of your mailbox has signed by this name."))
        return _form(request, token, opened, form, status=422)
    except correcting.Refused:  # withdrawn or erased a moment ago
        return see(request, back)
    return see(request, f"{back}?saved#you")


def _form(
    request: HttpRequest, token: str, opened: Opened, form: CorrectionForm, *, status: int
) -> HttpResponse:
    signature = opened.signature
    context = letter_context(signature.letter) | {
        "token": token,
        "signature": signature,
        "form": form,
    }
    return render(request, "signing/correct.html", context, status=status)
