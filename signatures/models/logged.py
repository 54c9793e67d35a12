from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogEntry(models.Model):
    """One entry of the installation's log: 84 bytes, never changed, never deleted.

    `signatures.log.store` alone reads and writes these."""

    index = models.BigIntegerField(primary_key=True)  # from 0, without gaps
    entry = models.BinaryField(max_length=84)

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")

    def __str__(self) -> str:
        return str(self.index)


class Chain(models.Model):
    """Where a letter stands in the log: what its next entry goes on from."""

    letter = models.OneToOneField(
        "campaigns.Letter", models.CASCADE, primary_key=True, related_name="chain"
    )
    last = models.BigIntegerField(null=True)  # index of its newest entry
    version = models.BigIntegerField(null=True)  # index of its current version
    signed = models.PositiveIntegerField(default=0)  # totals of its newest entry
    withdrawn = models.PositiveIntegerField(default=0)
    invalidated = models.PositiveIntegerField(default=0)
    closed = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("chain")
        verbose_name_plural = _("chains")

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.last}"


class Published(models.Model):
    """One row for the installation: the newest tree that may be signed.

    Durable before the high-water file is, so a database behind that file was rolled back."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    origin = models.CharField(max_length=255)  # an identity: stays when the site moves
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField(null=True)  # when the newest checkpoint was
    checked_at = models.DateTimeField(null=True)  # when counts and log were last found to agree

    class Meta:
        verbose_name = _("published tree")
        verbose_name_plural = _("published trees")

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class LogKey(models.Model):
    """A public key of the log and from when to when it signs; listed for ever at /log/key."""

    vkey = models.CharField(max_length=400, unique=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("key of the log")
        verbose_name_plural = _("keys of the log")
        ordering: ClassVar[list[str]] = ["-since", "-pk"]

    def __str__(self) -> str:
        return self.vkey


class Breakdown(models.Model):
    """How a letter's entries add up, rolled up by the sequencer: by day, kind, method or reason,
    and class of the e-mail domain. Nothing here is about one person."""

    letter = models.ForeignKey("campaigns.Letter", models.CASCADE, related_name="breakdown")
    day = models.PositiveIntegerField()  # whole days since 1970, UTC
    kind = models.PositiveSmallIntegerField()  # signatures.log.leaf.Kind
    detail = models.PositiveSmallIntegerField(default=0)  # Method or Reason
    domain_class = models.PositiveSmallIntegerField(default=0)  # signatures.proof.domainclass
    people = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("breakdown")
        verbose_name_plural = _("breakdowns")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["letter", "day", "kind", "detail", "domain_class"],
                name="breakdown_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.kind}/{self.detail}/{self.domain_class} {self.people}"


class Witnessed(models.Model):
    """The newest tree of another installation's log that this one has cosigned as its witness."""

    origin = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32)
    checkpoint = models.BinaryField(default=b"")  # as signed by that log and by us
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("witnessed log")
        verbose_name_plural = _("witnessed logs")

    def __str__(self) -> str:
        return self.origin
