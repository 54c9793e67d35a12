"""Taking messages for a while: who holds a lease may write the row, nobody else."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from worker import faults, health, outbox, retry
from worker.models import OutboxMessage
from worker.querysets import OutboxQuerySet

State = OutboxMessage.State
LAPSES = 20  # leases a message may outlive before it counts as the one that kills workers
ALONE_AFTER = 3  # a message that was let down so often is claimed without company

log = structlog.get_logger(__name__)


def length() -> timedelta:
    return timedelta(seconds=settings.OUTBOX_LEASE)


class Lease:
    """Messages that are ours until a moment that moves on while we live."""

    def __init__(self, token: str, queue: str, messages: list[OutboxMessage], until: float) -> None:
        self.token = token
        self.queue = queue
        self.messages = messages
        self._until = until

    def held(self) -> bool:
        """False once somebody else may have claimed the rest, say after a pause of the process."""
        return time.monotonic() < self._until

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease from a thread for as long as the work takes."""
        over = threading.Event()
        thread = threading.Thread(target=self._keep, args=(over,), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, over: threading.Event) -> None:
        pause = settings.OUTBOX_LEASE / 3
        used = False
        while not over.wait(pause):
            used = True
            try:
                self._renew()
                health.beat(f"worker:{self.queue}")
            except DatabaseTrouble as error:
                log.warning("lease not renewed", fault=type(error).__name__)
                connection.close()
        if used:
            connection.close()

    def _renew(self) -> None:
        asked = time.monotonic()
        if asked >= self._until:
            return  # lapsed: taking it back could send twice what somebody else now sends
        if self._mine().update(due_at=timezone.now() + length()):
            self._until = asked + settings.OUTBOX_LEASE

    def _mine(self) -> OutboxQuerySet:
        return OutboxMessage.objects.filter(lease_by=self.token, state=State.LEASED)

    def done(
        self, messages: Sequence[OutboxMessage], *, mailed: Sequence[OutboxMessage] = ()
    ) -> None:
        """Mark what was done, and say in the same transaction whose mails a server took."""
        heard = [message for message in mailed if outbox.hears(message.topic)]
        now = timezone.now()
        ended = {"state": State.DONE, "done_at": now, "sealed": None, "last_error": ""}
        if messages:
            rows = self._mine().filter(pk__in=[message.pk for message in messages])
            _end(rows, ended, (lambda: outbox.tell_sent(heard, now)) if heard else None)

    def later(self, message: OutboxMessage, *, reason: str, parts_done: int) -> None:
        """It failed in a way that may pass: wait, or give up when it has been tried for a day."""
        attempts = message.attempts + 1
        pause = retry.wait(attempts, chance=random.random())  # noqa: S311 spreads waits
        if pause is None:
            self.bury(message, reason=reason, attempts=attempts)
            return
        self._one(message).update(
            state=State.QUEUED,
            due_at=timezone.now() + pause,
            lease_by="",
            attempts=attempts,
            parts_done=parts_done,
            last_error=reason[:200],
        )

    def bury(self, message: OutboxMessage, *, reason: str, attempts: int) -> None:
        log.error("message given up", topic=message.topic, uid=str(message.uid), reason=reason)
        now = timezone.now()
        ended = {"state": State.DEAD, "done_at": now, "attempts": attempts}
        ended["last_error"] = reason[:200]
        tell = partial(outbox.tell_refused, message, reason, now)
        _end(self._one(message), ended, tell if outbox.hears(message.topic) else None)

    def drop(self, message: OutboxMessage) -> None:
        """It came too late to matter; what it carried is forgotten."""
        self._one(message).update(
            state=State.DROPPED, due_at=None, done_at=timezone.now(), lease_by="", sealed=None
        )

    def give_back(self, messages: list[OutboxMessage]) -> None:
        """Nothing was tried: as if they had not been claimed."""
        pks = [message.pk for message in messages]
        self._mine().filter(pk__in=pks).update(
            state=State.QUEUED, due_at=timezone.now(), lease_by=""
        )

    def _one(self, message: OutboxMessage) -> OutboxQuerySet:
        return self._mine().filter(pk=message.pk)


def _end(rows: OutboxQuerySet, ended: dict[str, Any], tell: Callable[[], None] | None) -> None:
    """Mark rows and tell who listens, both or neither. Only a database that is away may stop it: a
    mail that was sent is marked whatever a listener's mistake, else it would be sent again."""
    ended = ended | {"due_at": None, "lease_by": ""}
    if tell is None:  # one statement is its own transaction
        rows.update(**ended)
        return
    try:
        with transaction.atomic():
            if rows.update(**ended):  # else the lease was lost, and somebody else will tell
                tell()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 the mail is sent, whoever stumbles over hearing so
        log.error("listener failed", fault=faults.describe(error))  # noqa: TRY400 may quote
        rows.update(**ended)


def claim(queue: str, *, limit: int, mails: bool) -> Lease | None:
    """Lease what is due: several mails at once, or one piece of work; without `mails` only work.

    Two relays cannot get the same row: on PostgreSQL rows being claimed are locked and skipped,
    on SQLite the transaction holds the only write lock from its first word.
    """
    token, asked, now = secrets.token_hex(16), time.monotonic(), timezone.now()
    with transaction.atomic():
        due = OutboxMessage.objects.due(queue, now).select_for_update(skip_locked=True)
        if not mails:
            due = due.exclude(topic__in=outbox.mail_topics())
        messages = _together(list(due[:limit]))
        if not messages:
            return None
        _take(messages, token, now)
    return Lease(token, queue, messages, asked + settings.OUTBOX_LEASE)


def _together(due: list[OutboxMessage]) -> list[OutboxMessage]:
    """Mails travel in batches; work, and what may have killed its worker, goes alone."""
    mailing = outbox.mail_topics()
    batch = list(takewhile(lambda m: m.topic in mailing and m.lapses < ALONE_AFTER, due))
    return batch or due[:1]


def _take(messages: list[OutboxMessage], token: str, now: datetime) -> None:
    pks = [message.pk for message in messages]
    lapsed = []
    for message in messages:
        if message.state == State.LEASED:
            message.lapses += 1
            lapsed.append(message.pk)
    rows = OutboxMessage.objects.filter(pk__in=pks, due_at__lte=now)
    if lapsed:
        rows.filter(pk__in=lapsed).update(lapses=F("lapses") + 1)
    rows.update(state=State.LEASED, lease_by=token, due_at=now + length())
