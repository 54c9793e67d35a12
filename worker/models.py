import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from worker.querysets import OutboxQuerySet


class OutboxMessage(models.Model):
    """Work that was promised in a transaction. The row is the work; any broker may forget."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        LEASED = "leased", _("being handled")
        DONE = "done", _("done")
        DEAD = "dead", _("given up")
        DROPPED = "dropped", _("too late to matter")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    topic = models.CharField(_("topic"), max_length=100)
    queue = models.CharField(_("queue"), max_length=20)
    ids = models.JSONField(_("ids"), default=dict)
    sealed = models.BinaryField(null=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.QUEUED, editable=False
    )
    # When it may next be claimed: a lease moves it to the lease's end, so one index finds both
    # what waits and what was let down. Empty as soon as nothing is left to do.
    due_at = models.DateTimeField(_("due"), null=True)
    lease_by = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    lapses = models.PositiveSmallIntegerField(_("lapses"), default=0, editable=False)
    parts_done = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.CharField(_("last error"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"), editable=False)
    done_at = models.DateTimeField(_("ended"), null=True, editable=False)
    expires_at = models.DateTimeField(_("pointless after"), null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [
            # "is not null" and not a list of states: SQLite uses a partial index only when the
            # query's own words imply its condition, and parameters imply nothing.
            models.Index("queue", "due_at", name="outbox_due", condition=Q(due_at__isnull=False)),
            models.Index("done_at", name="outbox_done", condition=Q(done_at__isnull=False)),
            models.Index("expires_at", name="outbox_expiry", condition=Q(expires_at__isnull=False)),
            models.Index("topic", name="outbox_open", condition=Q(due_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="outbox_due_while_open",
                condition=Q(state__in=["queued", "leased"], due_at__isnull=False, done_at=None)
                | Q(state__in=["done", "dead", "dropped"], due_at=None, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="outbox_sealed_while_needed",
                condition=Q(sealed=None) | Q(state__in=["queued", "leased", "dead"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.uid}"


class Heartbeat(models.Model):
    """When something that should happen again and again last did."""

    name = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
