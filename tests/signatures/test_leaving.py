"""Twenty people erase themselves while a file is made, mails leave and the sequencer counts."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail, serializers
from django.db import connection, connections
from django.utils import timezone

from campaigns.models import Letter
from signatures import emails
from signatures.exports import comma
from signatures.models import Export, Signature
from signatures.proof import openings
from signatures.services import auditing, checkpointing, erasing, resigning, sequencing, withdrawing
from tests import make, supporter
from tests.signatures import agreeing
from tests.signatures.exporting import asked, elsewhere, names, run
from tests.signatures.ownpage import fresh, revised
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, LEAVE = 30, 20


@pytest.fixture
def letter(settings: Any, tmp_path: Path) -> Letter:
    settings.EXPORT_DIR = tmp_path / "exports"
    return make.letter()


def together(*works: Callable[[], object]) -> list[Exception]:
    """Each in a thread of its own; what went wrong."""
    barrier, wrong = threading.Barrier(len(works)), list[Exception]()

    def run_one(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 it is what the test looks at
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run_one, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize("withdraws", [False, True])
def test_f22_who_is_erased_is_found_nowhere_and_the_log_stays_whole(
    letter: Letter, withdraws: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        make.confirmed(letter, name=f"Canary {n:02}", email=f"canary{n:02}@example.org")
        for n in range(LEAVE)
    ] + [make.confirmed(letter, name=f"Stays {n:02}") for n in range(PEOPLE - LEAVE)]
    agreeing.settle()
    revised(letter)
    leaving = [one.uid for one in people[:LEAVE]]
    for uid in leaving[::3]:  # and some have just signed the newer text
        resigning.resign(uid=uid, revision=2, now=timezone.now())

    def leave() -> None:
        for uid in leaving:
            if withdraws:
                withdrawing.withdraw(uid=uid, now=timezone.now(), erase=True)
            else:
                erasing.erase(uid=uid, now=timezone.now())

    def count() -> None:
        for _ in range(10):
            sequencing.sequence(now=timezone.now())

    stream, left = comma.stream, [1]

    def interrupted(*given: Any, **options: Any) -> Any:
        yield from stream(*given, **options)
        if left[0]:
            left[0] -= 1
            assert not together(leave, count)

    monkeypatch.setattr(comma, "stream", interrupted)
    export = run(asked(letter))
    agreeing.settle()
    agreeing.check()
    checkpointing.publish(timezone.now())
    list(auditing.audit())
    letter.tally.refresh_from_db()
    assert letter.tally.count == PEOPLE - LEAVE * withdraws
    assert export.state == Export.State.READY
    assert not [name for name in names(export) if "Canary" in name]
    assert "anary" not in serializers.serialize("json", Signature.objects.all())
    for one in Signature.objects.filter(uid__in=leaving):
        assert (one.email_sealed, one.withheld_sealed, one.seed_sealed) == (None, None, None)


def test_no_mail_goes_to_who_was_erased_while_it_waited(letter: Letter) -> None:
    supporter.sign(letter, email="canary@example.org")
    counted = make.counted(letter, email="canary2@example.org")
    supporter.browser().post(f"{fresh(counted)}ask/", {"press": "ask"})
    assert OutboxMessage.objects.count() >= 2
    for one in Signature.objects.all():
        erasing.erase(uid=one.uid, now=timezone.now())
    assert not supporter.new_mails()


def test_who_is_erased_while_their_mail_is_written_gets_at_most_that_one(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds nothing that works any more."""
    supporter.sign(letter, email="canary@example.org")
    signature = Signature.objects.get()
    confirm = emails.confirm

    def interrupted(row: Signature, **given: Any) -> Any:
        written = confirm(row, **given)
        elsewhere(lambda: erasing.erase(uid=row.uid, now=timezone.now()))
        return written

    monkeypatch.setattr(emails, "confirm", interrupted)
    for sent in supporter.new_mails():
        assert supporter.browser().get(supporter.link(sent)).status_code == 404
    assert not Signature.objects.filter(pk=signature.pk).exists()
    assert not mail.outbox
    assert not supporter.new_mails()


@pytest.mark.parametrize("verb", ["withdraw", "sign", "erase"])
def test_ten_tabs_press_at_once_and_it_happens_once(letter: Letter, verb: str) -> None:
    signature = make.counted(letter)
    make.counted(letter)
    revised(letter)
    sequencing.sequence(now=timezone.now())
    page = fresh(signature)
    connection.close()
    answers: list[int] = []

    def press() -> None:
        given = {"press": verb, "revision": "2"}
        answers.append(supporter.browser().post(f"{page}{verb}/", given).status_code)

    assert not together(*[press] * 10, lambda: sequencing.sequence(now=timezone.now()))
    assert set(answers) <= {303, 410}
    assert 303 in answers
    agreeing.settle()
    agreeing.check()
    letter.tally.refresh_from_db()
    expected = {"withdraw": (2, 1, 1), "sign": (3, 1, 2), "erase": (2, 0, 2)}
    tally = letter.tally
    assert (tally.signed, tally.withdrawn, tally.count) == expected[verb]


def test_control_a_press_that_does_not_look_at_the_text_counts_each_time(letter: Letter) -> None:
    signature = make.counted(letter)
    for _ in range(2):
        signature.refresh_from_db()
        openings.commit(signature)
        signature.news = True
        signature.save(update_fields=[*openings.STORED, "news"])
        sequencing.sequence(now=timezone.now())
    letter.tally.refresh_from_db()
    assert (letter.tally.signed, letter.tally.withdrawn) == (3, 2)
    agreeing.check()
