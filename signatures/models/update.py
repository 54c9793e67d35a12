from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid


class Update(models.Model):
    """News of a letter from its organiser to those signers who ticked that they want it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        STOPPED = "stopped", _("stopped")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="updates")
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"))  # Markdown
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    # Signers are gone through by their row's id: what a restart goes on from.
    reached = models.BigIntegerField(default=0, editable=False)
    until = models.BigIntegerField(default=0, editable=False)  # who signs later gets the next one
    total = models.PositiveIntegerField(default=0, editable=False)  # counted when it was sent off
    sent = models.PositiveIntegerField(default=0, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    written_at = models.DateTimeField(editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        ordering: ClassVar[list[str]] = ["-written_at", "-pk"]

    def __str__(self) -> str:
        return self.subject
