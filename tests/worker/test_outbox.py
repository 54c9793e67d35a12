import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.processes import eventually
from worker import outbox, tasks
from worker.celery import app
from worker.models import OutboxMessage
from worker.relay import Relay

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


def nudges(queue: str) -> int:
    """How many nudges lie in the broker."""
    channel: Any
    with app.connection_for_read() as connection, connection.channel() as channel:
        if hasattr(channel, "client"):
            return int(channel.client.llen(queue))
        return sum(1 for _ in Path(channel.data_folder_in).glob(f"*.{queue}.msg"))


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(outbox.OutsideTransaction):
        outbox.publish("errand.mail", number=1)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_promised() -> None:
    with transaction.atomic():
        outbox.publish("errand.mail", number=1)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_nudge_goes_out_after_the_commit() -> None:
    def purge() -> None:
        channel: Any
        with app.connection_for_write() as connection, connection.channel() as channel:
            channel.queue_declare("export")
            channel.queue_purge("export")

    purge()
    with transaction.atomic():
        outbox.publish("errand.note", file="/dev/null")
        time.sleep(0.2)
        assert nudges("export") == 0
    eventually(lambda: nudges("export") == 1, "the nudge")
    purge()


def test_two_functions_cannot_share_a_topic() -> None:
    with pytest.raises(outbox.TakenTopic):
        outbox.on("errand.note")(lambda message: None)


def test_the_database_refuses_an_ended_message_that_is_due(
    publish: Callable[..., OutboxMessage],
) -> None:
    message = publish()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(state=State.DONE)


def test_a_sealed_message_is_forgotten_when_it_was_sent(
    publish: Callable[..., OutboxMessage], relay: Relay
) -> None:
    message = publish(sealed=b"secret")
    relay.run("mail")
    message.refresh_from_db()
    assert (message.state, message.sealed) == (State.DONE, None)


def test_a_message_past_its_time_is_dropped_unsent(
    publish: Callable[..., OutboxMessage], relay: Relay, smtp: object
) -> None:
    message = publish(sealed=b"secret", expires_at=timezone.now() - timedelta(seconds=1))
    relay.run("mail")
    message.refresh_from_db()
    assert (message.state, message.sealed) == (State.DROPPED, None)
    assert not smtp.mails  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", [State.QUEUED, State.DEAD])
def test_the_sweep_drops_what_outlived_its_purpose(
    publish: Callable[..., OutboxMessage], state: str
) -> None:
    now = timezone.now()
    late = publish(sealed=b"secret", expires_at=now - timedelta(seconds=1))
    early = publish(sealed=b"secret", expires_at=now + timedelta(hours=1))
    if state == State.DEAD:
        OutboxMessage.objects.update(state=state, due_at=None, done_at=now)
    tasks.drop_the_outlived()
    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.state, late.sealed) == (State.DROPPED, None)
    assert early.state == state


def test_what_ended_long_ago_is_deleted_and_the_dead_are_kept(
    publish: Callable[..., OutboxMessage],
) -> None:
    kept, dead, old, waiting = (publish() for _ in range(4))
    now = timezone.now()
    for message, state, age in ((kept, "done", 13), (old, "done", 15), (dead, "dead", 15)):
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=state, due_at=None, done_at=now - timedelta(days=age)
        )
    tasks.forget_the_done()
    left = set(OutboxMessage.objects.values_list("pk", flat=True))
    assert left == {kept.pk, dead.pk, waiting.pk}


def test_the_command_lists_the_dead_and_sends_them_again(
    publish: Callable[..., OutboxMessage], capsys: pytest.CaptureFixture[str]
) -> None:
    message, _ = publish(), publish()
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=State.DEAD, due_at=None, done_at=timezone.now(), last_error="refused 550"
    )
    call_command("outbox")
    assert capsys.readouterr().out == f"{message.uid}  errand.mail  refused 550\n"
    call_command("outbox", "--resend")
    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert not outbox.resend(message)
