import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.smtp import SmtpSink
from tests.worker.errands.handlers import BROKEN_TEXT
from worker import outbox, retry, tasks
from worker.models import OutboxMessage
from worker.relay import Relay
from worker.relay import relay as shared_relay

pytestmark = pytest.mark.django_db
State = OutboxMessage.State
Publish = Callable[..., OutboxMessage]


def states() -> list[str]:
    return list(OutboxMessage.objects.order_by("id").values_list("state", flat=True))


def test_mails_of_a_batch_share_one_connection(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    for number in range(45):
        publish(number=number)
    assert relay.run("mail") == 45
    assert smtp.connections == 1
    assert {mail.recipients[0] for mail in smtp.mails} == {
        f"person{number}@example.org" for number in range(45)
    }
    assert set(states()) == {State.DONE}


def test_a_mail_carries_a_stable_id_and_says_that_a_machine_wrote_it(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    message = publish(number=1)
    relay.run("mail")
    headers = smtp.mails[0].message
    assert headers["Message-ID"] == f"<{message.uid}@localhost>"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_t14_no_header_but_to_names_the_person(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    publish(number=1)
    relay.run("mail")
    mail = smtp.mails[0]
    named = [name for name, value in mail.message.items() if "person1@" in str(value)]
    assert named == ["To"]
    assert "person1" not in mail.sender


def test_several_mails_of_one_message_have_ids_of_their_own(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    message = publish("errand.mails")
    relay.run("mail")
    assert [str(mail.message["Message-ID"]) for mail in smtp.mails] == [
        f"<{message.uid}{part}@localhost>" for part in ("", ".1", ".2")
    ]


def test_a_refused_part_neither_stops_nor_repeats_the_others(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    smtp.refused = {"part1@example.org"}
    publish("errand.mails")
    relay.run("mail")
    assert [mail.recipients[0] for mail in smtp.mails] == ["part0@example.org", "part2@example.org"]
    assert states() == [State.DEAD]


def test_a_part_put_off_is_tried_again_alone(
    publish: Publish, relay: Relay, smtp: SmtpSink, now_due: Callable[[], None]
) -> None:
    smtp.on_mail = lambda mail: setattr(smtp, "temporary", 1 if len(smtp.mails) == 1 else 0)
    publish("errand.mails")
    relay.run("mail")
    now_due()
    relay.run("mail")
    assert [mail.recipients[0] for mail in smtp.mails] == [
        f"part{part}@example.org" for part in range(3)
    ]
    assert states() == [State.DONE]


def test_nothing_to_send_any_more_is_done(publish: Publish, relay: Relay, smtp: SmtpSink) -> None:
    publish("errand.nothing")
    relay.run("mail")
    assert states() == [State.DONE]
    assert not smtp.mails


def test_a_refusal_for_good_is_given_up_and_shown(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    smtp.refused = {"person1@example.org"}
    for number in range(3):
        publish(number=number)
    relay.run("mail")
    assert states() == [State.DONE, State.DEAD, State.DONE]
    dead = outbox.dead().get()
    assert (dead.last_error, dead.attempts) == ("refused 550", 1)
    smtp.refused = set()
    assert outbox.resend(dead)
    relay.run("mail")
    assert states() == [State.DONE] * 3


def test_t85_a_greylisted_mail_arrives_later(
    publish: Publish, relay: Relay, smtp: SmtpSink, now_due: Callable[[], None]
) -> None:
    smtp.temporary = 2
    for number in range(5):
        publish(number=number)
    relay.run("mail")
    assert states() == [State.QUEUED] * 2 + [State.DONE] * 3
    waiting = OutboxMessage.objects.filter(state=State.QUEUED)
    assert {(row.attempts, row.last_error) for row in waiting} == {(1, "later 451")}
    assert all(row.due_at and row.due_at > timezone.now() for row in waiting)
    now_due()
    relay.run("mail")
    assert states() == [State.DONE] * 5
    assert len(smtp.mails) == 5


def test_t84_an_absent_mail_server_costs_no_attempts(
    publish: Publish, relay: Relay, mail_server: SmtpSink, settings: Settings
) -> None:
    settings.EMAIL_PORT = 9  # nobody listens there
    for number in range(30):
        publish(number=number)
    assert relay.run("mail") == 0
    rows = OutboxMessage.objects.all()
    assert {(row.state, row.attempts) for row in rows} == {(State.QUEUED, 0)}


def test_a_server_that_hangs_holds_up_one_mail(
    publish: Publish, relay: Relay, smtp: SmtpSink, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    smtp.on_mail = lambda mail: setattr(smtp, "hang", True)
    for number in range(3):
        publish(number=number)
    relay.run("mail")
    rows = list(OutboxMessage.objects.order_by("id"))
    # The first was taken, its answer never came: nobody can know, so it is sent again.
    assert [row.attempts for row in rows] == [1, 0, 0]
    assert [row.state for row in rows] == [State.QUEUED] * 3
    assert rows[0].last_error == "connection SMTPServerDisconnected"


def test_a_line_that_breaks_is_dialled_again_at_once_when_it_had_worked(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    smtp.on_mail = lambda mail: setattr(smtp, "resets", 1 if len(smtp.mails) == 1 else 0)
    for number in range(5):
        publish(number=number)
    relay.run("mail")
    assert states() == [State.DONE] * 5
    assert (len(smtp.mails), smtp.connections) == (5, 2)


def test_a_reset_after_the_body_repeats_with_the_same_id(
    publish: Publish, relay: Relay, smtp: SmtpSink, now_due: Callable[[], None]
) -> None:
    smtp.lost_replies = 1
    message = publish(number=1)
    relay.run("mail")
    assert states() == [State.QUEUED]
    relay.post._not_before = 0.0  # as if the pause after a lost connection were over
    now_due()
    relay.run("mail")
    assert states() == [State.DONE]
    ids = {str(mail.message["Message-ID"]) for mail in smtp.mails}
    assert (len(smtp.mails), ids) == (2, {f"<{message.uid}@localhost>"})


def test_t73_a_handlers_mistake_stays_its_own_and_its_words_stay_unsaid(
    publish: Publish, relay: Relay, smtp: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        publish(number=1)
        broken = publish("errand.broken")
        publish(number=2)
        relay.run("mail")
    assert len(smtp.mails) == 2
    broken.refresh_from_db()
    assert (broken.state, broken.attempts) == (State.QUEUED, 1)
    assert broken.last_error == "ValueError"
    assert "message failed" in caplog.text
    assert BROKEN_TEXT not in caplog.text
    assert "example.org" not in caplog.text


def test_what_never_works_is_given_up_after_the_last_wait(
    publish: Publish, relay: Relay, now_due: Callable[[], None]
) -> None:
    publish("errand.broken")
    for _ in retry.WAITS:
        relay.run("mail")
        assert states() == [State.QUEUED]
        now_due()
    relay.run("mail")
    assert states() == [State.DEAD]


def test_a_topic_this_process_does_not_know_waits_for_one_that_does(
    publish: Publish, relay: Relay
) -> None:
    message = publish("errand.of_a_newer_version")
    relay.run("mail")
    message.refresh_from_db()
    assert (message.state, message.last_error) == (State.QUEUED, "no handler")


def test_work_goes_on_while_the_mail_server_is_away(
    publish: Publish, relay: Relay, settings: Settings
) -> None:
    settings.EMAIL_PORT = 9
    publish(number=1)
    job = publish("job.worker.forget_the_done")
    relay.run("mail")
    job.refresh_from_db()
    assert job.state == State.DONE


@pytest.mark.parametrize("order", ["as published", "reversed"])
def test_t79_every_task_twice_in_any_order_ends_the_same(
    publish: Publish, mail_server: SmtpSink, tmp_path: Path, order: str
) -> None:
    notes = tmp_path / "notes"
    shared_relay._post = None  # an earlier test's may still hold another mail server
    for number in range(5):
        publish(number=number)
        publish("errand.note", file=str(notes))
    deliveries: list[Callable[[], object]] = [
        tasks.relay_mail,
        lambda: tasks.relay_work("export"),
        lambda: tasks.relay_work("mail"),
    ]
    for deliver in [*deliveries, *deliveries][:: -1 if order == "reversed" else 1]:
        deliver()
    shared_relay.post.close()
    shared_relay._post = None  # it belongs to this test's mail server
    assert len(mail_server.mails) == 5
    assert len(set(notes.read_text().split())) == len(notes.read_text().split()) == 5
    assert set(states()) == {State.DONE}


def test_a_message_that_kills_its_workers_is_isolated_and_given_up(
    publish: Publish, relay: Relay, smtp: SmtpSink
) -> None:
    deadly, innocent = publish(number=1), publish(number=2)
    OutboxMessage.objects.filter(pk=deadly.pk).update(state=State.LEASED, lapses=19)
    relay.run("mail")
    deadly.refresh_from_db()
    innocent.refresh_from_db()
    assert (deadly.state, deadly.last_error) == (State.DEAD, "its worker died")
    assert innocent.state == State.DONE


def test_waits_grow_to_about_a_day_and_end() -> None:
    waits = [retry.wait(attempt, chance=0.5) for attempt in range(1, len(retry.WAITS) + 1)]
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits, key=lambda wait: wait or timedelta())
    assert timedelta(hours=20) < sum((wait for wait in waits if wait), timedelta())
    assert retry.wait(len(retry.WAITS) + 1, chance=0.5) is None
    assert retry.wait(1, chance=0.0) == timedelta(seconds=48)
