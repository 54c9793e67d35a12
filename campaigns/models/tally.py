from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """The totals of one letter, moved by the sequencer alone. Apart from the letter, so that
    editing a letter and counting its signatures never wait for each other or overwrite."""

    letter = models.OneToOneField(
        "campaigns.Letter", models.CASCADE, primary_key=True, related_name="tally"
    )
    signed = models.PositiveIntegerField(default=0)  # also the last number given
    withdrawn = models.PositiveIntegerField(default=0)
    invalidated = models.PositiveIntegerField(default=0)
    paper = models.PositiveIntegerField(default=0)  # counted apart
    count = models.GeneratedField(
        expression=F("signed") - F("withdrawn") - F("invalidated"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    moved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(signed__gte=F("withdrawn") + F("invalidated")),
                name="tally_not_negative",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["-count"], name="tally_most")]

    def __str__(self) -> str:
        return str(self.count)


class GrowthHour(models.Model):
    """How a letter's count moved in one hour (UTC), rolled up by the sequencer as it happens."""

    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="growth")
    hour = models.PositiveIntegerField()  # whole hours since 1970
    signed = models.IntegerField(default=0)
    cancelled = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("growth")
        verbose_name_plural = _("growth")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["letter", "hour"], name="growth_once_an_hour")
        ]

    def __str__(self) -> str:
        return f"{self.hour}: {self.signed - self.cancelled:+}"
