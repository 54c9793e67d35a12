"""Django's admin, for staff who have proved twice who they are; everybody logs in at one place."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

GONE = {"password_change", "password_change_done"}


class StaffSite(AdminSite):
    site_header = site_title = f"{settings.SITE_NAME}: staff"
    index_title = "What there is to look after"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _proved_twice(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where somebody goes who has no permission: to log in, or to prove it a second time."""
        user = request.user
        if not user.is_authenticated:
            return redirect(_with_next("account_login"))
        if not user.is_active or not user.is_staff:
            raise PermissionDenied
        if not is_mfa_enabled(user):
            text = _("The admin opens once your account has a passkey or an authenticator app.")
            messages.warning(request, text)
            return redirect("account")
        if not _proved_twice(request):
            return redirect(_with_next("mfa_reauthenticate"))
        return redirect("admin:index")

    def logout(  # type: ignore[override]  # its own answer is a page about passwords
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """allauth's own page, which knows which addresses it may lead to."""
        return redirect("account_logout")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without pages about passwords, which nobody has."""
        return [one for one in super().get_urls() if getattr(one, "name", None) not in GONE]


def _proved_twice(request: HttpRequest) -> bool:
    """Whether a passkey, an app or a recovery code was used in this very session."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def _with_next(name: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': reverse('admin:index')})}"
