from django.db import models
from django.utils.translation import gettext_lazy as _


class Head(models.Model):
    """One row for the installation: how many batches have been sequenced. A sequencer that slept
    finds another number here than it read, and stops before it counts anything twice."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    batch = models.PositiveBigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("head")
        verbose_name_plural = _("heads")

    def __str__(self) -> str:
        return str(self.batch)
