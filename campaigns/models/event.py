from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LetterEvent(models.Model):
    """What happens to a letter besides its signatures, and where the log has it.

    Written by the verb that makes it happen, in its transaction; the sequencer logs it and fills
    `index`. What an entry needs stands here, so nothing is looked up again when it is written.
    """

    class Kind(models.IntegerChoices):  # the log's numbers
        VERSION = 1, _("text")
        CLOSED = 32, _("closed")
        DELIVERED = 33, _("handed over")
        PAPER = 34, _("signatures on paper")

    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="events")
    kind = models.PositiveSmallIntegerField(choices=Kind)
    revision = models.ForeignKey(
        "campaigns.Revision", models.CASCADE, null=True, related_name="events"
    )  # of VERSION
    digest = models.BinaryField(max_length=32, null=True)  # of the text, the file or the batch
    people = models.PositiveIntegerField(default=0)  # of PAPER
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )  # of PAPER: who recorded it
    at = models.DateTimeField()
    index = models.BigIntegerField(null=True, unique=True)  # in the log; null: not yet

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["revision"],
                condition=Q(revision__isnull=False),
                name="event_version_once",
            ),
            models.UniqueConstraint(
                fields=["letter"], condition=Q(kind=32), name="event_closed_once"
            ),
            models.UniqueConstraint(
                fields=["letter", "kind", "digest"],
                condition=Q(kind__in=[33, 34]),
                name="event_digest_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(index__isnull=True), name="event_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.letter_id}"
