"""What the other tests lean on does what it says."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from tests.chromium import Visitor
from tests.processes import NeverHappened, Process, accepts, eventually, free_port
from tests.services import RedisServer
from tests.smtp import SmtpSink


def mail(to: str = "joan@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "otto@example.org", to, "Grüße"
    message.set_content("Dear Joan,\n.\n..and more\n")
    return message


def send(sink: SmtpSink, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as link:
        for message in messages:
            link.send_message(message)


def test_a_mail_arrives_as_it_was_sent(smtp: SmtpSink) -> None:
    send(smtp, mail(), mail("otto@example.org"))
    first, second = smtp.wait(2)
    assert first.message["Subject"] == "Grüße"
    assert first.text == "Dear Joan,\n.\n..and more\n"
    assert first.connection == second.connection == 1
    assert smtp.to("otto@example.org") == [second]


def test_temporary_trouble_passes(smtp: SmtpSink) -> None:
    smtp.temporary = 1
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp, mail())
    assert refused.value.recipients["joan@example.org"][0] == 451
    send(smtp, mail())
    assert len(smtp.mails) == 1


def test_a_refused_recipient_stays_refused(smtp: SmtpSink) -> None:
    smtp.refused.add("joan@example.org")
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(smtp, mail())
        assert refused.value.recipients["joan@example.org"][0] == 550
    assert smtp.mails == []


def test_a_connection_breaks_after_the_body(smtp: SmtpSink) -> None:
    smtp.resets = 1
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp, mail())
    assert smtp.mails == []


def test_a_lost_reply_leaves_a_mail_taken(smtp: SmtpSink) -> None:
    smtp.lost_replies = 1
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(smtp, mail())
    assert len(smtp.mails) == 1


def test_a_hanging_server_says_nothing(smtp: SmtpSink) -> None:
    smtp.hang = True
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP("127.0.0.1", smtp.port, timeout=0.3)


def test_postgres_is_real_and_empty(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("select count(*) from pg_tables where schemaname = 'public'")
        assert row.fetchone() == (0,)


def test_redis_is_real_and_empty(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("seen", "yes")


def test_a_killed_redis_comes_back_on_its_port_knowing_nothing(own_redis: RedisServer) -> None:
    with Redis(port=own_redis.port) as client:
        client.set("seen", "yes")
        own_redis.kill()
        assert not accepts(own_redis.port)
        own_redis.start()
    with Redis(port=own_redis.port) as client:
        assert client.get("seen") is None


def test_a_stopped_process_takes_its_children_along(tmp_path: Path) -> None:
    port = free_port()
    shell = Process(
        ["sh", "-c", f"python3 -m http.server {port} --bind 127.0.0.1 & wait"],
        log=tmp_path / "log",
    )
    shell.ready(lambda: accepts(port))
    shell.stop()
    eventually(lambda: not accepts(port), "the child is gone")


def test_a_process_that_dies_at_once_says_why(tmp_path: Path) -> None:
    shell = Process(["sh", "-c", "echo no database; exit 3"], log=tmp_path / "log")
    with pytest.raises(NeverHappened, match="no database"):
        shell.ready(lambda: False)


def test_a_visitor_notes_what_a_page_asks_for_and_what_bars_people(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    somebody = visit()
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>x</title><img src='https://example.invalid/a.png'>")
    somebody.page.goto(page.as_uri())
    assert somebody.hosts == {"example.invalid"}
    assert any(barrier.startswith("image-alt") for barrier in somebody.barriers())
    assert any(barrier.startswith("html-has-lang") for barrier in somebody.barriers())


def test_a_visitor_without_javascript_runs_none(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>before</title><script>document.title='after'</script>")
    titles = []
    for javascript in (True, False):
        somebody = visit(javascript=javascript)
        somebody.page.goto(page.as_uri())
        titles.append(somebody.page.title())
    assert titles == ["after", "before"]
