"""The one door out: what a transaction promises to the world is a row written by the same one."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from worker.models import OutboxMessage
from worker.nudging import nudge
from worker.querysets import OutboxQuerySet

Mails = Iterable[EmailMessage] | EmailMessage | None
MailHandler = Callable[[OutboxMessage], Mails]
WorkHandler = Callable[[OutboxMessage], None]
Sent = Callable[[Sequence[OutboxMessage], datetime], None]
Refused = Callable[[OutboxMessage, str, datetime], None]

log = structlog.get_logger(__name__)


class OutsideTransaction(RuntimeError):
    """A message outside a transaction could promise what was never made true."""


class TakenTopic(RuntimeError):
    """Two functions want the same topic, so one of them would never run."""


@dataclass(frozen=True)
class Mailing:
    queue: str
    build: MailHandler
    sent: Sent | None = None
    refused: Refused | None = None


@dataclass(frozen=True)
class Work:
    queue: str
    run: WorkHandler


_handlers: dict[str, Mailing | Work] = {}


def mail(
    topic: str, *, queue: str = "mail", sent: Sent | None = None, refused: Refused | None = None
) -> Callable[[MailHandler], MailHandler]:
    """Register the function that writes a topic's mails; None means nothing to send any more.

    `sent` hears which messages' mails a server took, in the transaction that marks them done;
    `refused` hears why one was given up, in the transaction that says so.
    """

    def register(build: MailHandler) -> MailHandler:
        _register(topic, Mailing(queue, build, sent, refused))
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


def hears(topic: str) -> bool:
    """Whether somebody wants to know what becomes of a topic's mails."""
    handler = _handlers.get(topic)
    return isinstance(handler, Mailing) and bool(handler.sent or handler.refused)


def tell_sent(messages: Iterable[OutboxMessage], at: datetime) -> None:
    """Call the hooks of those whose mails were taken, once a topic."""
    by_topic: dict[str, list[OutboxMessage]] = defaultdict(list)
    for message in messages:
        by_topic[message.topic].append(message)
    for topic, its in by_topic.items():
        handler = _handlers.get(topic)
        if isinstance(handler, Mailing) and handler.sent:
            handler.sent(its, at)


def tell_refused(message: OutboxMessage, reason: str, at: datetime) -> None:
    handler = _handlers.get(message.topic)
    if isinstance(handler, Mailing) and handler.refused:
        handler.refused(message, reason, at)


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


def publish_all(topic: str, /, ids: Sequence[Mapping[str, int | str]]) -> None:
    """Write down the same for many, due now, in one statement for some hundreds."""
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(topic)
    handler, now = _handlers[topic], timezone.now()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(topic=topic, queue=handler.queue, ids=dict(each), due_at=now, created_at=now)
        for each in ids
    )
    transaction.on_commit(partial(nudge, handler.queue), robust=True)


def waiting(topic: str, **ids: int | str) -> int:
    """How many messages of a topic nobody has done or tried in vain yet."""
    return _open(topic, ids).filter(attempts=0).count()


def call_off(topic: str, **ids: int | str) -> int:
    """Forget messages nobody is busy with; how many."""
    return (
        _open(topic, ids)
        .filter(state=OutboxMessage.State.QUEUED)
        .update(state=OutboxMessage.State.DROPPED, due_at=None, done_at=timezone.now(), sealed=None)
    )


def _open(topic: str, ids: Mapping[str, int | str]) -> QuerySet[OutboxMessage]:
    named = {f"ids__{name}": value for name, value in ids.items()}
    return OutboxMessage.objects.filter(topic=topic, due_at__isnull=False, **named)


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
