"""A year after a letter closed nothing opens its entries: not here, and not from an old backup."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Letter
from signatures.models import Signature, Sweep
from signatures.proof import letterkeys, openings
from signatures.services import seeding, unkeying
from signatures.tasks import sweep_networks
from tests import make

pytestmark = pytest.mark.django_db
LEAVES = 100


def closed(days: float, **when: Any) -> Letter:
    letter = make.letter()
    at = timezone.now() - timedelta(days=days)
    Letter.objects.filter(pk=letter.pk).update(**(when or {"closed_at": at, "state": "closed"}))
    return letter


def opened(rows: list[Signature]) -> int:
    count = 0
    for row in rows:
        try:
            openings.opening_of(row)
        except openings.Gone:
            continue
        count += 1
    return count


def test_after_the_key_is_destroyed_no_leaf_opens_in_a_database_from_before_either() -> None:
    letter = make.letter()
    seeding.seed(letter=letter, signatures=LEAVES, seed=1, now=timezone.now())
    rows = list(Signature.objects.filter(letter=letter).select_related("letter"))
    assert opened(rows) == LEAVES
    backup = {row.pk: bytes(row.seed_sealed or b"") for row in rows}
    Letter.objects.filter(pk=letter.pk).update(closed_at=timezone.now(), state="closed")
    with time_machine.travel(timezone.now() + timedelta(days=364), tick=False):
        sweep_networks()
        assert opened(rows) == LEAVES
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        sweep_networks()
    assert not Signature.objects.filter(seed_sealed__isnull=False).exists()
    assert Sweep.objects.get(kind="seeds", swept=LEAVES)
    for row in rows:  # the database of before, with everything that was in it
        Signature.objects.filter(pk=row.pk).update(seed_sealed=backup[row.pk])
    assert opened(list(Signature.objects.select_related("letter"))) == 0
    assert opened(rows) == 0


def test_a_letter_that_was_taken_down_ends_the_same_way_and_others_stay() -> None:
    now = timezone.now()
    down = closed(0, taken_down_at=now - timedelta(days=366))
    young, unused = closed(300), closed(400)
    for letter in (down, young):
        letterkeys.of(letter.uid)
    for step in unkeying.seeds(now):
        step()
    assert letterkeys.is_destroyed(down.uid)
    assert letterkeys.is_destroyed(unused.uid)  # none is made for it any more
    assert not letterkeys.is_destroyed(young.uid)


def test_a_key_is_wrapped_anew_and_opens_what_it_opened(settings) -> None:
    settings.FIELD_KEYS = {1: b"o" * 32}
    letter = make.letter()
    key = letterkeys.of(letter.uid)
    settings.FIELD_KEYS = {2: b"n" * 32, 1: b"o" * 32}
    assert letterkeys.rewrap(letter.uid)
    assert not letterkeys.rewrap(letter.uid)
    settings.FIELD_KEYS = {2: b"n" * 32}
    assert letterkeys.of(letter.uid) == key
    assert [number for uid, number in letterkeys.everybody() if uid == letter.uid] == [2]


def test_a_destroyed_key_does_not_come_back_by_wrapping_it_anew(settings) -> None:
    settings.FIELD_KEYS = {1: b"o" * 32}
    letter = make.letter()
    letterkeys.of(letter.uid)
    settings.FIELD_KEYS = {2: b"n" * 32, 1: b"o" * 32}
    letterkeys.destroy(letter.uid)
    assert not letterkeys.rewrap(letter.uid)
    with pytest.raises(letterkeys.Destroyed):
        letterkeys.of(letter.uid)
