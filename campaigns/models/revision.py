from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """The exact text that is signed. Never changed; `sha256` is over `canonical`."""

    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    canonical = models.TextField()  # see campaigns.services.canonical
    sha256 = models.CharField(max_length=64)  # hex, of the UTF-8 bytes of `canonical`
    title = models.CharField(max_length=150)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    body_html = (
        models.TextField()
    )  # rendered once: a later renderer must not change what was signed
    sender = models.CharField(max_length=150)
    targets = models.JSONField(default=list)  # [{"name", "role"}], as addressed then
    closes_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=20)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["letter", "number"], name="revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    @property
    def addressees(self) -> str:
        """To whom, in one line: "Marta Velander, Minister for Water"."""
        return "; ".join(
            ", ".join(part for part in (one["name"], one["role"]) if part) for one in self.targets
        )
