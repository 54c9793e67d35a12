"""CSV and JSON: everything is there, and nothing in it runs."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.exports import columns, comma, objects
from signatures.exports.document import OrganiserRow, Row
from tests import paper, tables, world
from tests.polyglots import FORMULAS, POLYGLOTS
from tests.processes import ROOT
from tests.tables import row

SEPARATORS = [",", ";", "\t", "|"]
STARTS = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
RUNS = re.compile('[\\s"\ufeff\u200b]*[=+\\-@\uff1d\uff0b\uff0d\uff20]')


def written(*rows: OrganiserRow) -> str:
    return b"".join(comma.stream(rows)).decode()


def listed(*rows: OrganiserRow | Row, **options: Any) -> dict[str, Any]:
    given = b"".join(objects.stream(rows, document=tables.DOCUMENT, **options))
    found: dict[str, Any] = json.loads(given)
    return found


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_file_is_utf8_with_a_mark_and_rfc_4180() -> None:
    text = written(row('Ada "the first", Countess', comment="two\nlines"), row("محمد"))
    assert text.startswith("\ufeff")
    assert text.count("\r\n") == 3
    assert '"Ada ""the first"", Countess"' in text
    assert [person["name"] for person in parsed(text)] == ['Ada "the first", Countess', "محمد"]
    assert parsed(text)[0]["comment"] == "two\nlines"
    assert parsed(text)[0]["signed_on"] == "2026-11-03"


def test_an_address_is_given_only_of_those_who_wished_for_updates() -> None:
    ada, joan = parsed(
        written(
            row("Ada", email="ada@example.org"), row("Joan", email="joan@example.org", updates=True)
        )
    )
    assert (ada["email"], ada["updates"]) == ("", "no")
    assert (joan["email"], joan["updates"]) == ("joan@example.org", "yes")


def test_the_organiser_sees_withheld_people_and_that_they_are() -> None:
    (ada,) = parsed(written(row("Ada", withheld=True)))
    assert (ada["name"], ada["withheld"]) == ("Ada", "yes")


def test_a_public_table_has_no_column_for_addresses() -> None:
    text = b"".join(comma.stream([paper.row("Ada")], columns=columns.PUBLIC)).decode()
    assert not {"email", "updates", "ref", "language"} & set(parsed(text)[0])


def runs(text: str, separator: str) -> list[str]:
    """Cells a spreadsheet would run, if it parted cells by `separator` and minded quotes or not."""
    found = []
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        source = io.StringIO(text.removeprefix("\ufeff"), newline="")
        for line in csv.reader(source, delimiter=separator, quoting=quoting):
            found += [cell for cell in line if RUNS.match(cell)]
    return found


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_t30_no_cell_of_the_csv_is_a_formula(formula: str, separator: str) -> None:
    text = written(row(formula, title=formula, affiliation=formula, place=formula, comment=formula))
    assert not runs(text, separator)
    assert not [cell for person in parsed(text) for cell in person.values() if STARTS.match(cell)]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("=+-@ab1 ,;|'\"\t\r\n\xa0\ufeff\uff1d"), max_size=8))
def test_t30_nothing_that_can_be_typed_becomes_a_formula(typed: str) -> None:
    text = written(row(typed, comment=typed))
    assert not [cell for separator in SEPARATORS for cell in runs(text, separator)]
    (person,) = parsed(text)
    assert person["name"].replace("'", "") == typed.replace("'", "")  # and nothing is lost


def test_t30_pythons_own_writer_would_have_let_them_through() -> None:
    out = io.StringIO()
    csv.writer(out).writerow(["=1+1"])
    assert STARTS.match(out.getvalue())


def test_ordinary_text_is_left_alone() -> None:
    for text in ("Anne-Marie O'Neill", "a - b", "1+1=2", "C++ and @joan", "Zoë, née Å"):
        assert comma.harmless(text) == text


def test_a_withheld_row_is_its_place_and_the_word_for_it_and_nothing_else() -> None:
    """Even if more came with the row than should."""
    given = paper.row(
        "Ada", position=7, title="Dr", place="Leeds", country="GB", group="Doctors", withheld=True
    )
    text = b"".join(
        comma.stream(
            [given],
            columns=("position", "title", "name", "place", "country", "group", "signed_on"),
            withheld="name withheld",
        )
    ).decode()
    (found,) = parsed(text)
    assert (found.pop("position"), found.pop("name")) == ("7", "name withheld")
    assert set(found.values()) == {""}


def test_columns_come_in_the_order_asked_for() -> None:
    text = b"".join(comma.stream([row("Ada")], columns=("name", "position"), bom=False)).decode()
    assert text == '"name","position"\r\n"Ada","1"\r\n'


def test_every_column_gives_what_its_row_says() -> None:
    assert set(columns.COLUMNS) == set(columns.ORGANISER) > set(columns.PUBLIC)
    given = row("Ada", group="Doctors", updates=True, email="ada@example.org", ref="poster")
    read = columns.reader(columns.chosen(columns.ORGANISER))
    found = dict(zip(columns.ORGANISER, read(given), strict=True))
    assert found == {key: getattr(given, key) for key in columns.ORGANISER}


def test_t30_a_formula_is_a_string_in_json() -> None:
    found = listed(*map(row, FORMULAS))["signatures"]
    assert [person["name"] for person in found] == FORMULAS


@pytest.mark.parametrize("typed", POLYGLOTS)
def test_t29_what_was_typed_is_text_in_csv_and_json(typed: str) -> None:
    given = row(typed, comment=typed, affiliation=typed)
    (person,) = listed(given)["signatures"]
    assert {person["name"], person["comment"], person["affiliation"]} == {typed}
    written_out = b"".join(objects.stream([given], document=tables.DOCUMENT))
    assert b"<" not in written_out  # so it may even stand in a page's script

    (record,) = parsed(written(given))
    assert record["name"].replace("'", "") == typed.replace("'", "")


def test_json_tells_of_the_letter_and_then_of_each_person() -> None:
    found = listed(
        row("Ada", updates=True, email="ada@example.org"),
        row("Joan", position=2, email="joan@example.org"),
    )
    ada, joan = found.pop("signatures")
    assert found == {
        "version": 1,
        "letter": {
            "title": "Give the Aller its water back",
            "url": "https://letters.example.org/letters/aller/",
            "language": "en",
            "revision": 2,
            "sha256": "9f49" * 16,
        },
        "counts": {
            "signatures": 1,
            "withheld": 0,
            "withdrawn": 0,
            "invalidated": 0,
            "paper": 0,
        },
        "snapshot": "2026-11-20T09:14:00Z",
        "order": "date",
    }
    assert tuple(ada) == columns.ORGANISER
    assert (ada["position"], ada["signed_on"], ada["updates"]) == (1, "2026-11-03", True)
    assert (ada["email"], joan["email"]) == ("ada@example.org", "")


def test_json_of_nobody_is_json() -> None:
    assert listed()["signatures"] == []


def test_half_a_surrogate_pair_spoils_no_table() -> None:
    """A database takes none, but a table is not to break on what it is handed."""
    assert listed(row("a\ud800b"))["signatures"][0]["name"] == "a\ud800b"
    assert "a?b" in written(row("a\ud800b"))


def test_names_from_everywhere_arrive() -> None:
    people = list(world.rows(500))
    names = [person.name for person in people]
    told: list[int] = []
    text = b"".join(comma.stream(people, columns=columns.PUBLIC, progress=told.append)).decode()
    assert [person["name"] for person in parsed(text)] == names
    found = listed(*people, columns=columns.PUBLIC, progress=told.append)
    assert [person["name"] for person in found["signatures"]] == names
    assert told == [500, 500] * 2


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_t101_memory_does_not_grow_with_the_table(kind: str, soak: bool, tmp_path: Path) -> None:
    few, many = (needed(kind, count, tmp_path) for count in (5_000, 1_000_000 if soak else 20_000))
    assert many < few + 4_000  # kilobytes; what is written is a hundred times that


def needed(kind: str, count: int, folder: Path) -> int:
    """The most kilobytes a process of its own held while writing so many rows."""
    command = [sys.executable, "-m", "tests.tables", kind, str(count), str(folder / "table")]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return int(answer.stdout)
