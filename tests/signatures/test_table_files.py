"""Tables of a letter's signatures, from the database to the file and back through a reader."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from campaigns.models import Letter
from signatures.exports.presets import PRESETS
from signatures.exports.wish import Wish
from signatures.services import making, sequencing
from signatures.services.watching import Meter
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed() -> Letter:
    """One person of each kind: shown or withheld, who wants to hear more or not."""
    letter = make.letter(slug="aller", asks=["affiliation", "place", "country", "comment"])
    make.confirmed(letter, name="Joan Baker", email="joan@example.org", place="Leeds")
    make.confirmed(letter, name="王小明", email="wang@example.org", updates=True, country="TW")
    make.confirmed(letter, name="Sam Secret", email="sam@example.org", public=False)
    make.confirmed(
        letter,
        name="=1+1",
        email="rosa@example.org",
        public=False,
        updates=True,
        comment="two\nlines",
    )
    sequencing.sequence(now=timezone.now())
    return letter


def made(letter: Letter, folder: Path, kind: str, **options: Any) -> Path:
    out = folder / f"file.{kind}"
    making.write(letter=letter, wish=Wish(format=kind, **options), out=out, meter=Meter())
    return out


def from_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def from_xlsx(path: Path) -> list[dict[str, Any]]:
    head, *lines = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_csv_spreadsheet_and_json_say_the_same(signed: Letter, tmp_path: Path) -> None:
    document = json.loads(made(signed, tmp_path, "json").read_bytes())
    people = document["signatures"]
    assert {person["name"] for person in people} == {"Joan Baker", "王小明", "Sam Secret", "=1+1"}
    assert document["counts"]["signatures"] == document["counts"]["withheld"] * 2 == len(people)
    assert document["letter"]["sha256"] == signed.revision.sha256
    for person, line, cells in zip(
        people,
        from_csv(made(signed, tmp_path, "csv")),
        from_xlsx(made(signed, tmp_path, "xlsx")),
        strict=True,
    ):
        assert tuple(person) == tuple(line) == tuple(cells)
        for key, value in person.items():
            said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
            assert line[key].removeprefix("'") == str(said)
            assert (str(cells[key].date()) if key == "signed_on" else cells[key] or "") == said


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_no_address_leaves_that_was_not_given_for_it(
    kind: str, signed: Letter, tmp_path: Path
) -> None:
    out = made(signed, tmp_path, kind)
    if kind == "xlsx":
        with zipfile.ZipFile(out) as book:
            text = b"".join(map(book.read, book.namelist()))
    else:
        text = out.read_bytes()
    assert b"wang@example.org" in text
    assert b"rosa@example.org" in text
    assert b"joan@" not in text
    assert b"sam@" not in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("preset", PRESETS)
def test_contacts_are_those_who_asked_for_updates(
    preset: str, kind: str, signed: Letter, tmp_path: Path
) -> None:
    out = made(signed, tmp_path, kind, preset=preset)
    found = from_csv(out) if kind == "csv" else from_xlsx(out)
    assert tuple(found[0]) == tuple(head for head, _ in PRESETS[preset].heads)
    told = [set(filter(None, map(str, person.values()))) for person in found]
    assert len(told) == 2
    assert any("wang@example.org" in cells and "王小明" in cells for cells in told)
    assert any("rosa@example.org" in cells for cells in told)
    assert all(any("aller" in cell for cell in cells) for cells in told)


def test_nobody_else_is_looked_at_for_contacts(signed: Letter, tmp_path: Path) -> None:
    meter = Meter()
    wish = Wish(format="csv", preset="civicrm")
    making.write(letter=signed, wish=wish, out=tmp_path / "file.csv", meter=meter)
    assert (meter.done, meter.total) == (2, 2)


def test_contacts_begin_with_their_first_head_and_nothing_before_it(
    signed: Letter, tmp_path: Path
) -> None:
    assert made(signed, tmp_path, "csv", preset="listmonk").read_bytes().startswith(b'"email"')
    assert made(signed, tmp_path, "csv").read_bytes().startswith(b'\xef\xbb\xbf"position"')
