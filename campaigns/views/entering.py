from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns import entering
from campaigns.services import admitting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Links get opened by previews and scanners: the page shows, the button logs in."""
    organiser = entering.organiser_of(token)
    if organiser is None:
        return render(request, "account/enter_ended.html", status=404)
    if request.method != "POST":
        return render(request, "account/enter.html", {"organiser": organiser})
    admitting.vouch(organiser=organiser)
    # Whoever protects an account by an app or a key is asked for it here too.
    answer: HttpResponse = perform_login(request, organiser)
    return answer
