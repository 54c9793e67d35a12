from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """A processing notice exactly as it stood at the form, kept once: consent points at it."""

    sha256 = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=20)
    text = models.TextField()
    first_shown_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("processing notice")
        verbose_name_plural = _("processing notices")

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.language})"
