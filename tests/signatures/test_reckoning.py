"""Proving the published count against the rows, and repairing it."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import Letter, Tally
from signatures import tasks
from signatures.models import Signature
from signatures.services import reckoning, sequencing, withdrawing
from tests import make

pytestmark = pytest.mark.django_db


def busy_letter(*, waiting: bool = True) -> Letter:
    letter = make.letter()
    rows = [make.confirmed(letter) for _ in range(6)]
    sequencing.sequence(now=timezone.now())
    for row in rows[:2]:
        withdrawing.withdraw(uid=row.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    if waiting:
        make.confirmed(letter)  # waits for its number: not in the count yet
    return letter


def test_an_honest_count_has_no_drift() -> None:
    busy_letter()
    assert not list(reckoning.compare())


@pytest.mark.parametrize(
    "damage", [{"signed": 9}, {"withdrawn": 0}, {"invalidated": 1}, {"signed": 5, "withdrawn": 1}]
)
def test_a_wrong_count_is_found_and_repaired(damage: dict[str, int], capsys: Any) -> None:
    other, letter = busy_letter(waiting=False), busy_letter()
    Tally.objects.filter(letter=letter).update(**damage)
    [drift] = reckoning.compare()
    assert drift.slug == letter.slug
    assert drift.proved == (6, 2, 0)
    with pytest.raises(CommandError):
        call_command("recount")
    said = capsys.readouterr().out
    assert f"{letter.slug}: WRONG" in said
    assert f"{other.slug}: right, 4" in said
    call_command("recount", "--repair")
    assert f"{letter.slug}: repaired" in capsys.readouterr().out
    call_command("recount")
    assert Tally.objects.get(letter=letter).count == 4
    sequencing.sequence(now=timezone.now())
    assert not list(reckoning.compare())
    assert Signature.objects.filter(letter=letter, number=7).count() == 1


def test_a_letter_alone_can_be_recounted(capsys: Any) -> None:
    letter, other = busy_letter(), busy_letter()
    call_command("recount", letter.slug)
    assert other.slug not in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("recount", "no-such-letter")


def test_every_night_a_difference_is_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    letter = busy_letter()
    tasks.reckon()
    assert "drift" not in caplog.text
    Tally.objects.filter(letter=letter).update(signed=9)
    tasks.reckon()
    assert "count drift" in caplog.text
    assert letter.slug in caplog.text
