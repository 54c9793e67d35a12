from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Suppressed(models.Model):
    """A mailbox whose owner wants no mail: about one letter, or about none at all.

    Only its keyed digest is kept, never the address."""

    letter = models.ForeignKey(
        "campaigns.Letter", models.CASCADE, null=True, blank=True, related_name="+"
    )  # none: about nothing, ever
    mailbox_anywhere = models.BinaryField(max_length=32)  # keyed for the installation
    since = models.DateField()

    class Meta:
        verbose_name = _("suppressed mailbox")
        verbose_name_plural = _("suppressed mailboxes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["mailbox_anywhere", "letter"], name="suppressed_once_a_letter"
            ),
            models.UniqueConstraint(
                fields=["mailbox_anywhere"],
                condition=Q(letter__isnull=True),
                name="suppressed_everywhere_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
