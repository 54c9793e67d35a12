from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from worker import outbox
from worker.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Look, and send again; nothing is written by hand."""

    list_display = ["uid", "topic", "state", "attempts", "last_error", "due_at", "created_at"]
    list_filter = ["state", "topic", "queue"]
    readonly_fields = [
        "uid", "topic", "queue", "ids", "state", "attempts", "lapses", "last_error",
        "due_at", "created_at", "done_at", "expires_at",
    ]  # fmt: skip
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["send_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    @admin.action(description=_("Send again"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        count = sum(outbox.resend(message) for message in queryset)
        words = ngettext("%d message is queued again.", "%d messages are queued again.", count)
        self.message_user(request, words % count, messages.INFO)
