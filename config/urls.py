"""Every address; what others may rely on stands in docs/addresses.md."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import devmail
from config.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    *devmail.urlpatterns,
    path("", include("signatures.urls")),
    path("", include("campaigns.urls")),
    path("accounts/", include("allauth.urls")),
]
if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin.site.urls))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
