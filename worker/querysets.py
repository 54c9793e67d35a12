from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from worker.models import OutboxMessage  # noqa: F401 named in the class below


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, queue: str, at: datetime) -> OutboxQuerySet:
        """What may be claimed: waiting and due, or leased by somebody who let it lapse."""
        return self.filter(queue=queue, due_at__lte=at).order_by("due_at", "id")

    def dead(self) -> OutboxQuerySet:
        return self.filter(state="dead").order_by("-done_at")

    def outlived(self, at: datetime) -> OutboxQuerySet:
        """Too late to matter, and nobody is busy with it."""
        return self.filter(expires_at__lte=at, state__in=["queued", "dead"]) | self.filter(
            expires_at__lte=at, state="leased", due_at__lte=at
        )
