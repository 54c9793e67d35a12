"""The spreadsheet: what others make and read of it, and how long it may be."""

import datetime as dt
import hashlib
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.utils.escape import unescape

from signatures.exports import columns, sheet
from signatures.exports.document import OrganiserRow, Row
from tests import world
from tests.polyglots import FORMULAS, POLYGLOTS
from tests.tables import DAY, SNAPSHOT, row

STARTS = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


class Xlsx:
    """A spreadsheet's rows as XML."""

    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

    def __init__(self, path: Path, number: int = 1) -> None:
        with zipfile.ZipFile(path) as book:
            self.tree = etree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))

    def cells(self) -> list[tuple[str, str]]:
        """Type and text of every cell."""
        assert not self.tree.findall(f".//{self.space}f")
        return [
            (cell.get("t", "n"), "".join(str(text) for text in cell.itertext()))
            for cell in self.tree.iter(f"{self.space}c")
        ]

    def data(self) -> bytes:
        (found,) = self.tree.findall(f"{self.space}sheetData")
        return bytes(etree.tostring(found, method="c14n", exclusive=True))


def table(tmp_path: Path, *rows: OrganiserRow, **options: Any) -> Path:
    out = tmp_path / "letter.xlsx"
    sheet.write(rows, out, snapshot=SNAPSHOT, **options)
    return out


def opened(path: Path, number: int = 0) -> list[list[Any]]:
    """The values of a sheet as openpyxl finds them."""
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in line] for line in book.worksheets[number].iter_rows()]


def test_t30_every_text_of_the_spreadsheet_is_a_text(tmp_path: Path) -> None:
    found = Xlsx(table(tmp_path, *map(row, FORMULAS))).cells()
    kinds = {kind for kind, text in found if STARTS.match(text)}
    assert kinds == {"inlineStr"}
    assert ("inlineStr", "=1+1") in found


def test_t30_another_reader_takes_no_cell_of_it_for_a_formula(tmp_path: Path) -> None:
    """openpyxl marks formulas by their type; what it reads as text is what was written."""
    book = openpyxl.load_workbook(table(tmp_path, *map(row, FORMULAS)))
    cells = [line[1] for line in book.worksheets[0].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [unescape(cell.value) for cell in cells] == FORMULAS


def test_a_link_in_a_spreadsheet_is_only_text(tmp_path: Path) -> None:
    with zipfile.ZipFile(table(tmp_path, row("https://evil.example/"))) as book:
        assert not [name for name in book.namelist() if "rels" in name and "sheet1" in name]


@pytest.mark.parametrize("typed", POLYGLOTS)
def test_t29_what_was_typed_is_text_in_a_spreadsheet(typed: str, tmp_path: Path) -> None:
    plain = Xlsx(table(tmp_path, row("Joan", comment="Joan")))
    found = Xlsx(table(tmp_path, row(typed, comment=typed)))
    shape = [[cell.tag for cell in one.tree.iter()] for one in (plain, found)]
    assert shape[0] == shape[1]
    assert unescape(opened(tmp_path / "letter.xlsx")[1][1]) == typed


def test_the_rows_are_those_another_writer_makes(tmp_path: Path) -> None:
    """XlsxWriter's files are opened everywhere; ours hold the same XML, cell for cell."""
    people: list[OrganiserRow] = [
        *map(row, FORMULAS),
        *map(row, (typed for typed in POLYGLOTS if "\ufffe" not in typed)),
        row(" both ends ", comment="two\nlines\rand _x0041_ a trap", updates=True, email="a@b.c"),
        *(row(person.name, place=person.place, position=at) for at, person in numbered_world()),
    ]
    sheet.write(people, tmp_path / "ours.xlsx", snapshot=SNAPSHOT)
    theirs = xlsxwriter.Workbook(
        str(tmp_path / "theirs.xlsx"),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    head, day = theirs.add_format({"bold": True}), theirs.add_format({"num_format": "yyyy-mm-dd"})
    page = theirs.add_worksheet()
    page.write_row(0, 0, columns.ORGANISER, head)
    read = columns.reader(columns.chosen(columns.ORGANISER))
    for at, person in enumerate(people, start=1):
        for place, value in enumerate(read(person)):
            if isinstance(value, dt.date):
                page.write_datetime(at, place, value, day)
            elif isinstance(value, bool):
                page.write_string(at, place, "yes" if value else "no")
            elif value != "":
                page.write(at, place, value)
    theirs.close()
    assert Xlsx(tmp_path / "ours.xlsx").data() == Xlsx(tmp_path / "theirs.xlsx").data()


def numbered_world() -> enumerate[Row]:
    return enumerate((person for person in world.rows(300) if person.name), start=1)


def test_numbers_are_numbers_and_days_are_days(tmp_path: Path) -> None:
    given = row("Ada", position=12, updates=True, email="ada@example.org")
    head, found = opened(table(tmp_path, given))
    person = dict(zip(head, found, strict=True))
    assert person["position"] == 12
    assert person["signed_on"].date() == DAY
    assert (person["updates"], person["email"]) == ("yes", "ada@example.org")
    assert person["comment"] is None


def test_past_the_end_of_a_sheet_it_goes_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "_ROWS", 4)
    people = [row(f"Signer {number}") for number in range(9)]
    told: list[int] = []
    out = table(tmp_path, *people, progress=told.append)
    found = [[line[1] for line in opened(out, number)] for number in range(3)]
    assert [lines.pop(0) for lines in found] == ["name"] * 3
    assert [len(lines) for lines in found] == [4, 4, 1]
    assert [name for lines in found for name in lines] == [person.name for person in people]
    assert told[-1] == 9


def test_a_sheet_also_ends_before_it_is_too_large_for_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "_BYTES", 100_000)
    people = [row("Ada", comment="word " * 50) for _ in range(1_500)]
    out = table(tmp_path, *people)
    assert [len(opened(out, number)) - 1 for number in range(3)] == [500, 500, 500]


@pytest.mark.parametrize("count", [0, 4])
def test_no_sheet_is_empty_but_the_first(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "_ROWS", 4)
    out = table(tmp_path, *[row("Ada")] * count)
    assert len(openpyxl.load_workbook(out).worksheets) == 1
    assert len(opened(out)) == count + 1


def test_equal_rows_are_equal_files_without_another_file_beside(tmp_path: Path) -> None:
    digests = set()
    for _ in range(2):
        out = table(tmp_path, *map(row, FORMULAS))
        digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
        assert list(tmp_path.iterdir()) == [out]
    assert len(digests) == 1
    with zipfile.ZipFile(out) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-11-20T09:14:00Z" in book.read("docProps/core.xml")
        assert book.testzip() is None


def test_names_from_everywhere_arrive(tmp_path: Path) -> None:
    people = list(world.rows(500))
    told: list[int] = []
    out = tmp_path / "letter.xlsx"
    sheet.write(people, out, snapshot=SNAPSHOT, columns=columns.PUBLIC, progress=told.append)
    assert [line[1] or "" for line in opened(out)[1:]] == [person.name for person in people]
    assert told == [500, 500]


def test_half_a_surrogate_pair_spoils_no_sheet(tmp_path: Path) -> None:
    assert ("inlineStr", "a_xD800_b") in Xlsx(table(tmp_path, row("a\ud800b"))).cells()
