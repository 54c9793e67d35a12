"""A process whose keys are not the database's doesn't serve."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from campaigns import sealing
from campaigns.models import Report, SealingKey
from campaigns.services import recognising, reporting
from tests import make
from tests.processes import ROOT
from worker import starting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OLD, NEW, WRONG = b"o" * 32, b"n" * 32, b"w" * 32


@pytest.fixture(autouse=True)
def _known(settings, tmp_path):
    settings.FIELD_KEYS, settings.LETTER_KEYS_DIR = {1: OLD}, tmp_path / "letterkeys"
    recognising.recognise(now=NOW)


def known() -> list[int]:
    return sorted(SealingKey.objects.values_list("number", flat=True))


def test_t76_a_key_is_known_by_its_fingerprint_from_its_first_use_on(settings):
    settings.FIELD_KEYS = {2: NEW, 1: OLD}
    recognising.recognise(now=NOW)
    recognising.recognise(now=NOW)
    assert known() == [1, 2]
    (print_of_one, print_of_two) = SealingKey.objects.order_by("number")
    assert bytes(print_of_one.fingerprint) != bytes(print_of_two.fingerprint)
    for row in (print_of_one, print_of_two):
        assert OLD not in bytes(row.fingerprint)
        assert NEW not in bytes(row.fingerprint)


def test_t76_another_key_of_the_same_id_refuses_to_start_and_is_not_told(settings):
    settings.FIELD_KEYS = {1: WRONG}
    with pytest.raises(starting.Refused, match="Key 1 of FIELD_KEYS is not the key 1") as refused:
        starting.check()
    assert "wwww" not in refused.value.reason
    with pytest.raises(SystemExit, match="is not the key 1"):
        starting.check_or_exit()
    with pytest.raises(CommandError, match="is not the key 1"):
        call_command("rotate_keys")


def test_t76_without_a_key_that_something_is_sealed_with_nothing_starts(settings):
    reporting.report(
        letter=make.letter(), reason=Report.Reason.OTHER, text="No.", email="joan@example.org"
    )
    settings.FIELD_KEYS = {2: NEW}
    with pytest.raises(recognising.Unfit, match=r"Key 1 is missing .* sealed with it: 1\."):
        recognising.recognise(now=NOW)
    settings.FIELD_KEYS = {2: NEW, 1: OLD}
    recognising.recognise(now=NOW)


def test_a_key_that_seals_nothing_any_more_may_be_taken_away(settings):
    settings.FIELD_KEYS = {2: NEW, 1: OLD}
    recognising.recognise(now=NOW)
    settings.FIELD_KEYS = {2: NEW}
    recognising.recognise(now=NOW)
    assert known() == [2]


def test_a_process_from_before_the_newest_key_does_not_start_and_forgets_nothing(settings):
    settings.FIELD_KEYS = {2: NEW, 1: OLD}
    recognising.recognise(now=NOW)
    settings.FIELD_KEYS = {1: OLD}
    with pytest.raises(recognising.Unfit, match="the newest that this database knows"):
        recognising.recognise(now=NOW)
    assert known() == [1, 2]


def test_every_process_asks_before_it_serves():
    commands = "worker/management/commands"
    for door in (
        "config/wsgi.py", "config/asgi.py", "worker/celery.py", f"{commands}/clock.py",
        f"{commands}/run.py",
    ):  # fmt: skip
        assert "starting.check_or_exit()" in (ROOT / door).read_text("utf8"), door


def test_t72_neither_keys_nor_what_opens_with_them_are_in_what_python_prints(settings):
    told = f"{sealing._cipher(OLD)!r} {recognising.Unfit('no')!r} {SealingKey.objects.first()!r}"
    assert "oooo" not in told
