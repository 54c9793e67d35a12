from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """A change of mind after signing: what was agreed to or no longer, in which words, and when.

    What was agreed to at the form stands in the signature itself (`notice`, `consented_at`, and
    the opposite of the first change here)."""

    class About(models.TextChoices):
        NAME = "name", _("showing the name")
        UPDATES = "updates", _("news by mail")
        TEXT = "text", _("the letter’s newer text")

    class Door(models.TextChoices):
        PAGE = "page", _("on their own page")
        ONE_CLICK = "one-click", _("by a mail program’s button")

    signature = models.ForeignKey("signatures.Signature", models.CASCADE, related_name="consents")
    about = models.CharField(max_length=10, choices=About)
    given = models.BooleanField()
    door = models.CharField(max_length=10, choices=Door)
    text = models.CharField(max_length=500)  # the words that were pressed
    language = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar[list[str]] = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.about} {self.given}"
