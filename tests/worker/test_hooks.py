"""What a topic hears of its mails: which were taken, and which never will be."""

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.smtp import SmtpSink
from worker import leasing, outbox
from worker.models import OutboxMessage
from worker.relay import Relay

pytestmark = pytest.mark.django_db
State = OutboxMessage.State
Publish = Callable[..., OutboxMessage]


class Ear:
    """Keeps what it hears, and stumbles as told."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self.refused: list[tuple[int, str]] = []
        self.stumbles: list[Exception] = []

    def hear_sent(self, messages: list[OutboxMessage], at: object) -> None:
        if self.stumbles:
            raise self.stumbles.pop()
        self.sent.append([int(message.ids["number"]) for message in messages])

    def hear_refused(self, message: OutboxMessage, reason: str, at: object) -> None:
        self.refused.append((int(message.ids["number"]), reason))


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody who listens to the mails of the test topic."""
    made, before = Ear(), outbox._handlers["errand.mail"]
    assert isinstance(before, outbox.Mailing)
    outbox._handlers["errand.mail"] = outbox.Mailing(
        before.queue,
        before.build,
        sent=made.hear_sent,  # type: ignore[arg-type]
        refused=made.hear_refused,
    )
    yield made
    outbox._handlers["errand.mail"] = before


def test_whoever_listens_hears_whose_mails_were_taken_and_whose_never_will_be(
    publish: Publish, relay: Relay, smtp: SmtpSink, ear: Ear
) -> None:
    smtp.refused = {"person3@example.org"}
    for number in range(6):
        publish(number=number)
    relay.run("mail")
    assert sorted(number for batch in ear.sent for number in batch) == [0, 1, 2, 4, 5]
    assert ear.refused == [(3, "refused 550")]


def test_a_batch_is_told_at_once(publish: Publish, relay: Relay, ear: Ear) -> None:
    for number in range(40):
        publish(number=number)
    relay.run("mail")
    assert sum(map(len, ear.sent)) == 40
    assert len(ear.sent) < 20


def test_where_no_mail_was_sent_none_was_taken(
    publish: Publish, relay: Relay, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = outbox.Mailing("mail", lambda message: None, sent=ear.hear_sent)  # type: ignore[arg-type]
    monkeypatch.setitem(outbox._handlers, "errand.nothing", nothing)
    publish("errand.nothing", number=1)
    relay.run("mail")
    assert not ear.sent
    assert OutboxMessage.objects.get().state == State.DONE


def test_a_listeners_mistake_sends_no_mail_twice(
    publish: Publish, relay: Relay, smtp: SmtpSink, ear: Ear
) -> None:
    ear.stumbles = [ValueError("canary@example.org")]
    publish(number=1)
    relay.run("mail")
    relay.run("mail")
    assert len(smtp.mails) == 1
    assert OutboxMessage.objects.get().state == State.DONE


def test_what_cannot_be_heard_now_is_not_marked_now(
    publish: Publish, relay: Relay, ear: Ear
) -> None:
    """Both or neither: a database that goes away between the two takes the mark along."""
    message = publish(number=1)
    lease = leasing.claim("mail", limit=1, mails=True)
    assert lease is not None
    ear.stumbles = [OperationalError("gone")]
    with pytest.raises(OperationalError):
        lease.done(lease.messages, mailed=lease.messages)
    message.refresh_from_db()
    assert message.state == State.LEASED
    lease.done(lease.messages, mailed=lease.messages)
    message.refresh_from_db()
    assert (message.state, ear.sent) == (State.DONE, [[1]])


def test_who_lost_the_lease_tells_nobody(publish: Publish, relay: Relay, ear: Ear) -> None:
    publish(number=1)
    lease = leasing.claim("mail", limit=1, mails=True)
    assert lease is not None
    OutboxMessage.objects.update(lease_by="somebody else", due_at=timezone.now())
    lease.done(lease.messages, mailed=lease.messages)
    assert not ear.sent


# --- Where a mail comes back to ---------------------------------------------------------------
def test_t14_a_mail_comes_back_under_a_random_id_and_shows_the_sender_as_ever(
    publish: Publish, relay: Relay, smtp: SmtpSink, settings: object
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@letters.example"  # type: ignore[attr-defined]
    message, parts = publish(number=1), publish("errand.mails")
    relay.run("mail")
    first, *others = smtp.mails
    assert first.sender == f"bounces+{message.uid.hex}@letters.example"
    assert [mail.sender for mail in others] == [
        f"bounces+{parts.uid.hex}{part}@letters.example" for part in ("", "-1", "-2")
    ]
    assert "letters@" in str(first.message["From"])
    assert first.message["Return-Path"] is None
    headers = first.raw.partition(b"\r\n\r\n")[0]
    assert headers.count(b"person1@") == 1


def test_t14_without_such_an_address_it_comes_back_to_the_sender(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    publish(number=1)
    relay.run("mail")
    assert smtp.mails[0].sender == str(smtp.mails[0].message["From"]).partition("<")[2].strip(">")
