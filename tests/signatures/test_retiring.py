"""Erasing and exporting at the same time: whoever is erased is in no file offered afterwards."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import Letter, LetterEvent
from signatures import handed
from signatures.exports import comma
from signatures.models import Export, Signature
from signatures.services import (
    erasing,
    exporting,
    retiring,
    showing,
    withdrawing,
)
from signatures.services.snapshotting import Snapshot
from tests import make
from tests.signatures import handing
from tests.signatures.exporting import asked, crowd, elsewhere, made, names, run
from worker.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)
State = Export.State
PEOPLE = 60
ERASED = 50


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def letter() -> Letter:
    return make.letter()


def offered() -> Iterator[Export]:
    return Export.objects.filter(state=State.READY).iterator()


def during(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], *, times: int = 1) -> None:
    """Have another connection do something after all rows were read, before the file is whole."""
    stream, left = comma.stream, [times]

    def interrupted(given: Iterator[Any], **options: Any) -> Iterator[bytes]:
        yield from stream(given, **options)
        if left[0]:
            left[0] -= 1
            elsewhere(work)

    monkeypatch.setattr(comma, "stream", interrupted)


# --- While a file is made -----------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["erase", "withdraw", "hide"])
def test_t83_a_file_is_made_anew_when_somebody_in_it_goes_meanwhile(
    letter: Letter, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    uid = crowd(letter, 3)[1].uid
    verbs: dict[str, Callable[[], object]] = {
        "erase": lambda: erasing.erase(uid=uid, now=timezone.now()),
        "withdraw": lambda: withdrawing.withdraw(uid=uid, now=timezone.now(), erase=True),
        "hide": lambda: showing.show(uid=uid, public=False),
    }
    during(monkeypatch, verbs[verb])
    export = made(letter, public_only=True)
    assert export.state == State.READY
    assert names(export) == ["Person 000", "Person 002"]
    assert len(list(exporting.path_of(export).parent.iterdir())) == 1


def test_t83_control_without_the_guards_the_erased_name_is_offered(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = crowd(letter, 3)[1].uid
    monkeypatch.setattr(Snapshot, "check", lambda self: None)
    monkeypatch.setattr(retiring, "retire", lambda **_: None)
    during(monkeypatch, lambda: erasing.erase(uid=uid, now=timezone.now()))
    assert "Person 001" in names(made(letter))


@pytest.mark.parametrize("guard", ["check", "retire"])
def test_t83_either_guard_alone_notices(
    letter: Letter, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """One reads the rows again, the other strikes out the moment; a verb may forget to call it."""
    uid = crowd(letter, 3)[1].uid
    if guard == "check":
        monkeypatch.setattr(retiring, "retire", lambda **_: None)
    else:
        monkeypatch.setattr(Snapshot, "check", lambda self: None)
    during(monkeypatch, lambda: erasing.erase(uid=uid, now=timezone.now()))
    assert "Person 001" not in names(made(letter))


def test_a_letter_that_does_not_come_to_rest_fails_with_a_reason(
    letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = iter(crowd(letter, 9))
    during(monkeypatch, lambda: erasing.erase(uid=next(people).uid, now=timezone.now()), times=9)
    export = made(letter)
    assert export.state == State.FAILED
    assert "erasing" in export.reason
    assert list(exporting.path_of(export).parent.iterdir()) == []
    assert Signature.objects.filter(erased_at__isnull=False).count() == 3


def test_t83_fifty_erasures_race_exports_and_no_erased_name_is_ever_offered(
    letter: Letter,
) -> None:
    people = crowd(letter, PEOPLE)
    gone: list[str] = []
    seen: list[str] = []
    over = threading.Event()

    def erase() -> None:
        try:
            for one in random.Random(3).sample(people, ERASED):
                erasing.erase(uid=one.uid, now=timezone.now())
                gone.append(f"Person {people.index(one):03}")
                seen.extend(found_in_offers(gone[-1:]))
        finally:
            over.set()
            connection.close()

    eraser = threading.Thread(target=erase)
    eraser.start()
    while not over.is_set():
        run(asked(letter))
    eraser.join()
    assert len(gone) == ERASED
    last = made(letter)
    assert [name for name in names(last) if name] == sorted(
        {f"Person {number:03}" for number in range(PEOPLE)} - set(gone)
    )
    assert seen == found_in_offers(gone) == []


def found_in_offers(people: list[str]) -> list[str]:
    return [name for name in people for export in offered() if name in read(export)]


def read(export: Export) -> str:
    try:
        return exporting.path_of(export).read_text("utf8")
    except FileNotFoundError:
        return ""


# --- After it is ready --------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["erase", "hide"])
def test_t83_a_ready_file_is_taken_back_when_somebody_in_it_goes(letter: Letter, verb: str) -> None:
    one = crowd(letter, 3)[0]
    export = made(letter)
    if verb == "erase":
        erasing.erase(uid=one.uid, now=timezone.now())
    else:
        showing.show(uid=one.uid, public=False)
    export.refresh_from_db()
    assert export.state == State.EXPIRED
    assert export.reason
    assert export.sha256
    assert not exporting.path_of(export).exists()
    assert Export.objects.count() == 1  # nobody had it: nothing is made in its place


def test_a_file_that_cannot_hold_them_stays(letter: Letter) -> None:
    crowd(letter, 2)
    export = made(letter)
    later = timezone.now() + timedelta(minutes=5)
    late = make.counted(letter, now=later, name="Late Larry")
    never = make.pending(letter, name="Never Nora")
    for uid in (late.uid, never.uid):
        erasing.erase(uid=uid, now=later)
    export.refresh_from_db()
    assert export.state == State.READY


def test_a_pdf_without_their_name_stays_when_somebody_withheld_is_erased(letter: Letter) -> None:
    hidden = make.counted(letter, name="Sam Secret", public=False)
    then = timezone.now() + timedelta(minutes=5)
    pdf = handing.export(letter, format="pdf", snapshot_at=then)
    table = handing.export(letter, format="csv", snapshot_at=then)
    erasing.erase(uid=hidden.uid, now=timezone.now())
    pdf.refresh_from_db()
    table.refresh_from_db()
    assert (pdf.state, table.state) == (State.READY, State.EXPIRED)


def test_erasing_again_takes_nothing_back(letter: Letter) -> None:
    one = crowd(letter, 2)[0]
    erasing.erase(uid=one.uid, now=timezone.now())
    export = made(letter)
    erasing.erase(uid=one.uid, now=timezone.now())
    export.refresh_from_db()
    assert export.state == State.READY


def test_a_delivered_file_is_replaced_and_keeps_its_checksum_on_record(letter: Letter) -> None:
    first, second, *_ = crowd(letter, 5)
    export = made(letter)
    Export.objects.filter(pk=export.pk).update(format="pdf")  # what may be handed over
    exporting.path_of(export).rename(exporting.path_of(Export.objects.get()))
    delivery = handing.delivery(letter, exports=[Export.objects.get()])
    export.refresh_from_db()
    long = export.expires_at
    erasing.erase(uid=first.uid, now=timezone.now())
    replaced = Export.objects.get(replaces=export)
    assert (replaced.state, replaced.wish) == (State.QUEUED, Export.objects.get(pk=export.pk).wish)
    assert OutboxMessage.objects.filter(topic="export.asked", ids__export=replaced.pk).exists()

    Export.objects.filter(pk=replaced.pk).update(format="csv")
    replaced = run(replaced)
    assert (replaced.state, replaced.expires_at) == (State.READY, long)
    assert len([name for name in names(replaced) if name]) == 4
    [file] = delivery_files(delivery)
    assert (file.given, file.current) == (export, replaced)
    assert file.given.sha256 == export.sha256 != replaced.sha256
    delivered = LetterEvent.objects.filter(letter=letter, kind=LetterEvent.Kind.DELIVERED)
    digests = {bytes(each.digest or b"").hex() for each in delivered}
    assert digests == {export.sha256, replaced.sha256}, "the log has both"

    erasing.erase(uid=second.uid, now=timezone.now())  # and so on
    assert Export.objects.filter(replaces=replaced, state=State.QUEUED).count() == 1


def delivery_files(delivery: Any) -> list[Any]:
    return handed.files(delivery)


def test_a_struck_delivery_replaces_nothing(letter: Letter) -> None:
    one = crowd(letter, 2)[0]
    delivery = handing.delivery(letter)
    delivery.struck_at = timezone.now()
    delivery.save()
    erasing.erase(uid=one.uid, now=timezone.now())
    assert set(Export.objects.values_list("state", flat=True)) == {State.EXPIRED}
