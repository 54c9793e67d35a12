"""Freezing the log: where signing on could show two histories, nothing is signed any more.

Signatures are still collected, and the site is readable; what is confirmed waits to be counted.
`manage.py log_recover` is the one way out.
"""

from datetime import datetime
from enum import StrEnum

import structlog

from signatures.models import Head

log = structlog.get_logger(__name__)


class Reason(StrEnum):
    """Why: as it stands in `Head.frozen_because`."""

    SMALLER = "smaller"  # the database has fewer entries than were promised
    ANOTHER_ROOT = "another root"  # it has others
    NO_HIGH_WATER = "no high-water file"  # what was promised is not known
    ORIGIN = "origin"  # settings, database and folder speak of different logs
    KEY = "key"  # no key at hand is one that signed before
    WITNESS = "witness"  # somebody has seen a larger tree of ours


def freeze(reason: Reason, *, now: datetime) -> None:
    """Stop the log until an operator has looked; the first reason stays."""
    Head.objects.get_or_create(pk=1)
    if Head.objects.filter(pk=1, frozen_because="").update(frozen_because=reason, frozen_at=now):
        log.error("log frozen", because=str(reason))


def frozen() -> str:
    """The reason; empty while the log goes on."""
    return Head.objects.filter(pk=1).values_list("frozen_because", flat=True).first() or ""
