"""Topics for tests of the outbox alone: what the product's apps would register."""

import os
from pathlib import Path

from django.core.mail import EmailMessage

from worker import outbox, relay
from worker.models import OutboxMessage

BROKEN_TEXT = "canary@example.org could not be written"


@outbox.mail("errand.mail")
def mail(message: OutboxMessage) -> EmailMessage:
    number = message.ids["number"]
    return EmailMessage(f"Errand {number}", "Hello.", to=[f"person{number}@example.org"])


@outbox.mail("errand.mails")
def mails(message: OutboxMessage) -> list[EmailMessage]:
    return [
        EmailMessage(f"Part {part}", "Hello.", to=[f"part{part}@example.org"]) for part in range(3)
    ]


@outbox.mail("errand.nothing")
def nothing(message: OutboxMessage) -> None:
    return None


@outbox.mail("errand.broken")
def broken(message: OutboxMessage) -> EmailMessage:
    raise ValueError(BROKEN_TEXT)


@outbox.on("errand.note", queue="export")
def note(message: OutboxMessage) -> None:
    """Leaves one line a run, so that a test can see how often it ran."""
    with Path(str(message.ids["file"])).open("a") as file:
        file.write(f"{message.uid}\n")


class MarksFirst(relay.Batch):
    """What the relay must not be: it believes before it has sent."""

    def work(self) -> None:
        self._lease.done(self._lease.messages)
        super().work()


if os.environ.get("ERRANDS_MARK_FIRST"):
    relay.Batch = MarksFirst
