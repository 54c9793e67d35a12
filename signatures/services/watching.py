"""Watching a file being made: how far it is, whose work it is, and whether it is still wanted."""

import threading
import time
from datetime import timedelta
from typing import Self

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from signatures.models import Export

log = structlog.get_logger(__name__)

LOOK = 0.5  # seconds between two looks of the keeper
RENEW = 1.0  # seconds after which it renews the lease even if nothing moved
State = Export.State


class Stopped(Exception):
    """The file isn't wanted any more, or another worker makes it: leave at once."""


class Meter:
    """Where a writer says how far it is; a progress bar or a lease keeper listens."""

    done = 0
    total = 0

    def at(self, done: int) -> None:
        self.done = done


def lease() -> timedelta:
    """Shorter than the message's own: whoever is handed it again finds the export free."""
    return timedelta(seconds=settings.OUTBOX_LEASE) / 2


class Keeper(Meter):
    """Renews the lease and writes the progress from a thread and connection of its own.

    Whoever says how far it is learns by Stopped, within two seconds, that it was in vain.
    """

    def __init__(self, row: Export) -> None:
        self.row = row
        self._over = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def at(self, done: int) -> None:
        super().at(done)
        if self._lost.is_set():
            raise Stopped

    def _keep(self) -> None:
        renewed = time.monotonic()
        try:
            while not self._over.wait(LOOK) and not self._lost.is_set():
                moved = (self.done, self.total) != (self.row.done, self.row.total)
                if moved or time.monotonic() - renewed >= RENEW:
                    self._renew()
                    renewed = time.monotonic()
            self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        self.row.done, self.row.total = self.done, self.total
        mine = Export.objects.filter(
            pk=self.row.pk, lease_by=self.row.lease_by, state=State.RUNNING
        )
        try:
            if not mine.update(
                done=self.done, total=self.total, lease_until=timezone.now() + lease()
            ):
                self._lost.set()
        except DatabaseError as error:  # the next renewal may do better; the file is not to suffer
            log.warning("lease not renewed", export=self.row.pk, fault=type(error).__name__)
            connection.close()
