"""How staff look after things: they read everything, and change it only through the verbs."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Verb = Callable[[Any], object]


class ReasonForm(forms.Form):
    """A sentence the public reads."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, as everybody reads it"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note for other staff"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )


class SureForm(forms.Form):
    """Nothing to type: a look before a step that can't be taken back."""


class Overseen(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """No row is made, edited or deleted here. Actions call services, and each leaves its line in
    the admin's own log."""

    refusals: tuple[type[Exception], ...] = ()
    change_form_template = "admin/overseen.html"
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may use the actions: the permission Django calls "change", which no form gives."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields or ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """With a button for each action, so that a link in a mail leads to the decision."""
        actions = self.get_actions(request).values()
        here = [(found[1], self._words(found[2])) for found in actions if found]
        context = {"here": here if object_id else [], "object_pk": object_id}
        return super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )

    def _words(self, words: Any) -> str:
        return str(words) % {
            "verbose_name": self.opts.verbose_name,
            "verbose_name_plural": self.opts.verbose_name_plural,
        }

    def ask(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        *,
        form: type[forms.Form],
        title: str,
        verb: Callable[[Any, dict[str, Any]], object],
    ) -> HttpResponse | None:
        """A page between the list and the deed; the deed itself when it comes back filled in."""
        given = form(request.POST if "decided" in request.POST else None)
        if given.is_bound and given.is_valid():
            data = given.cleaned_data
            told = "; ".join(str(value) for value in data.values() if value)
            self.each(request, rows, lambda row: verb(row, data), told=f"{title}. {told}")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "rows": rows,
            "form": given,
            "action": request.POST["action"],
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/ask.html", context)

    def each(self, request: HttpRequest, rows: Iterable[Any], verb: Verb, *, told: str) -> None:
        """One row after the other: what one refuses keeps no other from being done."""
        done = 0
        for row in rows:
            try:
                verb(row)
            except self.refusals as refused:
                self.message_user(request, f"{row}: {refused}", messages.ERROR)
            else:
                self.log_change(request, row, told)
                done += 1
        if done:
            self.message_user(request, _("Done: {n}").format(n=done), messages.SUCCESS)
