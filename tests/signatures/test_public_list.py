"""The public list: its two orders, its pages, its search, and what it never shows."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Letter
from signatures import collation, listing
from signatures.listing import Order, Wanted
from signatures.models import Signature
from signatures.services import erasing, sequencing, withdrawing
from tests import make
from tests.parsing import Page, text_of

pytestmark = pytest.mark.django_db

NAMES = [
    "Zoë Ångström",
    "ada Lovelace",
    "Ó Néill",
    "王小明",
    "محمد الحربي",
    "Łukasz Bąk",
    "Ada Byron",
]


@pytest.fixture
def letter() -> Letter:
    return make.letter(slug="aller")


def fresh(letter: Letter) -> Letter:
    return Letter.objects.for_page().get(pk=letter.pk)


def names(rows) -> list[str]:
    return [row.name for row in rows]


def pages(letter: Letter, size: int, **wanted) -> Iterator[listing.Page]:
    after = ""
    while True:
        page = listing.page(letter, Wanted(after=after, **wanted), size=size)
        yield page
        after = page.following
        if not after:
            return


def spread(letter: Letter, days: dict[int, list[str]]) -> None:
    """People by how many days ago they confirmed."""
    for ago, people in days.items():
        for name in people:
            make.counted(letter, name=name, now=timezone.now() - timedelta(days=ago))


def test_the_newest_day_comes_first_and_names_in_order_within_it(letter):
    spread(letter, {2: ["Cy", "Bo"], 1: ["Zoe", "Al"], 0: ["Mia"]})
    page = listing.page(fresh(letter), Wanted())
    assert names(page.rows) == ["Mia", "Al", "Zoe", "Bo", "Cy"]
    assert [len(rows) for _, rows in page.days] == [1, 2, 2]


def test_by_name_the_order_is_that_of_the_collation_key_in_every_script(letter):
    spread(letter, {number: [name] for number, name in enumerate(NAMES)})
    page = listing.page(fresh(letter), Wanted(order=Order.NAME))
    assert names(page.rows) == sorted(NAMES, key=collation.sort_key)


def test_initial_signatories_stand_first_on_the_first_page_only(letter):
    spread(letter, {0: ["Al", "Bo", "Cy", "Di"]})
    Signature.objects.filter(name="Cy").update(pinned=1)
    found = list(pages(fresh(letter), 2))
    assert names(found[0].pinned) == ["Cy"]
    assert [names(page.rows) for page in found] == [["Al", "Bo"], ["Di"]]
    assert not found[1].pinned
    by_name = listing.page(fresh(letter), Wanted(order=Order.NAME))
    assert names(by_name.rows) == ["Al", "Bo", "Cy", "Di"]


@pytest.mark.parametrize("order", list(Order))
def test_pages_hold_everybody_once_while_others_sign_and_leave(letter, order):
    """Fourteen people, among them namesakes, read three at a time; before each page somebody
    signs and, once, somebody who was to come withdraws."""
    people = ["Al", "Al", "Al", "Bo", "Cy", "Di"]
    spread(letter, {0: people, 1: people, 2: ["Zoe", "Al"]})
    before = set(Signature.objects.shown().values_list("pk", flat=True))
    seen: list[int] = []
    after, left = "", None
    for turn in range(40):
        page = listing.page(fresh(letter), Wanted(order=order, after=after), size=3)
        seen += [row.pk for row in page.rows]
        after = page.following
        if not after:
            break
        make.counted(letter, name=("Aa", "Zz", "Bo")[turn % 3])
        if turn == 1:
            left = Signature.objects.shown().filter(pk__in=before).exclude(pk__in=seen).last()
            withdrawing.withdraw(uid=left.uid, now=timezone.now())
            sequencing.sequence(now=timezone.now())
    assert len(seen) == len(set(seen))
    assert set(seen) >= before - {left.pk}
    assert left.pk not in seen


def _word(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "%%%", "=" * 50, "a" * 5000),
        *map(_word, ('["a","b","c"]', "[[[[", '["2026-01-01","zz","0"]')),
    ],
)
def test_a_cursor_that_cannot_be_read_is_the_first_page(client: Client, letter, cursor):
    spread(letter, {0: ["Al", "Bo"]})
    assert names(listing.page(fresh(letter), Wanted(after=cursor)).rows) == ["Al", "Bo"]
    assert client.get("/letters/aller/signatures/", {"after": cursor}).status_code == 200


def test_nothing_tells_number_row_or_order_of_signing(client: Client, letter):
    """The cursor is made of what stands on the page and the random id; same names on one day come
    in the order of those ids."""
    for _ in range(8):
        make.counted(letter, name="Same Name")
    rows = list(Signature.objects.shown().filter(letter=letter))
    Letter.objects.filter(pk=letter.pk).update(slug="aller")
    page = listing.page(fresh(letter), Wanted(), size=7)
    assert [row.uid for row in page.rows] == sorted(row.uid for row in rows)[:7]
    padded = page.following + "=" * (-len(page.following) % 4)
    last = page.rows[-1]
    assert json.loads(base64.urlsafe_b64decode(padded)) == [
        last.day.isoformat(), bytes(last.name_key).hex(), last.uid.hex,
    ]  # fmt: skip
    shown = Page(client.get("/letters/aller/signatures/"))
    listed = " ".join(text_of(one) for one in shown.with_class("names"))
    assert not re.search(r"\d", listed)
    for row in rows:
        assert row.uid.hex not in shown.text
        assert str(row.uid) not in shown.text


def test_only_those_who_count_and_show_their_names_are_listed(client: Client, letter):
    make.counted(letter, name="Shown Person", comment="I swam there.")
    make.counted(letter, name="Withheld Person", public=False)
    make.confirmed(letter, name="Not Yet Counted")
    Signature.objects.filter(name="Not Yet Counted").update(news=False)
    make.pending(letter, name="Never Confirmed")
    gone = make.counted(letter, name="Withdrawn Person")
    erased = make.counted(letter, name="Erased Person")
    withdrawing.withdraw(uid=gone.uid, now=timezone.now())
    erasing.erase(uid=erased.uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    words = Page(client.get("/letters/aller/signatures/")).words()
    assert "Shown Person" in words
    assert "I swam there." in words
    for name in ("Withheld", "Not Yet", "Never", "Withdrawn", "Erased"):
        assert f"{name} " not in words
    assert "2 more people signed and withhold their names." in words


# --- Search -----------------------------------------------------------------------------------
@pytest.fixture(params=["walked", "looked up"])
def way(request, monkeypatch) -> str:
    """A short list is searched by reading it; a long one by the index of words. Both must agree."""
    if request.param == "looked up":
        monkeypatch.setattr(listing, "STRETCH", 1)
    return request.param


def found(letter: Letter, query: str, **more) -> list[str]:
    rows: list[str] = []
    for page in pages(fresh(letter), 2, query=query, **more):
        rows += names(page.rows)
    return rows


SEARCHES = [
    ("joan", ["Joan Baker"]),
    ("JOA", ["Joan Baker"]),
    ("bake", ["Joan Baker"]),
    ("aker", []),
    ("baker joan", ["Joan Baker"]),
    ("joan nurse", ["Joan Baker"]),
    ("joan farmer", []),
    ("angstrom", ["Zoë Ångström"]),
    ("zoe kesten", ["Zoë Ångström"]),
    ("lukasz", ["Łukasz Bąk"]),
    ("neill", ["Seán O’Neill"]),
    ("o'neill", ["Seán O’Neill"]),
    ("小明", ["王小明"]),
    ("王", ["王小明"]),
    ("محمد", ["محمد الحربي"]),
    ("saint étienne", ["Ana Souza"]),
    ("saint-e", ["Ana Souza"]),
    ("hidden", []),
    ("%", []),
    ("_", []),
    ("😀", []),
    ("'", []),
    ('joan"', ["Joan Baker"]),
    ("joan OR zoe", []),
    ("joan* -x NEAR(a)", []),
    ("letter:1", []),
    ("words : joan", []),
    ("𞤀𞤣", ["𞤀𞤣𞤤𞤢𞤥"]),
]
PEOPLE = [
    ("Joan Baker", "Nurse", "Leeds"),
    ("Zoë Ångström", "Farmer", "Kesten"),
    ("Łukasz Bąk", "", "Łódź"),
    ("Seán O’Neill", "", ""),
    ("王小明", "", "北京"),
    ("محمد الحربي", "", ""),
    ("Ana Souza", "", "Saint-Étienne"),
    ("𞤀𞤣𞤤𞤢𞤥", "", ""),
]


def test_people_are_found_by_how_their_words_begin(letter, way):
    for name, affiliation, place in PEOPLE:
        make.counted(letter, name=name, affiliation=affiliation, place=place)
    make.counted(letter, name="Hidden Person", public=False)
    make.counted(make.letter(), name="Joan Baker")
    for query, who in SEARCHES:
        assert found(letter, query) == who, query
        assert found(letter, query, order=Order.NAME) == who, query


def test_a_search_keeps_both_orders_over_its_pages(letter, way):
    spread(letter, {2: ["Ana B", "Cy B"], 1: ["Zoe B", "Al B", "Al C"], 0: ["Mia B"]})
    assert found(letter, "b") == ["Mia B", "Al B", "Zoe B", "Ana B", "Cy B"]
    assert found(letter, "b", order=Order.NAME) == ["Al B", "Ana B", "Cy B", "Mia B", "Zoe B"]


def test_who_leaves_hides_or_changes_their_name_is_not_found_any_more(letter, monkeypatch):
    monkeypatch.setattr(listing, "STRETCH", 1)
    for name in ("Stay Here", "Stay Away", "Stay Gone", "Stay Bare"):
        make.counted(letter, name=name)
    rows = {row.name: row for row in Signature.objects.shown()}
    withdrawing.withdraw(uid=rows["Stay Away"].uid, now=timezone.now())
    erasing.erase(uid=rows["Stay Gone"].uid, now=timezone.now())
    sequencing.sequence(now=timezone.now())
    Signature.objects.filter(name="Stay Bare").update(words="other name")
    assert found(letter, "stay") == ["Stay Here"]
    assert found(letter, "other") == ["Stay Bare"]
    Signature.objects.filter(name="Stay Here").delete()
    assert found(letter, "stay") == []


def test_the_word_index_still_agrees_with_the_rows(letter):
    """On SQLite triggers keep it; a migration that rebuilds the table would lose them."""
    spread(letter, {0: ["Al", "Bo"]})
    make.counted(letter, name="Hidden Person", public=False)
    if connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        made = [row[0] for row in cursor.fetchall() if row[0].startswith("signatures_words")]
        assert made == [
            f"signatures_words_{name}" for name in ("delete", "enter", "insert", "leave")
        ]
        cursor.execute(
            "INSERT INTO signatures_words(signatures_words, rank) VALUES ('integrity-check', 1)"
        )


# --- Plans ------------------------------------------------------------------------------------
def plans(run) -> list[str]:
    """How the database goes about each statement that reads signatures. On PostgreSQL reading a
    small table whole is cheaper than anything, so that is forbidden here: what counts is whether
    an index gives rows in the order of the page."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in ("seqscan", "sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{name} = off")
    with CaptureQueriesContext(connection) as taken:
        run()
    found = []
    for one in taken.captured_queries:
        if "signatures_signature" in one["sql"] and one["sql"].startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
                cursor.execute(f"{explain} {one['sql'].replace('%', '%%')}", [])
                found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


@pytest.mark.parametrize(
    ("order", "index"), [(Order.DAY, "signature_by_day"), (Order.NAME, "signature_by_name")]
)
def test_a_page_is_read_along_its_index(letter, order, index):
    spread(letter, {day: ["Al", "Bo", "Cy"] for day in range(5)})
    first = listing.page(letter, Wanted(order=order), size=4)
    for after in ("", first.following):
        taken = plans(
            lambda after=after: listing.page(letter, Wanted(order=order, after=after), size=4)
        )
        along = [plan for plan in taken if index in plan]
        assert along
        for plan in taken:
            assert "Seq Scan" not in plan
            assert "SCAN signatures_signature" not in plan
        for plan in along:
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan


def test_a_search_that_leaves_the_list_asks_the_index_of_words(letter, monkeypatch):
    monkeypatch.setattr(listing, "STRETCH", 3)
    spread(letter, {day: ["Al", "Bo", "Cy"] for day in range(5)})
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Any partial index is as good for fifteen rows; the transaction brings them back.
            cursor.execute("DROP INDEX signature_by_day, signature_by_name")
            cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as taken:
        assert names(listing.page(letter, Wanted(query="bo"), size=9).rows) == ["Bo"] * 5
    looked_up = next(one["sql"] for one in taken.captured_queries if one["sql"].startswith("WITH"))
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {looked_up}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "SCAN signatures_signature" not in plan
    assert ("signature_words" in plan) or ("VIRTUAL TABLE INDEX" in plan)


def test_a_page_takes_as_many_queries_for_a_hundred_people_as_for_one(
    client: Client, letter, django_assert_num_queries
):
    spread(letter, {0: [f"Person {chr(97 + serial)}" for serial in range(20)]})
    with django_assert_num_queries(4):
        client.get("/letters/aller/signatures/")
