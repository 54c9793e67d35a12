"""What staff see of signatures: what counts and why, and never the name or address of somebody who
withholds them. Nothing here makes a signature or gives it a number."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Organiser
from campaigns.oversight import Overseen, SureForm
from signatures.denialadmin import FunnelAdmin
from signatures.models import (
    Delivery,
    Export,
    Funnel,
    Invalidation,
    Notice,
    Signature,
    Sweep,
    Update,
)
from signatures.services import answering, delivering, erasing, invalidating, withdrawing

admin.site.register(Funnel, FunnelAdmin)


@admin.register(Signature)
class SignatureAdmin(Overseen):
    refusals = (withdrawing.Refused,)
    list_display = ["uid", "letter", "state", "number", "public", "method", "confirmed_at"]
    list_filter = ["state", "public", "method"]
    list_select_related = ["letter"]
    search_fields = ["uid"]
    search_help_text = _("The id or the number of a signature")
    ordering = ["-id"]
    fields = [
        "uid", "letter", "revision", "state", "method", "number", "counted", "day", "public",
        "shown_name", "language", "asked_at", "confirmed_at", "cancelled_at", "erased_at",
        "invalidation", "mails", "generation", "notice",
    ]  # fmt: skip
    actions = ["withdraw", "erase"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By id or number alone: nobody looks people up here."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isdecimal() and len(term) < 10:
            return queryset.filter(number=int(term)), False
        try:
            return queryset.filter(uid=uuid.UUID(term)), False
        except ValueError:
            return queryset.none(), False

    @admin.display(description=_("name"))
    def shown_name(self, signature: Signature) -> str:
        return signature.name if signature.public else str(_("name withheld"))

    @admin.action(description=_("Withdraw"), permissions=["act"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[Signature]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Withdraw")),
            verb=lambda row, _given: withdrawing.withdraw(uid=row.uid, now=timezone.now()),
        )

    @admin.action(description=_("Erase the person, keep the number"), permissions=["act"])
    def erase(self, request: HttpRequest, rows: QuerySet[Signature]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Erase the person, keep the number")),
            verb=lambda row, _given: erasing.erase(uid=row.uid, now=timezone.now()),
        )


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Every condition given must hold; without any the rule means nobody."""

    numbers = forms.CharField(
        label=_("Numbers"), required=False, help_text=_("Of single signatures: 12, 13, 407")
    )

    class Meta:
        model = Invalidation
        fields = [
            "letter", "reason", "public_reason", "signed_from", "signed_until", "name_contains",
            "affiliation_contains", "network",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["numbers"] = ", ".join(map(str, self.instance.numbers))

    def clean_numbers(self) -> list[int]:
        parts = self.cleaned_data["numbers"].replace(",", " ").split()
        if not all(part.isdecimal() and len(part) < 10 for part in parts):
            raise forms.ValidationError(_("Give numbers, like 12, 13, 407."))
        return sorted({int(part) for part in parts})

    def clean_network(self) -> str:
        network: str = self.cleaned_data["network"].strip().lower()
        try:
            bytes.fromhex(network)
        except ValueError:
            raise forms.ValidationError(_("Give the digest in hexadecimal.")) from None
        return network


@admin.register(Invalidation)
class InvalidationAdmin(Overseen):
    """A rule is written, looked at in a dry run, started, and cancelled if it was wrong."""

    refusals = (invalidating.Refused,)
    form = RuleForm
    list_display = ["letter", "reason", "public_reason", "state", "matched", "done", "created_at"]
    list_filter = ["state", "reason"]
    list_select_related = ["letter"]
    raw_id_fields = ["letter"]
    rule = [*RuleForm.Meta.fields, "numbers"]
    fields = [*rule, "state", "matched", "done", "created_by", "started_at", "ended_at"]
    actions = ["dry_run", "start", "cancel"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_act_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        rule = cast(Invalidation | None, obj)
        draft = rule is not None and rule.state == Invalidation.State.DRAFT
        return draft and self.has_act_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else self.rule

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        editable = obj is None or self.has_change_permission(request, obj)
        return [name for name in self.fields if not (editable and name in self.rule)]

    def save_model(self, request: HttpRequest, obj: Invalidation, form: Any, change: bool) -> None:
        obj.numbers = form.cleaned_data["numbers"]
        invalidating.write(rule=obj, by=cast(Organiser, request.user))

    @admin.action(description=_("Dry run"), permissions=["act"])
    def dry_run(self, request: HttpRequest, rows: QuerySet[Invalidation]) -> None:
        for rule in rows:
            found = invalidating.dry_run(invalidation=rule)
            days = ", ".join(f"{day}: {n}" for day, n in found.items())
            told = _("{n} signatures would be taken out. {days}")
            self.message_user(request, f"{rule}: {told.format(n=sum(found.values()), days=days)}")

    @admin.action(description=_("Start"), permissions=["act"])
    def start(self, request: HttpRequest, rows: QuerySet[Invalidation]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Start")),
            verb=lambda row, _given: invalidating.start(invalidation=row, now=timezone.now()),
        )

    @admin.action(description=_("Cancel and put everything back"), permissions=["act"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Invalidation]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Cancel and put everything back")),
            verb=lambda row, _given: invalidating.cancel(invalidation=row, now=timezone.now()),
        )


@admin.register(Notice)
class NoticeAdmin(Overseen):
    list_display = ["sha256", "language", "first_shown_at"]
    list_filter = ["language"]
    fields = ["sha256", "language", "text", "first_shown_at"]


@admin.register(Export)
class ExportAdmin(Overseen):
    list_display = ["uid", "letter", "format", "state", "done", "total", "asked_at", "reason"]
    list_filter = ["state", "format"]
    list_select_related = ["letter"]
    fields = [
        "uid", "letter", "asked_by", "format", "sort", "public_only", "state", "done", "total",
        "reason", "attempts", "sha256", "size", "asked_at", "ready_at", "expires_at",
    ]  # fmt: skip


@admin.register(Delivery)
class DeliveryAdmin(Overseen):
    """What was handed over, and what everybody reads of it. An office's address and the words an
    organiser wrote to it are between the two."""

    refusals = (delivering.Refused,)
    list_display = [
        "uid",
        "letter",
        "target_name",
        "how",
        "delivered_at",
        "received_at",
        "answered_at",
    ]
    list_filter = ["how"]
    list_select_related = ["letter"]
    fields = [
        "uid", "letter", "target_name", "target_role", "by", "how", "count", "paper", "revision",
        "delivered_at", "recorded_at", "received_at", "answered_at", "answer", "answered_by",
        "answer_hidden_at", "answer_hidden_by_staff", "struck_at",
    ]  # fmt: skip
    actions = ["hide_answer", "show_answer"]

    @admin.action(description=_("Hide the answer"), permissions=["act"])
    def hide_answer(self, request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Hide the answer")),
            verb=lambda row, _given: answering.hide_answer(
                uid=row.uid, now=timezone.now(), staff=True
            ),
        )

    @admin.action(description=_("Show the answer"), permissions=["act"])
    def show_answer(self, request: HttpRequest, rows: QuerySet[Delivery]) -> HttpResponse | None:
        return self.ask(
            request,
            rows,
            form=SureForm,
            title=str(_("Show the answer")),
            verb=lambda row, _given: answering.show_answer(uid=row.uid, staff=True),
        )


@admin.register(Update)
class UpdateAdmin(Overseen):
    """What organisers wrote to those who asked for news."""

    list_display = ["subject", "letter", "state", "sent", "total", "asked_at"]
    list_filter = ["state"]
    list_select_related = ["letter"]
    fields = [
        "uid", "letter", "subject", "body", "state", "sent", "total", "written_by", "written_at",
        "asked_at", "ended_at",
    ]  # fmt: skip


@admin.register(Sweep)
class SweepAdmin(Overseen):
    """What went by the clock, and when."""

    list_display = ["kind", "swept", "started_at", "ended_at"]
    list_filter = ["kind"]
    ordering = ["-started_at"]
    fields = ["kind", "swept", "started_at", "seen_at", "ended_at"]
