"""Working off the outbox: claim by lease, commit, do it, mark it."""

import time
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import Error as DatabaseTrouble
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from worker import envelope, faults, health, leasing, outbox
from worker.leasing import Lease
from worker.models import OutboxMessage
from worker.nudging import nudge
from worker.post import LineDown, NotNow, Post, Refused, Trouble

SECONDS = 5.0  # a task ends after about so long: a worker asked to stop waits no longer
MARK_AFTER = 0.05  # seconds a sent mail may wait to be marked: a kill repeats what is not

log = structlog.get_logger(__name__)


class Relay:
    """One worker process's way through a queue, with its own connection to the mail server."""

    def __init__(self) -> None:
        self._post: Post | None = None

    @property
    def post(self) -> Post:
        if self._post is None:
            self._post = Post()
        return self._post

    def run(self, queue: str, *, seconds: float = SECONDS) -> int:
        """Work until nothing is due or the time is up; returns how many messages were taken."""
        end, taken, called = time.monotonic() + seconds, 0, False
        while True:
            health.beat(f"worker:{queue}")
            count = self.step(queue)
            taken += count
            if not count:
                return taken
            if count == settings.MAIL_BATCH and not called:
                nudge(queue)  # more than one batch waits: a sibling may help
                called = True
            if time.monotonic() > end:
                nudge(queue)
                return taken

    def step(self, queue: str) -> int:
        """Claim and handle one batch."""
        due = OutboxMessage.objects.due(queue, timezone.now())
        topics = set(due.values_list("topic", flat=True)[: settings.MAIL_BATCH])
        if not topics:
            return 0
        mails = not topics.isdisjoint(outbox.mail_topics()) and self._can_send()
        lease = leasing.claim(queue, limit=settings.MAIL_BATCH, mails=mails)
        if lease is None:
            return 0
        with lease.kept():
            Batch(lease, self.post).work()
        return len(lease.messages)

    def _can_send(self) -> bool:
        """Nothing is claimed while the mail server is away, so its absence costs no attempts."""
        try:
            self.post.ready()
        except LineDown:
            return False
        return True


class Batch:
    """What one lease holds, and what has become of it so far."""

    def __init__(self, lease: Lease, post: Post) -> None:
        self._lease = lease
        self._post = post
        self._done: list[OutboxMessage] = []
        self._mailed: list[OutboxMessage] = []  # of these, whose mails the server took
        self._marked_at = time.monotonic()

    def work(self) -> None:
        waiting = list(self._lease.messages)
        try:
            while waiting and self._lease.held():
                try:
                    self._handle(waiting.pop(0))
                except LineDown:
                    break
                if self._should_mark():
                    self._mark()
        finally:
            self._mark()
        if waiting and self._lease.held():
            self._lease.give_back(waiting)

    def _should_mark(self) -> bool:
        """All relays together leave no more than one batch unmarked."""
        share = max(1, settings.MAIL_BATCH // settings.MAIL_RELAYS)
        return len(self._done) >= share or time.monotonic() - self._marked_at > MARK_AFTER

    def _handle(self, message: OutboxMessage) -> None:
        """One message to its end; only the loss of the mail server concerns the others."""
        now = timezone.now()
        if message.expires_at and message.expires_at <= now:
            self._lease.drop(message)
        elif message.lapses >= leasing.LAPSES:
            self._lease.bury(message, reason="its worker died", attempts=message.attempts)
        else:
            self._do(message)

    def _do(self, message: OutboxMessage) -> None:
        errand = Errand(message, self._post)
        try:
            errand.run()
        except Refused as refused:
            attempts = message.attempts + 1
            self._lease.bury(message, reason=refused.reason, attempts=attempts)
        except NotNow as later:
            self._lease.later(message, reason=later.reason, parts_done=errand.parts_done)
        except LineDown as lost:
            self._lease.later(message, reason=lost.reason, parts_done=errand.parts_done)
            raise
        except (OperationalError, InterfaceError):
            raise  # nothing can be written now: the lease lapses and somebody tries again
        except Exception as error:  # noqa: BLE001 a handler's fault is its own message's alone
            log.error(  # noqa: TRY400 the message of an exception may quote what somebody typed
                "message failed",
                topic=message.topic,
                uid=str(message.uid),
                fault=faults.describe(error),
            )
            reason = type(error).__name__
            self._lease.later(message, reason=reason, parts_done=errand.parts_done)
        else:
            self._done.append(message)
            if errand.parts_done:
                self._mailed.append(message)

    def _mark(self) -> None:
        """Write down what was done; a database that is away for a moment is waited for."""
        while self._done:
            try:
                self._lease.done(self._done, mailed=self._mailed)
                self._done, self._mailed = [], []
            except DatabaseTrouble as error:
                if not self._lease.held():
                    raise
                log.warning("sent, not yet marked", fault=type(error).__name__)
                connection.close()
                time.sleep(0.5)
        self._marked_at = time.monotonic()


class Errand:
    """A message's own work: its function run, or its mails built and sent."""

    def __init__(self, message: OutboxMessage, post: Post) -> None:
        self._message = message
        self._post = post
        self.parts_done = message.parts_done

    def run(self) -> None:
        handler = outbox.handler_of(self._message.topic)
        if handler is None:
            raise NotNow("no handler")  # a newer process published it: ours is about to be updated
        if isinstance(handler, outbox.Work):
            handler.run(self._message)
        else:
            self._send(_as_list(handler.build(self._message)))

    def _send(self, mails: list[EmailMessage]) -> None:
        refused: Trouble | None = None
        for index, mail in enumerate(mails[self.parts_done :], start=self.parts_done):
            _label(mail, self._message, index)
            try:
                self._post.send(mail)
            except Refused as trouble:
                refused = trouble
            self.parts_done += 1
        if refused:
            raise refused


def _as_list(mails: outbox.Mails) -> list[EmailMessage]:
    if mails is None:
        return []
    return [mails] if isinstance(mails, EmailMessage) else list(mails)


def _label(mail: EmailMessage, message: OutboxMessage, index: int) -> None:
    """The same message always has the same id, so a mail sent twice is seen as one."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    part = f".{index}" if index else ""
    mail.extra_headers["Message-ID"] = f"<{message.uid}{part}@{host}>"
    mail.extra_headers.setdefault("Auto-Submitted", "auto-generated")
    envelope.seal(mail, message.uid, index)


relay = Relay()
