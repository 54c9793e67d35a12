from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.letter import random_uid


class Delivery(models.Model):
    """A record that a letter was handed over: which files, to whom, by whom, how and when.

    What was true at that moment is kept in words and numbers, so that nothing changed later
    changes the record.
    """

    class How(models.TextChoices):
        MAIL = "mail", _("by e-mail, with a private link")
        HAND = "hand", _("printed and handed over")
        OTHER = "other", _("another way")

    uid = models.UUIDField(default=random_uid, unique=True, editable=False)
    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="deliveries")
    target = models.ForeignKey("campaigns.Target", models.SET_NULL, null=True, related_name="+")
    target_name = models.CharField(max_length=150)
    target_role = models.CharField(max_length=150, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="deliveries")
    how = models.CharField(max_length=5, choices=How)
    how_else = models.CharField(max_length=150, blank=True)  # in words, when it was another way
    email = models.EmailField(blank=True)  # of the target's office; never shown in public
    message = models.TextField(max_length=2000, blank=True)  # the organiser's covering words
    exports = models.ManyToManyField("signatures.Export", related_name="deliveries")

    count = models.PositiveIntegerField(default=0)  # as of the delivery
    paper = models.PositiveIntegerField(default=0)
    revision = models.ForeignKey("campaigns.Revision", models.PROTECT, related_name="+")
    delivered_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    generation = models.PositiveSmallIntegerField(default=0)  # raising it ends the private link

    received_at = models.DateTimeField(null=True)  # pressed by the target's office
    received_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(max_length=10_000, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answer_hidden_at = models.DateTimeField(null=True)  # by staff or organiser; the record stays
    # Then only they show it again.
    answer_hidden_by_staff = models.BooleanField(default=False, db_default=False)
    struck_at = models.DateTimeField(null=True)  # recorded by mistake: no longer on the timeline

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar[list[str]] = ["-delivered_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["letter", "-delivered_at"], name="delivery_of_letter")
        ]

    def __str__(self) -> str:
        return f"{self.uid}"
