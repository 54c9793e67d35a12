from django.db import models
from django.utils.translation import gettext_lazy as _


class Funnel(models.Model):
    """How far those came who never confirmed: totals of one letter, kept when their rows go.

    Whoever confirmed is counted by the log; who still may is counted in their rows."""

    letter = models.OneToOneField(
        "campaigns.Letter", models.CASCADE, primary_key=True, related_name="funnel"
    )
    asked = models.PositiveIntegerField(default=0)  # forms that arrived
    mailed = models.PositiveIntegerField(default=0)  # of these: a mail server took the mail
    opened = models.PositiveIntegerField(default=0)  # of these: a person was seen on its page
    refused = models.PositiveIntegerField(default=0)  # the mail server said no
    no_host = models.PositiveIntegerField(default=0)  # nobody takes mail for that domain
    bounced = models.PositiveIntegerField(default=0)  # it came back later
    denied = models.PositiveIntegerField(default=0)  # the address's owner said: not me

    class Meta:
        verbose_name = _("funnel")
        verbose_name_plural = _("funnels")

    def __str__(self) -> str:
        return f"{self.letter_id}"
