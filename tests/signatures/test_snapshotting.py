"""A snapshot: one short look, an order that never depends on the database, rows read afterwards."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Case, F, When
from django.utils import timezone

from campaigns.models import Letter
from signatures.exports.wish import Wish
from signatures.models import Signature
from signatures.services import erasing, pinning, printing, sequencing, showing, snapshotting
from signatures.services.snapshotting import Moved, Snapshot
from tests import make
from tests.signatures.exporting import crowd, elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [
    "Zoë Ångström",
    "Åsa Öberg",
    "王小明",
    "Иван Петров",
    "محمد علي",
    "adam smith",
    "Adam Smith",
]
GROUPS = ["Members", "Scientists"]
SHOWN_DAY = Case(When(public=True, then="day"))  # a withheld one is by no day
ORDERS = {
    "date": (F("pinned").asc(nulls_last=True), "-public", SHOWN_DAY, "name_key", "uid"),
    "name": (F("pinned").asc(nulls_last=True), "-public", "name_key", "uid"),
}


def look(letter: Letter, **options: Any) -> Snapshot:
    wish = Wish(**options)
    return snapshotting.take(letter, wish, timezone.now().replace(microsecond=0))


@pytest.fixture
def signed() -> Letter:
    """Forty people in three days, two groups and four countries; some withhold their name."""
    letter = make.letter(groups=GROUPS, asks=["country", "place"])
    chance = random.Random(7)
    for number in range(40):
        make.confirmed(
            letter,
            name=f"{chance.choice(NAMES)} {number % 20}",
            email=f"person{number}@example.org",
            public=chance.random() < 0.8,
            country=chance.choice(["DE", "FR", "ZA", ""]),
            group=chance.choice([*GROUPS, ""]),
        )
    sequencing.sequence(now=timezone.now())
    for pk in Signature.objects.values_list("pk", flat=True):
        day = timezone.now().date() - timedelta(days=chance.randrange(3))
        Signature.objects.filter(pk=pk).update(day=day)
    for uid in Signature.objects.shown().values_list("uid", flat=True)[:4]:
        pinning.put_first(letter=letter, uid=uid)
    return letter


@pytest.mark.parametrize("public_only", [False, True])
@pytest.mark.parametrize("sort", ["date", "name"])
def test_the_order_is_what_one_great_sort_would_give(
    signed: Letter, sort: str, public_only: bool
) -> None:
    rows = Signature.objects.counted().order_by(*ORDERS[sort])
    wanted = rows.filter(public=True) if public_only else rows
    found = look(signed, sort=sort, public_only=public_only)
    assert list(found.ids) == list(wanted.values_list("pk", flat=True))
    assert [section.pinned for section in found.sections] == [True, False]


@pytest.mark.parametrize("kind", ["group", "country"])
def test_groups_stand_together_with_first_names_before_and_withheld_ones_after(
    signed: Letter, kind: str
) -> None:
    rows = list(printing.printed(look(signed, grouping=kind)))
    assert [row.pinned for row in rows] == [True] * 4 + [False] * 36
    assert [row.withheld for row in rows] == sorted(row.withheld for row in rows)
    keys = [getattr(row, kind) for row in rows[4:] if not row.withheld]
    order = ["Members", "Scientists", ""] if kind == "group" else ["FR", "DE", "ZA", ""]
    assert list(dict.fromkeys(keys)) == order
    counted = dict(printing.document(look(signed, grouping=kind, sign=False)).groups)
    assert counted == {key: keys.count(key) for key in order}


@pytest.mark.parametrize("volumes", ["group", "country", "7"])
def test_volumes_hold_everybody_once_and_positions_go_on(signed: Letter, volumes: str) -> None:
    snapshot = look(signed, volumes=volumes, sign=False)
    whole = printing.document(snapshot)
    parts = printing.parts(snapshot, largest=1000)
    positions = [row.position for part in parts for row in printing.printed(snapshot, part)]
    assert positions == list(range(1, 41))
    told = [
        printing.volume(whole, snapshot, part, number=number, of=len(parts))
        for number, part in enumerate(parts, start=1)
    ]
    assert [one.part for one in told] == list(range(1, len(parts) + 1))
    assert {one.count for one in told} == {40}
    if volumes == "7":
        assert [one.last_position - one.first_position + 1 for one in told] == [7] * 5 + [5]
    else:
        for part in parts:
            rows = [row for row in printing.printed(snapshot, part) if not row.withheld]
            assert {getattr(row, volumes) for row in rows} <= {part.key}
        assert sum(row.pinned for part in parts for row in printing.printed(snapshot, part)) == 4


def test_no_pdf_is_larger_than_its_format_lets_it_be(signed: Letter) -> None:
    parts = printing.parts(look(signed), largest=25)
    assert [part.end - part.first for part in parts] == [20, 20]


def test_the_count_on_the_cover_is_the_number_of_rows_and_of_the_tally(signed: Letter) -> None:
    snapshot = look(signed, sign=False)
    document = printing.document(snapshot)
    signed.tally.refresh_from_db()
    assert document.count == len(snapshot) == signed.tally.count == 40
    assert document.count == sum(1 for _ in printing.printed(snapshot))
    assert document.withheld_count == sum(row.withheld for row in printing.printed(snapshot))


def test_a_letter_without_signatories_has_a_snapshot_too() -> None:
    snapshot = look(make.letter(), volumes="country", sign=False)
    assert list(printing.printed(snapshot)) == []
    assert len(printing.parts(snapshot, largest=10)) == 1


def test_nothing_is_held_open_while_rows_are_read(signed: Letter, monkeypatch: Any) -> None:
    monkeypatch.setattr(snapshotting, "SLICE", 7)
    rows = printing.organisers(look(signed))
    seen = []
    for row in rows:
        assert not connection.in_atomic_block
        if row.position % 20 == 1:  # a writer gets through at once, and is not in this file
            elsewhere(lambda: make.counted(signed, name="Late Larry"))
            assert not transaction.get_connection().in_atomic_block
        seen.append(row.name)
    assert len(seen) == 40
    assert "Late Larry" not in seen
    assert Signature.objects.counted().count() == 42


def test_the_look_takes_the_same_few_queries_however_many_have_signed(
    django_assert_num_queries: Any,
) -> None:
    letter = make.letter()
    crowd(letter, 5)
    with transaction.atomic(), django_assert_num_queries(9):
        look(letter)
    crowd(letter, 30)
    with transaction.atomic(), django_assert_num_queries(9):
        look(letter)


@pytest.mark.parametrize("verb", ["erase", "hide", "show"])
def test_t83_who_changes_a_row_after_the_look_stops_whoever_reads_it(
    signed: Letter, verb: str
) -> None:
    snapshot = look(signed)
    one = Signature.objects.counted().filter(public=verb != "show").first()
    assert one is not None
    if verb == "erase":
        erasing.erase(uid=one.uid, now=timezone.now())
    else:
        showing.show(uid=one.uid, public=verb == "show")
    with pytest.raises(Moved):
        list(printing.printed(snapshot))
    with pytest.raises(Moved):
        snapshot.check()


def test_who_withdraws_without_erasing_stays_in_a_file_of_the_moment_before(
    signed: Letter,
) -> None:
    snapshot = look(signed)
    Signature.objects.filter(pk=snapshot.ids[5]).update(state="withdrawn", counted=False)
    assert len(list(printing.printed(snapshot))) == 40
    snapshot.check()
    assert len(look(signed)) == 39


def test_growth_within_a_day_is_no_curve() -> None:
    start = timezone.now() - timedelta(days=3)
    letter = make.letter(now=start)
    for minutes in (0, 1, 90):
        make.counted(letter, now=start + timedelta(minutes=minutes))
    assert look(letter).totals.curve == ()
    make.counted(letter, now=start + timedelta(days=2))
    curve = look(letter).totals.curve
    assert curve[-1] == 4
    assert list(curve) == sorted(curve)
