"""Where staff see of which letters it is often said "it wasn't me": somebody types in others'
addresses there. Who said so stands nowhere."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.oversight import Overseen

OFTEN = 5  # times: more than a slip or two of somebody's finger
COLUMNS = ("letter", "denied", "asked", "mailed", "opened", "bounced", "no_host", "refused")


class Denied(admin.SimpleListFilter):
    title = _("“it wasn’t me”")
    parameter_name = "denied"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("often", _("often")), ("ever", _("at all"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "often":
            return queryset.filter(denied__gte=OFTEN)
        return queryset.filter(denied__gt=0) if self.value() == "ever" else queryset


class FunnelAdmin(Overseen):
    list_display = [*COLUMNS]
    list_filter = [Denied]
    list_select_related = ["letter"]
    ordering = ["-denied", "-asked"]
    fields = [*COLUMNS]
