"""The organiser's own account on one page: name, address, ways to log in, sessions."""

from typing import cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import browsers
from campaigns.forms.account import NameForm
from campaigns.models import Organiser
from campaigns.services import admitting

Type = Authenticator.Type


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    organiser = cast(Organiser, request.user)
    form = NameForm(request.POST or None, initial={"name": organiser.name})
    if request.method == "POST" and form.is_valid():
        admitting.rename(organiser=organiser, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("account")
    status = 422 if form.is_bound else 200
    return render(request, "account/account.html", _shown(organiser, form), status=status)


def _shown(organiser: Organiser, form: NameForm) -> dict[str, object]:
    proofs = Authenticator.objects.filter(user=organiser).order_by("pk")
    recovery = next((one for one in proofs if one.type == Type.RECOVERY_CODES), None)
    sessions = UserSession.objects.purge_and_list(organiser)
    for session in sessions:
        session.user_agent = browsers.named(session.user_agent)
    return {
        "form": form,
        "passkeys": [one for one in proofs if one.type == Type.WEBAUTHN],
        "totp": any(one.type == Type.TOTP for one in proofs),
        "recovery": recovery,
        "recovery_left": len(recovery.wrap().get_unused_codes()) if recovery else 0,
        "sessions": sorted(sessions, key=lambda one: one.created_at, reverse=True),
    }


@login_required
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    organiser = cast(Organiser, request.user)
    if not admitting.end_session(organiser=organiser, session=session):
        raise Http404
    messages.success(request, _("That session has ended."))
    return redirect("account")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    organiser = cast(Organiser, request.user)
    admitting.end_sessions(organiser=organiser, but=request.session.session_key)
    messages.success(request, _("All other sessions have ended."))
    return redirect("account")


def to_account(request: HttpRequest) -> HttpResponse:
    """allauth has a page each for what stands on one of ours."""
    return redirect("account")


def to_login(request: HttpRequest) -> HttpResponse:
    return redirect("account_login")


def no_passwords(request: HttpRequest, rest: str = "") -> HttpResponse:
    """There are no passwords here, so there are no pages about them."""
    raise Http404
