"""Taking signatures out by rule, and putting them back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.models import GrowthHour, Letter, Tally
from signatures.models import Invalidation, Signature
from signatures.services import invalidating, reckoning, sequencing, withdrawing
from tests import make
from worker.relay import relay

pytestmark = pytest.mark.django_db


def rule(letter: Letter, **conditions: Any) -> Invalidation:
    return Invalidation.objects.create(
        letter=letter,
        reason=Invalidation.Reason.AUTOMATED,
        public_reason="Made by a program.",
        **conditions,
    )


def tally(letter: Letter) -> tuple[int, int, int, int]:
    row = Tally.objects.get(letter=letter)
    return row.signed, row.withdrawn, row.invalidated, row.count


def ten(letter: Letter) -> list[Signature]:
    """Six of Acme, four others."""
    made = [make.confirmed(letter, affiliation="Acme Ltd" if n < 6 else "Nurse") for n in range(10)]
    sequencing.sequence(now=timezone.now())
    return made


def test_a_dry_run_changes_nothing() -> None:
    letter = make.letter()
    ten(letter)
    found = invalidating.dry_run(invalidation=rule(letter, affiliation_contains="acme"))
    assert sum(found.values()) == 6
    assert tally(letter) == (10, 0, 0, 10)
    assert not Signature.objects.exclude(state="confirmed").exists()


def test_starting_and_cancelling_move_the_count_exactly_once() -> None:
    letter = make.letter()
    ten(letter)
    found = rule(letter, affiliation_contains="acme")
    with pytest.raises(invalidating.Refused):
        invalidating.start(invalidation=found, now=timezone.now())  # nobody looked yet
    invalidating.dry_run(invalidation=found)
    invalidating.start(invalidation=found, now=timezone.now())
    relay.run("export")  # the worker does it
    for _ in range(3):
        invalidating.run(invalidation=found.pk, now=timezone.now())
        sequencing.sequence(now=timezone.now())
    assert tally(letter) == (10, 0, 6, 4)
    assert invalidating.cancel(invalidation=found, now=timezone.now()) == 6
    assert invalidating.cancel(invalidation=found, now=timezone.now()) == 0
    for _ in range(3):
        sequencing.sequence(now=timezone.now())
    assert tally(letter) == (16, 0, 6, 10)
    numbers = Signature.objects.filter(counted=True).values_list("number", flat=True)
    assert len(set(numbers)) == 10
    assert max(n for n in numbers if n) == 16
    hours = GrowthHour.objects.filter(letter=letter)
    assert sum(one.signed - one.cancelled for one in hours) == 10
    assert not list(reckoning.compare())


def test_a_rule_without_a_condition_means_nobody() -> None:
    letter = make.letter()
    ten(letter)
    assert not invalidating.matching(rule(letter)).exists()


def test_a_rule_reaches_no_other_letter() -> None:
    letter, other = make.letter(), make.letter()
    ten(letter)
    ten(other)
    found = rule(letter, affiliation_contains="Acme")
    assert invalidating.matching(found).count() == 6


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({"name_contains": "BÄKER"}, 1),
        ({"numbers": [1, 2, 99]}, 2),
        ({"affiliation_contains": "acme", "name_contains": "baker"}, 1),
    ],
)
def test_every_condition_given_must_hold(conditions: dict[str, Any], matches: int) -> None:
    letter = make.letter()
    make.counted(letter, name="Joan Bäker", affiliation="Acme Ltd")
    make.counted(letter, name="Otto", affiliation="Acme Ltd")
    make.counted(letter, name="Mira", affiliation="Nurse")
    assert invalidating.matching(rule(letter, **conditions)).count() == matches


def test_a_rule_by_time() -> None:
    now = timezone.now()
    letter = make.letter(now=now - timedelta(days=3))
    for hours in (1, 2, 3, 4):
        make.counted(letter, now=now - timedelta(hours=hours))
    found = rule(
        letter, signed_from=now - timedelta(hours=3), signed_until=now - timedelta(hours=1)
    )
    assert invalidating.matching(found).count() == 2


def test_a_rule_that_was_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invalidating, "SLICE", 2)
    letter = make.letter()
    ten(letter)
    found = rule(letter, affiliation_contains="acme")
    invalidating.dry_run(invalidation=found)
    invalidating.start(invalidation=found, now=timezone.now())
    invalidating._slice(found.pk, timezone.now())  # and then the worker died
    assert invalidating.run(invalidation=found.pk, now=timezone.now()) == 4
    sequencing.sequence(now=timezone.now())
    assert tally(letter) == (10, 0, 6, 4)


def test_what_was_withdrawn_meanwhile_is_not_brought_back_by_cancelling() -> None:
    letter = make.letter()
    signature = make.counted(letter, affiliation="Acme Ltd")
    found = rule(letter, affiliation_contains="acme")
    withdrawing.withdraw(uid=signature.uid, now=timezone.now())
    invalidating.dry_run(invalidation=found)
    invalidating.start(invalidation=found, now=timezone.now())
    invalidating.run(invalidation=found.pk, now=timezone.now())
    invalidating.cancel(invalidation=found, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    assert tally(letter) == (1, 1, 0, 0)


def test_the_command_looks_first_then_starts_then_cancels(capsys: Any) -> None:
    letter = make.letter()
    ten(letter)
    because = ("--reason", "automated", "--because", "Made by a program.")
    call_command("invalidate", letter.slug, "--affiliation", "acme", *because)
    assert "6 signatures would be taken out" in capsys.readouterr().out
    assert tally(letter) == (10, 0, 0, 10)
    uid = str(Invalidation.objects.get().uid)
    call_command("invalidate", "--start", uid)
    sequencing.sequence(now=timezone.now())
    assert tally(letter) == (10, 0, 6, 4)
    call_command("invalidate", "--cancel", uid)
    sequencing.sequence(now=timezone.now())
    assert tally(letter) == (16, 0, 6, 10)


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-letter", "--because", "x"),
        ("--start", "5"),
        ("--cancel", "00000000-0000-0000-0000-000000000000"),
        (),
    ],
)
def test_the_command_says_what_is_wrong(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("invalidate", *words)


@pytest.mark.parametrize(
    ("typed", "matches"), [("O’Brien", 1), ("jean-luc", 1), ("…", 0), ("-", 0)]
)
def test_punctuation_in_a_name_neither_hides_it_nor_means_everybody(
    typed: str, matches: int
) -> None:
    letter = make.letter()
    make.counted(letter, name="Joan O'Brien")
    make.counted(letter, name="Jean-Luc Petit")
    make.counted(letter, name="Withheld", public=False)
    assert invalidating.matching(rule(letter, name_contains=typed)).count() == matches


def test_what_two_rules_mean_stays_out_until_both_are_cancelled() -> None:
    letter, now = make.letter(), timezone.now()
    ten(letter)
    rules = [rule(letter, affiliation_contains="acme"), rule(letter, numbers=[*range(1, 11)])]
    for one in rules:
        invalidating.dry_run(invalidation=one)
    for one in rules:
        invalidating.start(invalidation=one, now=now)
        invalidating.run(invalidation=one.pk, now=now)
    assert invalidating.cancel(invalidation=rules[0], now=now) == 0
    sequencing.sequence(now=now)
    assert tally(letter) == (10, 0, 10, 0)
    assert invalidating.cancel(invalidation=rules[1], now=now) == 10
    sequencing.sequence(now=now)
    assert tally(letter) == (20, 0, 10, 10)
    assert not list(reckoning.compare())


def test_put_back_and_withdrawn_before_the_next_number_both_are_written_down() -> None:
    letter, now = make.letter(), timezone.now()
    signature = make.counted(letter)
    found = rule(letter, numbers=[1])
    invalidating.dry_run(invalidation=found)
    invalidating.start(invalidation=found, now=now)
    invalidating.run(invalidation=found.pk, now=now)
    sequencing.sequence(now=now)
    invalidating.cancel(invalidation=found, now=now)
    withdrawing.withdraw(uid=signature.uid, now=now)
    sequencing.sequence(now=now)
    assert tally(letter) == (2, 1, 1, 0)
    hours = GrowthHour.objects.filter(letter=letter)
    assert sum(one.signed - one.cancelled for one in hours) == 0
    assert not list(reckoning.compare())
