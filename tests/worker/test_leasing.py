"""Who holds a lease, and what happens around its end. Threads, so real transactions."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.processes import eventually
from tests.smtp import SmtpSink
from worker import leasing
from worker.leasing import Lease
from worker.models import OutboxMessage
from worker.relay import Batch, Relay

pytestmark = pytest.mark.django_db(transaction=True)
State = OutboxMessage.State
Publish = Callable[..., OutboxMessage]
THREADS = 6


def claim_all(claim: Callable[[], list[int]]) -> Counter[int]:
    """Claim from several threads at once until nothing is left; how often each row was got."""
    together = threading.Barrier(THREADS)

    def worker(_: int) -> list[int]:
        got: list[int] = []
        together.wait()
        try:
            while batch := claim():
                got += batch
        finally:
            connection.close()
        return got

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pk for got in pool.map(worker, range(THREADS)) for pk in got)


def leased() -> list[int]:
    lease = leasing.claim("mail", limit=7, mails=True)
    return [message.pk for message in lease.messages] if lease else []


def unguarded() -> list[int]:
    """The same without a lock and without looking twice: what the guard is there for."""
    due = OutboxMessage.objects.due("mail", timezone.now())
    pks = list(due.values_list("pk", flat=True)[:7])
    time.sleep(0.02)
    OutboxMessage.objects.filter(pk__in=pks).update(
        state=State.LEASED, due_at=timezone.now() + timedelta(minutes=1)
    )
    return pks


def test_relays_that_claim_at_once_get_different_messages(publish: Publish) -> None:
    pks = {publish().pk for _ in range(150)}
    claims = claim_all(leased)
    assert set(claims) == pks
    assert set(claims.values()) == {1}


def test_without_the_guard_messages_would_be_claimed_twice(publish: Publish) -> None:
    for _ in range(60):
        publish()
    assert max(claim_all(unguarded).values()) > 1


def test_a_lapsed_lease_is_claimed_again_and_its_old_holder_can_write_nothing(
    publish: Publish,
) -> None:
    message = publish()
    first = leasing.claim("mail", limit=5, mails=True)
    assert first
    assert leasing.claim("mail", limit=5, mails=True) is None
    OutboxMessage.objects.update(due_at=timezone.now())
    second = leasing.claim("mail", limit=5, mails=True)
    assert second
    assert second.token != first.token
    first.done(first.messages)
    first.later(message, reason="x", parts_done=0)
    first.bury(message, reason="x", attempts=1)
    first.give_back(first.messages)
    message.refresh_from_db()
    assert (message.state, message.lapses, message.lease_by) == (State.LEASED, 1, second.token)


def slow_mails(publish: Publish, smtp: SmtpSink, settings: Settings) -> None:
    """A batch that takes longer than its lease."""
    settings.OUTBOX_LEASE = 1
    smtp.latency = 0.1
    for _ in range(6):
        publish()


def send_while_another_relay_looks_on() -> None:
    over = threading.Event()

    def other() -> None:
        mine = Relay()
        while not over.wait(0.1):
            mine.run("mail")
        mine.post.close()
        connection.close()

    thread = threading.Thread(target=other)
    lease = leasing.claim("mail", limit=20, mails=True)
    assert lease
    first = Relay()
    thread.start()
    with lease.kept():
        Batch(lease, first.post).work()
    unfinished = OutboxMessage.objects.exclude(state=State.DONE)
    eventually(lambda: not unfinished.exists(), "all to be done by somebody")
    over.set()
    thread.join()
    first.post.close()


def test_a_lease_is_kept_while_a_slow_server_is_served(
    publish: Publish, mail_server: SmtpSink, settings: Settings
) -> None:
    slow_mails(publish, mail_server, settings)
    send_while_another_relay_looks_on()
    assert len(mail_server.mails) == 6
    assert set(OutboxMessage.objects.values_list("state", "lapses")) == {(State.DONE, 0)}


def test_without_keeping_the_lease_others_would_take_over(
    publish: Publish, mail_server: SmtpSink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lease, "kept", lambda self: nullcontext())
    slow_mails(publish, mail_server, settings)
    send_while_another_relay_looks_on()
    assert OutboxMessage.objects.filter(lapses__gt=0).exists()


def test_a_relay_that_slept_past_its_lease_sends_nothing_more(
    publish: Publish, mail_server: SmtpSink, settings: Settings
) -> None:
    settings.OUTBOX_LEASE = 1
    for _ in range(5):
        publish()
    lease = leasing.claim("mail", limit=20, mails=True)
    assert lease
    time.sleep(1.1)  # not kept: as a stopped process would
    relay = Relay()
    Batch(lease, relay.post).work()
    relay.post.close()
    assert not mail_server.mails
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {State.LEASED}
