"""The one door out: what a transaction promises to the world is a row written by the same one."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from worker.models import OutboxMessage
from worker.nudging import nudge
from worker.querysets import OutboxQuerySet

Mails = Iterable[EmailMessage] | EmailMessage | None
MailHandler = Callable[[OutboxMessage], Mails]
WorkHandler = Callable[[OutboxMessage], None]

log = structlog.get_logger(__name__)


class OutsideTransaction(RuntimeError):
    """A message outside a transaction could promise what was never made true."""


class TakenTopic(RuntimeError):
    """Two functions want the same topic, so one of them would never run."""


@dataclass(frozen=True)
class Mailing:
    queue: str
    build: MailHandler


@dataclass(frozen=True)
class Work:
    queue: str
    run: WorkHandler


_handlers: dict[str, Mailing | Work] = {}


def mail(topic: str, *, queue: str = "mail") -> Callable[[MailHandler], MailHandler]:
    """Register the function that writes a topic's mails; None means nothing to send any more."""

    def register(build: MailHandler) -> MailHandler:
        _register(topic, Mailing(queue, build))
        return build

    return register


def on(topic: str, *, queue: str = "mail") -> Callable[[WorkHandler], WorkHandler]:
    """Register the function that does a topic's work; it may run more than once."""

    def register(run: WorkHandler) -> WorkHandler:
        _register(topic, Work(queue, run))
        return run

    return register


def _register(topic: str, handler: Mailing | Work) -> None:
    if topic in _handlers:
        raise TakenTopic(topic)
    _handlers[topic] = handler


def handler_of(topic: str) -> Mailing | Work | None:
    return _handlers.get(topic)


def mail_topics() -> set[str]:
    return {topic for topic, handler in _handlers.items() if isinstance(handler, Mailing)}


def topics() -> set[str]:
    return set(_handlers)


def queues() -> set[str]:
    return {"mail", *(handler.queue for handler in _handlers.values())}


def publish(
    topic: str,
    /,
    *,
    sealed: bytes | None = None,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    uid: uuid.UUID | None = None,
    **ids: int | str,
) -> OutboxMessage:
    """Write down what has to happen, in the transaction that makes it true."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(topic)
    handler = _handlers.get(topic)
    if handler is None:
        log.warning("topic without a handler", topic=topic)
    now = timezone.now()
    message = OutboxMessage.objects.create(
        uid=uid or uuid.uuid4(),
        topic=topic,
        queue=handler.queue if handler else "mail",
        ids=ids,
        sealed=sealed,
        due_at=due_at or now,
        created_at=now,
        expires_at=expires_at,
    )
    if due_at is None or due_at <= now:
        transaction.on_commit(partial(nudge, message.queue), robust=True)
    return message


def dead() -> OutboxQuerySet:
    """What was given up: somebody has to look at it."""
    return OutboxMessage.objects.dead()


def resend(message: OutboxMessage) -> bool:
    """Try a dead message again from the beginning. False: it was not dead (any more)."""
    changed = OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.DEAD).update(
        state=OutboxMessage.State.QUEUED,
        due_at=timezone.now(),
        done_at=None,
        attempts=0,
        lapses=0,
        parts_done=0,
    )
    if changed:
        transaction.on_commit(partial(nudge, message.queue), robust=True)
    return bool(changed)
