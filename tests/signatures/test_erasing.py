"""Forgetting people, by wish and by the clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from campaigns.services import publishing
from signatures import personal
from signatures.models import Signature
from signatures.services import (
    erasing,
    forgetting,
    reckoning,
    sequencing,
    sweeping,
    withdrawing,
)
from tests import make, supporter

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_erasing_keeps_number_and_count_and_nothing_else() -> None:
    letter = make.letter()
    signature = make.counted(
        letter, name="Canary Bird", email="canary@example.org", affiliation="Canary House",
        place="Canaryville", comment="Canary words", country="DE", updates=True, ref="canary",
    )  # fmt: skip
    erasing.erase(uid=signature.uid, now=timezone.now())
    signature.refresh_from_db()
    assert (signature.state, signature.number, signature.counted) == ("confirmed", 1, True)
    assert "anary" not in serializers.serialize("json", [signature])
    assert signature.email_sealed is None
    assert signature.withheld_sealed is None
    assert signature.mailbox_digest is None
    assert signature.network is None
    sequencing.sequence(now=timezone.now())
    assert not list(reckoning.compare())
    page = supporter.browser().get(f"{letter.get_absolute_url()}signatures/").content.decode()
    assert "Canary" not in page


def test_erasing_what_never_counted_deletes_it() -> None:
    signature = make.pending(make.letter())
    assert erasing.erase(uid=signature.uid, now=timezone.now()) is None
    assert not Signature.objects.exists()


def test_erasing_before_the_number_is_given_still_counts() -> None:
    letter = make.letter()
    signature = make.confirmed(letter)
    erasing.erase(uid=signature.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    letter.tally.refresh_from_db()
    assert letter.tally.count == 1


def test_networks_are_forgotten_after_a_week() -> None:
    now = timezone.now()
    letter = make.letter(now=now - 30 * DAY)
    old = make.pending(letter, now=now - 7 * DAY - timedelta(seconds=1), network=b"n" * 32)
    young = make.pending(letter, now=now - 6 * DAY, network=b"n" * 32)
    assert sweeping.run("networks", forgetting.networks(now)) == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.network is None
    assert young.network is not None


def test_addresses_are_forgotten_when_their_time_is_over() -> None:
    now = timezone.now()
    letter = make.letter(now=now - 400 * DAY)
    rows = {
        "year": make.confirmed(letter, now=now - 366 * DAY),
        "month": make.confirmed(letter, now=now - 30 * DAY),
        "news": make.confirmed(letter, now=now - 366 * DAY, updates=True),
    }
    closed = make.letter(now=now - 300 * DAY)
    rows["closed"] = make.confirmed(closed, now=now - 200 * DAY)
    publishing.close(letter=closed, now=now - 181 * DAY)
    assert sweeping.run("addresses", forgetting.addresses(now)) == 2
    kept = {
        name: bool(personal.address_of(Signature.objects.get(pk=row.pk)))
        for name, row in rows.items()
    }
    assert kept == {"year": False, "month": True, "news": True, "closed": False}
    assert Signature.objects.get(pk=rows["year"].pk).mailbox_digest is not None


def test_after_the_address_is_gone_the_mailbox_still_signs_once() -> None:
    now = timezone.now()
    letter = make.letter(now=now - 400 * DAY)
    make.confirmed(letter, now=now - 366 * DAY, email="joan@example.org")
    sweeping.run("addresses", forgetting.addresses(now))
    supporter.new_mails()
    assert supporter.sign(letter).status_code == 303
    assert Signature.objects.count() == 1


# --- Staff doors ------------------------------------------------------------------------------
def test_staff_withdraw_by_number_address_or_id(capsys: Any) -> None:
    letter = make.letter()
    make.counted(letter, email="a@example.org")
    make.counted(letter, email="b@example.org")
    third = make.counted(letter, email="c@example.org")
    call_command("withdraw", letter.slug, "--number", "1")
    call_command("withdraw", letter.slug, "--email", "B@example.org", "--erase")
    call_command("erase", letter.slug, "--uid", str(third.uid))
    sequencing.sequence(now=timezone.now())
    letter.tally.refresh_from_db()
    assert (letter.tally.signed, letter.tally.withdrawn, letter.tally.count) == (3, 2, 1)
    states = Signature.objects.order_by("number").values_list("state", "erased_at")
    assert [state for state, _ in states] == ["withdrawn", "withdrawn", "confirmed"]
    assert [bool(erased) for _, erased in states] == [False, True, True]
    assert "@" not in capsys.readouterr().out


@pytest.mark.parametrize("command", ["withdraw", "erase"])
@pytest.mark.parametrize(
    "words", [("--number", "9"), ("--email", "nobody@example.org"), ("--email", "x")]
)
def test_staff_are_told_when_nothing_fits(command: str, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command(command, make.letter().slug, *words)
    with pytest.raises(CommandError):
        call_command(command, "no-such-letter", "--number", "1")


def test_no_link_leads_back_to_who_was_erased() -> None:
    signature = make.counted(make.letter())
    token = make.token(signature)
    erasing.erase(uid=signature.uid, now=timezone.now())
    browser = supporter.browser()
    assert browser.get(f"/confirm/{token}/").status_code == 404
    assert browser.post(f"/confirm/{token}/", {"press": "confirm"}).status_code == 404


def test_the_address_of_who_withdrew_before_confirming_goes_too() -> None:
    now = timezone.now()
    signature = make.pending(make.letter(now=now - 500 * DAY), now=now - 400 * DAY)
    withdrawing.withdraw(uid=signature.uid, now=now - 399 * DAY)
    assert sweeping.run("addresses", forgetting.addresses(now)) == 1
    signature.refresh_from_db()
    assert signature.email_sealed is None


@pytest.mark.django_db(transaction=True)
def test_words_of_those_who_left_go_out_of_the_search_index_of_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's own vacuum does this")
    letter = make.letter()
    signatures = [make.counted(letter, name=f"Zzebra{n} Person") for n in range(3)]
    for one in signatures:
        erasing.erase(uid=one.uid, now=timezone.now())
    sweeping.run("words", forgetting.words())
    with connection.cursor() as cursor:
        cursor.execute("SELECT block FROM signatures_words_data")
        assert not [block for (block,) in cursor.fetchall() if b"zzebra" in bytes(block)]
    assert sweeping.run("words", forgetting.words()) == 0
