"""Freezing the log: where signing on could show two histories, nothing is signed any more.

Signatures are still collected, and the site is readable; what is confirmed waits to be counted.
`manage.py log_recover` is the one way out.
"""

from datetime import datetime

import structlog

from signatures.models import Head
from signatures.proof.stopped import Reason

log = structlog.get_logger(__name__)


def freeze(reason: Reason, *, now: datetime) -> None:
    """Stop the log until an operator has looked; the first reason stays."""
    Head.objects.get_or_create(pk=1)
    if Head.objects.filter(pk=1, frozen_because="").update(frozen_because=reason, frozen_at=now):
        log.error("log frozen", because=str(reason))


def frozen() -> str:
    """The reason; empty while the log goes on."""
    return Head.objects.filter(pk=1).values_list("frozen_because", flat=True).first() or ""
