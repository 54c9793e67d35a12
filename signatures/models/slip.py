from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid


class Slip(models.Model):
    """What somebody typed into the form, sealed, for the hour in which they may find that the
    address was wrong. Written for every signing, so that it tells nothing about anybody."""

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="+")
    sealed = models.BinaryField()
    asked_at = models.DateTimeField(db_index=True)
    # The pending signature that holds this very wish, if one does: no key, for it may be gone.
    signature = models.UUIDField(null=True)
    generation = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("slip")
        verbose_name_plural = _("slips")

    def __str__(self) -> str:
        return f"{self.uid}"
