from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """What must never come back with a backup, on its way into the journal outside the database.

    The clock writes it there and deletes the row."""

    class Kind(models.TextChoices):
        ERASED = "erased", _("erased")
        HIDDEN = "hidden", _("name withheld")
        UNSUBSCRIBED = "unsubscribed", _("news stopped")
        SUPPRESSED = "suppressed", _("mailbox suppressed")

    kind = models.CharField(max_length=12, choices=Kind)
    signature = models.UUIDField(null=True)  # whose; random
    letter = models.UUIDField(null=True)  # of a suppressed mailbox; none: of all letters
    mailbox_anywhere = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Sweep(models.Model):
    """One run of a sweep: what kind, how many rows, when. Kept as proof that data went on time."""

    kind = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # after each slice: whoever finds it old goes on with it
    ended_at = models.DateTimeField(null=True)
    swept = models.PositiveIntegerField(default=0)  # rows, or files

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "-started_at"], name="sweep_newest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d}"
