"""Which network somebody signed from is known for a week, and then to nobody."""

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from campaigns import client, sealing
from campaigns.models import DayKey
from campaigns.services import daykeying
from campaigns.tasks import turn_day_keys
from signatures.models import Invalidation, Signature
from signatures.services import invalidating
from signatures.tasks import sweep_networks
from tests import make, supporter

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()


def digest(address: str, at: datetime = NOW) -> bytes | None:
    return client.network(RequestFactory(REMOTE_ADDR=address).get("/"), at)


@pytest.mark.django_db
def test_a_network_is_its_first_part_and_one_day_tells_it_from_no_other() -> None:
    daykeying.forget_all()
    assert digest("203.0.113.5") == digest("203.0.113.99") == digest("::ffff:203.0.113.7")
    assert digest("203.0.113.5") != digest("203.0.114.5")
    assert digest("2001:db8:1::1") == digest("2001:db8:1:9::1") != digest("2001:db8:2::1")
    assert digest("203.0.113.5") != digest("203.0.113.5", NOW + timedelta(days=1))
    assert digest("nowhere") is None


@pytest.mark.django_db
def test_the_secret_of_the_site_has_no_part_in_it(settings) -> None:
    before = digest("203.0.113.5")
    settings.SECRET_KEY = "another"
    assert digest("203.0.113.5") == before


@pytest.mark.django_db
def test_a_process_asks_for_a_key_once_and_another_finds_the_same() -> None:
    daykeying.forget_all()
    with CaptureQueriesContext(connection) as first:
        key = daykeying.key_of(TODAY)
    daykeying.remember(TODAY, key)  # as after the commit
    with CaptureQueriesContext(connection) as again:
        assert daykeying.key_of(TODAY) == key
    assert (len(again), len(first) <= 5) == (0, True)
    daykeying.forget_all()
    assert daykeying.key_of(TODAY) == key
    assert key not in bytes(DayKey.objects.get().sealed)


@pytest.mark.django_db(transaction=True)
def test_processes_that_need_a_key_at_the_same_moment_get_the_same() -> None:
    found: list[bytes] = []
    barrier = Barrier(8)

    def need() -> None:
        barrier.wait()
        row = DayKey.objects.filter(day=TODAY).first() or daykeying._make(TODAY)
        found.append(sealing.unseal(row.sealed, place="client.day", row=b"2026-05-04"))
        connections.close_all()

    threads = [Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_rolled_back_was_nobodys() -> None:
    daykeying.forget_all()
    with transaction.atomic():
        lost = daykeying.key_of(TODAY)
        transaction.set_rollback(True)
    assert daykeying.key_of(TODAY) != lost


@pytest.mark.django_db(transaction=True)
def test_after_a_week_neither_digest_nor_key_is_left() -> None:
    letter = make.letter()
    daykeying.forget_all()
    with time_machine.travel(NOW, tick=False):
        supporter.sign(letter, client=supporter.browser(REMOTE_ADDR="203.0.113.77"))
        assert Signature.objects.get().network == digest("203.0.113.5")
        turn_day_keys()
        assert _days() == [TODAY, TODAY + timedelta(days=1)]
    for days in range(1, 7):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            turn_day_keys()
            assert TODAY in _days()
    with time_machine.travel(datetime(2026, 5, 11, 1, tzinfo=UTC), tick=False):
        turn_day_keys()
        assert TODAY not in _days()
        assert TODAY not in daykeying._known
    with time_machine.travel(NOW + timedelta(days=7, seconds=1), tick=False):
        sweep_networks()
    assert Signature.objects.get().network is None


@pytest.mark.django_db
def test_a_flood_from_one_network_is_found_by_its_digest() -> None:
    letter = make.letter()
    from_there = digest("203.0.113.5", NOW)
    assert from_there is not None
    for network in (from_there, from_there, digest("198.51.100.1", NOW)):
        make.counted(letter, now=NOW, network=network)
    rule = Invalidation(letter=letter, network=from_there.hex())
    assert invalidating.matching(rule).count() == 2


def _days() -> list[date]:
    return sorted(DayKey.objects.values_list("day", flat=True))
