from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid


class Invalidation(models.Model):
    """A rule that takes signatures out of the count, with a public reason; it can be cancelled."""

    class Reason(models.IntegerChoices):
        UNSPECIFIED = 0, _("not specified")
        DUPLICATE = 1, _("duplicate")
        DISPOSABLE = 2, _("disposable address")
        BOUNCED = 3, _("address bounced or complained")
        AUTOMATED = 4, _("automated")
        NOT_ELIGIBLE = 5, _("not eligible")
        AUTHORITY = 6, _("order of an authority")
        DENIED = 7, _("the address’s owner denies it")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey(
        "campaigns.Letter",
        models.CASCADE,
        related_name="invalidations",
        verbose_name=_("letter"),
    )
    reason = models.PositiveSmallIntegerField(_("reason"), choices=Reason)
    public_reason = models.CharField(_("public reason"), max_length=300)
    # The rule: every condition given must hold. Empty ones do not count; no condition, no match.
    signed_from = models.DateTimeField(_("confirmed from"), null=True, blank=True)
    signed_until = models.DateTimeField(_("confirmed before"), null=True, blank=True)
    name_contains = models.CharField(
        _("words in name, affiliation or place"), max_length=100, blank=True
    )
    affiliation_contains = models.CharField(_("affiliation contains"), max_length=100, blank=True)
    network = models.CharField(_("network digest"), max_length=64, blank=True)
    numbers = models.JSONField(_("numbers"), default=list, blank=True)  # of single signatures

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    matched = models.PositiveIntegerField(null=True, editable=False)  # by the last dry run
    done = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("invalidation")
        verbose_name_plural = _("invalidations")
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.letter}"
