from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid


class Report(models.Model):
    """Somebody says a letter breaks the rules. Staff decide and note what they did."""

    class Reason(models.TextChoices):
        UNLAWFUL = "unlawful", _("It breaks the law")
        HATE = "hate", _("It attacks people")
        PRIVATE = "private", _("It shows somebody’s private data")
        FALSE = "false", _("It pretends to come from somebody else")
        SPAM = "spam", _("It is advertising or spam")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN_DOWN = "taken_down", _("letter taken down")
        KEPT = "kept", _("letter kept")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="reports")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    text = models.TextField(_("what is wrong"), max_length=2000)
    email_sealed = models.BinaryField(null=True, editable=False)  # only if an answer is wanted
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    note = models.TextField(_("decision"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering: ClassVar[list[str]] = ["state", "created_at"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.letter}"
