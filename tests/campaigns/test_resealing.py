"""Keys rotate: everything is sealed again, beside whoever writes meanwhile, and nothing is lost."""

import os
import signal
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import adapters, sealed, sealing
from campaigns.models import Letter, Report
from campaigns.services import daykeying, reporting, resealing
from tests import make
from worker import outbox
from worker.models import OutboxMessage
from worker.relay import relay

OLD, NEW = b"o" * 32, b"n" * 32
MANY = sealed.SLICE + 101


@pytest.fixture
def keys(settings, tmp_path):
    settings.FIELD_KEYS, settings.LETTER_KEYS_DIR = {1: OLD}, tmp_path / "letterkeys"
    return settings


def rotated(settings) -> None:
    settings.FIELD_KEYS = {2: NEW, 1: OLD}


def messages(count: int) -> None:
    """Waiting mails with something sealed in them."""
    now = timezone.now()
    uids = [uuid.uuid4() for _ in range(count)]
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                uid=uid,
                topic="account.mail",
                sealed=sealing.seal(uid.hex.encode(), place="account.mail", row=uid.bytes),
                due_at=now + timedelta(hours=1),
                created_at=now,
            )
            for uid in uids
        ]
    )


def all_open() -> int:
    """How many messages say what they said; each must."""
    rows = OutboxMessage.objects.exclude(sealed=None)
    for row in rows:
        plain = sealing.unseal(row.sealed, place=row.topic, row=row.uid.bytes)
        assert plain == row.uid.hex.encode()
    return len(rows)


def everything() -> Letter:
    """A value in each place of this app."""
    letter = make.letter()
    reporting.report(letter=letter, reason="other", text="No.", email="joan@example.org")
    daykeying.key_of(timezone.now().date() + timedelta(days=1))
    proof = adapters.ProofAdapter()
    for kind, data in {
        Authenticator.Type.TOTP: {"secret": proof.encrypt("JBSWY3DPEHPK3PXP")},
        Authenticator.Type.RECOVERY_CODES: {"seed": proof.encrypt("seed"), "used_mask": 3},
    }.items():
        Authenticator.objects.create(user=letter.organiser, type=kind, data=data)
    messages(2)
    return letter


@pytest.mark.django_db
def test_t76_everything_is_sealed_again_and_opens_with_the_new_key_alone(keys):
    everything()
    rotated(keys)
    assert sum(resealing.stale().values()) >= 6
    steps = list(resealing.reseal())
    assert {step.place for step in steps} >= {
        "campaigns.report.email_sealed", "campaigns.daykey.sealed", "worker.outboxmessage.sealed",
        "mfa.secret",
    }  # fmt: skip
    assert all(step.done <= step.of for step in steps)
    assert sum(resealing.stale().values()) == 0
    keys.FIELD_KEYS = {2: NEW}
    assert all_open() == 2
    assert reporting.answer_address(Report.objects.get()) == "joan@example.org"
    daykeying.forget_all()
    assert len(daykeying.key_of(timezone.now().date() + timedelta(days=1))) == 32
    proof = adapters.ProofAdapter()
    totp, codes = Authenticator.objects.order_by("type").reverse()
    assert proof.decrypt(totp.data["secret"]) == "JBSWY3DPEHPK3PXP"
    assert proof.decrypt(codes.data["seed"]) == "seed"
    assert codes.data["used_mask"] == 3


@pytest.mark.django_db
def test_what_is_sealed_with_the_newest_key_stays_as_it_is(keys):
    messages(3)
    before = list(OutboxMessage.objects.values_list("sealed", flat=True))
    assert list(resealing.reseal()) == []
    assert list(OutboxMessage.objects.values_list("sealed", flat=True)) == before


def erase_before_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever seals again finds that the value was erased since it was read."""
    again = sealing.again

    def erased_meanwhile(blob, *, place, row):
        new = again(blob, place=place, row=row)
        OutboxMessage.objects.update(sealed=None)
        return new

    monkeypatch.setattr(sealing, "again", erased_meanwhile)


@pytest.mark.django_db
def test_t76_what_is_erased_while_it_is_sealed_again_stays_erased(keys, monkeypatch):
    messages(1)
    rotated(keys)
    erase_before_writing(monkeypatch)
    assert [step.done for step in resealing.reseal()] == [0]
    assert OutboxMessage.objects.get().sealed is None


@pytest.mark.django_db
def test_t76_control_without_the_comparison_it_would_come_back(keys, monkeypatch):
    messages(1)
    rotated(keys)
    erase_before_writing(monkeypatch)
    place = next(one for one in sealed.places() if one.name == "worker.outboxmessage.sealed")
    plain_filter = QuerySet.filter

    def without_comparison(rows, *args, **conditions):
        conditions.pop("sealed", None)
        return plain_filter(rows, *args, **conditions)

    monkeypatch.setattr(QuerySet, "filter", without_comparison)
    list(place.reseal())
    assert OutboxMessage.objects.get().sealed is not None


@pytest.mark.django_db
def test_a_value_that_does_not_open_is_left_and_named(keys):
    messages(2)
    row = OutboxMessage.objects.first()
    assert row is not None
    OutboxMessage.objects.filter(pk=row.pk).update(sealed=bytes(row.sealed)[:-16] + bytes(16))
    rotated(keys)
    said = StringIO()
    with pytest.raises(CommandError, match="don't open"):
        call_command("rotate_keys", stdout=said)
    assert "worker.outboxmessage.sealed: 1 of 2 are to be sealed again" in said.getvalue()
    assert "Key 1 seals nothing" not in said.getvalue()


@pytest.mark.django_db
def test_the_command_counts_shows_how_far_it_is_and_says_what_may_go(keys):
    messages(MANY)
    rotated(keys)
    said = StringIO()
    call_command("rotate_keys", "--dry-run", stdout=said)
    assert (
        f"worker.outboxmessage.sealed: {MANY} of {MANY} are to be sealed again" in said.getvalue()
    )
    assert resealing.by_key() == {1: MANY}
    call_command("rotate_keys", stdout=said)
    assert f"worker.outboxmessage.sealed: 500 of {MANY}" in said.getvalue()
    assert "Everything here is sealed with key 2." in said.getvalue()
    assert "Key 1 seals nothing here any more." in said.getvalue()
    assert resealing.by_key() == {2: MANY}


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_it_when_asked(keys):
    messages(3)
    rotated(keys)
    call_command("rotate_keys", "--background", stdout=StringIO())
    relay.run("export")
    assert sum(resealing.stale().values()) == 0
    assert not outbox.dead().exists()


@pytest.mark.django_db
def test_an_interrupted_run_says_how_to_go_on_and_the_next_finds_the_rest(keys, monkeypatch):
    messages(MANY)
    rotated(keys)
    calls, again = iter(range(sealed.SLICE + 10)), sealing.again

    def interrupted(blob, **where):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return again(blob, **where)

    monkeypatch.setattr(sealing, "again", interrupted)
    with pytest.raises(CommandError, match="goes on with the rest"):
        call_command("rotate_keys", stdout=StringIO())
    assert resealing.by_key() == {2: sealed.SLICE + 10, 1: MANY - sealed.SLICE - 10}
    monkeypatch.undo()
    rotated(keys)
    call_command("rotate_keys", stdout=StringIO())
    assert all_open() == MANY
    assert resealing.by_key() == {2: MANY}


@pytest.mark.django_db(transaction=True)
def test_t76_a_killed_run_loses_nothing_and_the_next_finds_the_rest(keys):
    messages(MANY)
    rotated(keys)
    connections.close_all()
    child = os.fork()
    if not child:  # pragma: no cover - it is killed
        again, left = sealing.again, iter(range(sealed.SLICE + 10))

        def killed(blob, **where):
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return again(blob, **where)

        sealing.again = killed
        list(resealing.reseal())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert resealing.by_key() == {2: sealed.SLICE + 10, 1: MANY - sealed.SLICE - 10}
    assert all_open() == MANY
    list(resealing.reseal())
    assert resealing.by_key() == {2: MANY}
    assert all_open() == MANY
