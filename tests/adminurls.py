"""All addresses, with the admin switched on (settings are read when the process starts)."""

from django.contrib import admin
from django.urls import path

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*urlpatterns, path("admin/", admin.site.urls)]
