"""What comes back: only a permanent failure of a mail of ours means anything."""

import io
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures import bounces
from signatures.bounces import NotABounce
from signatures.models import Erasure, Signature
from signatures.services import bouncing, erasing
from tests import make, supporter
from tests.signatures import bouncemails
from tests.signatures.bouncemails import ABSENT, EXIM, LATER, QMAIL, plain, report
from worker.models import OutboxMessage

ID = uuid.UUID("0d9f4f6e-3a64-4d51-9f0a-6d1f7c5e2b90")
State, MailState = Signature.State, Signature.MailState


def refusal(mail: bytes, **more: str) -> str:
    with pytest.raises(NotABounce) as refused:
        bounces.read(mail, **more)
    return refused.value.reason


# --- Reading ----------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["5.1.1", "5.2.2", "5.7.1", "5.0.0"])
def test_a_report_of_a_failure_for_good_names_its_mail(status: str) -> None:
    assert bounces.read(report(ID, status=status)).message == ID


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("delayed", "4.4.1"), ("failed", "4.4.7"), ("delivered", "2.0.0"), ("relayed", "2.0.0"),
        ("expanded", "2.0.0"), ("delayed", "5.1.1"), ("failed", ""), ("failed", "55"),
    ],
)  # fmt: skip
def test_delays_and_good_news_are_no_failure(action: str, status: str) -> None:
    assert refusal(report(ID, action=action, status=status)) == "passing"


@pytest.mark.parametrize("returned", ["whole", "headers"])
def test_the_returned_mail_says_which_one_it_was_where_the_address_does_not(returned: str) -> None:
    mail = report(ID, to="letters@letters.example", returned=returned)
    assert bounces.read(mail).message == ID


def test_the_envelope_knows_best() -> None:
    other = uuid.uuid4()
    assert bounces.read(report(ID), came_to=bouncemails.bounces(other)).message == other
    mail = report(ID, to="letters@letters.example", returned="")
    assert refusal(mail) == "unknown"
    assert bounces.read(mail, came_to=bouncemails.bounces(ID, "-2")).message == ID


@pytest.mark.parametrize("words", [EXIM, QMAIL])
def test_older_servers_words_are_understood_where_they_are_sure(words: str) -> None:
    assert bounces.read(plain(ID, words)).message == ID


def test_t87_replies_by_people_and_machines_are_ignored() -> None:
    person = {"Return_Path": "<ann@example.org>", "From": "Ann <ann@example.org>"}
    for mail in (
        plain(ID, LATER),
        plain(ID, ABSENT, **person, Auto_Submitted="auto-replied"),
        plain(ID, EXIM, **person),
        plain(ID, EXIM, Precedence="auto_reply"),
        plain(ID, "Thank you, I have pressed.", **person),
        plain(ID, ""),
        b"",
    ):
        assert refusal(mail) == "no report"


def test_t87_a_mail_that_goes_in_circles_is_ignored() -> None:
    assert refusal(b"Received: from here\r\n" * 60 + report(ID)) == "loop"


@pytest.mark.parametrize(
    "mail",
    [
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
            for depth in range(5_000)
        ),
        b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 50_000,
        b"Content-Type: text/plain; charset=no-such\r\nFrom: postmaster@x\r\n\r\n550 5.1.1 \xff",
        b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n",
        b"Subject: " + b"x" * 5_000_000,
        b"\r\n" * 300_000,
        b"\0" * 300_000,
    ],
    ids=["parts", "mails", "many", "charset", "no boundary", "long", "lines", "zeros"],
)
def test_t86_a_hostile_mail_is_read_within_bounds(mail: bytes) -> None:
    assert refusal(mail) in {"nested", "no report", "unreadable", "unknown", "passing"}


@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 900))
@settings(max_examples=200)
def test_t86_a_report_damaged_anywhere_is_a_bounce_or_none(
    noise: bytes, start: int, end: int
) -> None:
    whole = report(ID)
    with suppress(NotABounce):
        bounces.read(whole[:start] + noise + whole[end:])


# --- What follows -----------------------------------------------------------------------------
def mailed(**fields: Any) -> tuple[Signature, OutboxMessage]:
    signature = make.pending(make.letter(), **fields)
    supporter.new_mails()
    return signature, OutboxMessage.objects.get(ids__signature=signature.pk)


def take(mail: bytes, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "stdin", type("Pipe", (), {"buffer": io.BytesIO(mail)}))
    call_command("take_bounce", *words)


@pytest.mark.django_db
def test_a_mail_that_came_back_is_noted_at_its_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    signature, message = mailed()
    for _ in range(2):
        take(report(message.uid), monkeypatch)
        signature.refresh_from_db()
        assert (signature.state, signature.mail_state) == (State.PENDING, MailState.BOUNCED)


@pytest.mark.django_db
def test_a_folder_of_them_is_taken_and_emptied(tmp_path: Path) -> None:
    both = [mailed() for _ in range(2)]
    for number, (_signature, message) in enumerate(both):
        (tmp_path / str(number)).write_bytes(report(message.uid))
    (tmp_path / "other").write_bytes(b"Hello")
    call_command("take_bounce", folder=tmp_path)
    assert not list(tmp_path.iterdir())
    assert set(Signature.objects.values_list("mail_state", flat=True)) == {MailState.BOUNCED}


@pytest.mark.django_db
def test_a_newer_mail_that_was_taken_is_not_the_one_that_came_back() -> None:
    signature, first = mailed(email="joan@example.org")
    bouncing.came_back(message=first.uid, now=timezone.now())
    make.pending(signature.letter, email="joan@example.org")
    supporter.new_mails()
    signature.refresh_from_db()
    assert signature.mail_state == MailState.ACCEPTED
    assert bouncing.came_back(message=first.uid, now=timezone.now()) == "settled"
    signature.refresh_from_db()
    assert signature.mail_state == MailState.ACCEPTED


@pytest.mark.django_db
def test_forged_and_foreign_ids_change_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone, message = mailed(email="canary@example.org")
    erasing.erase(uid=gone.uid, now=timezone.now())
    confirmed = make.confirmed(make.letter())
    supporter.new_mails()
    before = list(Signature.objects.values())
    for uid in (uuid.uuid4(), message.uid, OutboxMessage.objects.latest("pk").uid):
        take(report(uid), monkeypatch)
    take(b"\xff" * 1000, monkeypatch, "canary@example.org")
    assert list(Signature.objects.values()) == before
    confirmed.refresh_from_db()
    assert confirmed.mail_state is None
    assert "canary" not in caplog.text


@pytest.mark.django_db
def test_news_that_came_back_end_for_good_and_a_backup_does_not_bring_them_back() -> None:
    signature = make.counted(make.letter(), updates=True)
    message = OutboxMessage.objects.create(
        topic="update.mailed",
        queue="mail",
        ids={"signature": signature.pk, "update": 1},
        state=OutboxMessage.State.DONE,
        created_at=timezone.now(),
        done_at=timezone.now(),
    )
    assert bouncing.came_back(message=message.uid, now=timezone.now()) == "stopped"
    assert bouncing.came_back(message=message.uid, now=timezone.now()) == "settled"
    signature.refresh_from_db()
    assert not signature.updates
    assert signature.state == State.CONFIRMED
    assert Erasure.objects.filter(kind=Erasure.Kind.UNSUBSCRIBED, signature=signature.uid).exists()
