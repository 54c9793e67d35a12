from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid
from signatures.exports.wish import Wish


class Export(models.Model):
    """A file asked for by an organiser: the row is the work, the worker's message only a nudge."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        JSON = "json", "JSON"
        PAPER = "paper", _("paper sheet")

    class Sort(models.TextChoices):
        DATE = "date", _("by date")
        NAME = "name", _("by name")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="exports")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=5, choices=Format)
    sort = models.CharField(max_length=4, choices=Sort, default=Sort.DATE)
    public_only = models.BooleanField(default=False)
    options = models.JSONField(default=dict, db_default={})  # signatures.exports.wish.Wish
    # Of what was asked, and of what.
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="")
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replaced_by")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)  # why it failed, safe to show
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=32, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0, db_default=0)  # signatures the file speaks of
    paper = models.PositiveIntegerField(default=0, db_default=0)  # those on paper it speaks of
    pages = models.PositiveIntegerField(default=0, db_default=0)
    # Volumes; several lie in one archive.
    parts = models.PositiveSmallIntegerField(default=1, db_default=1)
    signed = models.BooleanField(default=False, db_default=False)  # carries a digital signature
    snapshot_at = models.DateTimeField(null=True)  # the moment the file is of
    started_at = models.DateTimeField(null=True)
    generation = models.PositiveSmallIntegerField(default=0)  # raising it ends download links
    asked_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering: ClassVar[list[str]] = ["-asked_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "lease_until"], name="export_due"),
            models.Index(fields=["letter", "fingerprint"], name="export_same"),
        ]

    def __str__(self) -> str:
        return f"{self.get_format_display()} {self.uid}"

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        return Wish.from_options(
            self.options, kind=self.format, sort=self.sort, public_only=self.public_only
        )

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}
