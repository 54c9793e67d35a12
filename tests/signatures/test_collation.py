"""Names in an order people expect, by bytes alone; and text folded for searching."""

import json
import random
import unicodedata
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from campaigns import cleaning
from signatures.collation import KEY_LIMIT, fold, sort_key

VECTORS = Path(__file__).parent.parent / "vectors"
NAMES = json.loads((VECTORS / "names.json").read_text("utf-8"))
ALL_NAMES = [name for names in NAMES.values() for name in names]
ORDER = json.loads((VECTORS / "name_order.json").read_text("utf-8"))


def test_names_come_in_the_expected_order():
    mixed = list(ORDER)
    random.Random(1).shuffle(mixed)
    assert sorted(mixed, key=sort_key) == ORDER


@pytest.mark.django_db
def test_the_database_orders_keys_as_python_does():
    names = sorted({*ORDER, *ALL_NAMES})
    random.Random(2).shuffle(names)
    kind = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE name_order (name text, name_key {kind})")
        cursor.executemany(
            "INSERT INTO name_order VALUES (%s, %s)", [(name, sort_key(name)) for name in names]
        )
        cursor.execute("SELECT name FROM name_order ORDER BY name_key")
        found = [name for (name,) in cursor.fetchall()]
        cursor.execute("DROP TABLE name_order")
    assert found == sorted(names, key=sort_key)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ann Zed", "Anna Bee"),
        ("joan", "Joan"),
        ("Joan", "Joana"),
        ("Jose", "José"),
        ("José A", "Jose B"),
        ("Jean Paul", "Jeana"),
        ("Jean-Paul", "Jeana"),
        ("O’Brien", "Oc"),
        ("(Carol)", "Dave"),
        ("10 Downing", "Ann"),
        ("Zoe", "Αλέξης"),
    ],
)
def test_letters_decide_before_accents_and_accents_before_case(first, second):
    assert sort_key(first) < sort_key(second)


def test_names_alike_but_for_case_and_accents_stand_together_in_a_firm_order():
    names = ["ea", "Ea", "EA", "éa", "Éa", "É a", "e-a", "e a", "e'a", "e’a", "(ea)"]
    keys = {sort_key(name) for name in names}
    assert len(keys) == len(names)


@given(st.lists(st.text(st.characters(), min_size=1, max_size=130), min_size=2, max_size=4))
@runs(max_examples=2000)
def test_any_text_has_a_short_key_of_its_own(texts):
    keys = [sort_key(text) for text in texts]
    assert all(0 < len(key) <= KEY_LIMIT for key in keys)
    assert len(set(keys)) == len(set(texts))


def test_long_names_keep_to_the_limit_and_differ():
    for letter in ("a", "é", "김", "王", "ﷺ", "!", "𠮷"):
        one, other = letter * 99 + "a", letter * 99 + "b"
        assert max(len(sort_key(one)), len(sort_key(other))) <= KEY_LIMIT
        assert sort_key(one) != sort_key(other)


def test_no_name_no_key():
    assert sort_key("") == b""
    assert sort_key("a") > b""


@pytest.mark.parametrize("name", ALL_NAMES)
def test_every_cleaned_name_has_a_key_and_a_folded_form(name):
    cleaned = cleaning.line(name, limit=100)
    assert sort_key(cleaned)
    assert fold(cleaned)


# Stored keys are compared with new ones: an upgrade that changes them scrambles every list.
def test_t102_keys_never_change():
    golden = json.loads((VECTORS / "name_keys.json").read_text("utf-8"))
    assert {name: sort_key(name).hex() for name in golden} == golden


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Joan   MARTIN ", "joan martin"),
        ("José Núñez", "jose nunez"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Þórður Ægisson", "thordur aegisson"),
        ("Nguyễn Đức", "nguyen duc"),
        ("İstanbul ışık", "istanbul isik"),
        ("Straße STRASSE", "strasse strasse"),
        ("Søren Ångström", "soren angstrom"),
        ("O’Brien O'Brien", "o'brien o'brien"),
        ("ﬁn Ｆｕｌｌ", "fin full"),
        ("Ἐλύτης ΟΔΥΣΣΕΎΣ", "ελυτησ οδυσσευσ"),
        ("Ёлкин", "елкин"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("علی‌رضا", "عليرضا"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"),
        ("ที่รัก", "ที่รัก"),
        ("がっつ", "がっつ"),
        ("김철수", "김철수"),
        ("王小明\u3000太郎", "王小明 太郎"),
        ("", ""),
    ],
)
def test_folding_forgets_what_people_do_not_type(text, folded):
    assert fold(text) == folded


@given(st.text(st.characters(), max_size=60))
@runs(max_examples=2000)
def test_folding_twice_is_folding_once_and_never_fails(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert "  " not in folded
    assert folded == folded.strip()


@given(st.sampled_from(ALL_NAMES))
def test_a_part_of_a_name_is_found_in_any_case(name):
    folded = fold(name)
    for part in name.split():
        assert fold(part) in folded
        if unicodedata.category(part[0]) == "Lu":
            assert fold(part.upper()) in folded
