"""Who has been alive lately."""

import time
from datetime import datetime

from django.utils import timezone

from worker.models import Heartbeat

EVERY = 10.0  # seconds between two beats of the same name from one process

_beaten: dict[str, float] = {}


def beat(name: str) -> None:
    """Note that something is alive; cheap to call often."""
    now = time.monotonic()
    if now - _beaten.get(name, -EVERY) < EVERY:
        return
    mark(name, timezone.now())
    _beaten[name] = now


def mark(name: str, at: datetime) -> None:
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def heartbeats() -> dict[str, datetime]:
    """Names and times: "clock", "worker:<queue>" (it answered through the broker), "ran:<job>"."""
    return dict(Heartbeat.objects.values_list("name", "at"))
