from django.db import models
from django.utils.translation import gettext_lazy as _


class Head(models.Model):
    """One row for the installation: how many batches have been sequenced. A sequencer that slept
    finds another number here than it read, and stops before it counts anything twice."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    batch = models.PositiveBigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)
    # The log's: its next index, the hour of its last entry, and why nothing may be appended.
    size = models.BigIntegerField(default=0, db_default=0)
    hour = models.PositiveIntegerField(default=0, db_default=0)
    frozen_at = models.DateTimeField(null=True)
    frozen_because = models.CharField(max_length=40, default="", db_default="", blank=True)

    class Meta:
        verbose_name = _("head")
        verbose_name_plural = _("heads")

    def __str__(self) -> str:
        return str(self.batch)
