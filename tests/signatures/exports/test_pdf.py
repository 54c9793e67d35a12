"""The document handed over: what it says, that it is whole, and that it is always the same."""

import csv
import dataclasses
import hashlib
import re
import subprocess
from itertools import islice
from pathlib import Path
from typing import Any

import pypdf
import pytest

from signatures.exports import certificate, pdf, sandbox, typesetting
from signatures.exports.document import Certificate
from tests import certificates, paper, world
from tests.polyglots import POLYGLOTS


def test_the_cover_says_what_to_whom_from_whom_and_how_many(tmp_path: Path) -> None:
    cover = paper.text(paper.printed(tmp_path, world.rows(3), count=12408)).split("\f")[0]
    words = " ".join(cover.split())
    assert "An open letter to Marta Velander, Minister for Water" in words
    assert "Give the Aller its water back From Friends of the Aller" in words
    assert "12,408 people signed and confirmed by e-mail between 3 and 20 November 2026" in words


def test_every_page_but_the_cover_is_numbered_with_the_true_total(tmp_path: Path) -> None:
    path = paper.printed(tmp_path, world.rows(150), count=150)
    pages = paper.text(path).split("\f")[:-1]
    total = len(pypdf.PdfReader(path).pages)
    assert len(pages) == total > 5
    assert "Page " not in pages[0]
    for number, page in enumerate(pages[1:], start=2):
        assert f"Page {number} of {total}" in page


def test_every_signatory_stands_in_the_list_in_order(tmp_path: Path) -> None:
    rows = list(world.rows(200, withheld=0.1))
    text = paper.text(paper.printed(tmp_path, rows, count=200), "-raw")
    firsts = [row for row in rows if row.name.isascii() and not row.withheld]
    assert len(firsts) > 60
    places = [text.find(f"{row.position} {row.name}") for row in firsts]
    assert -1 not in places
    assert places == sorted(places)
    assert len(re.findall("name withheld", text)) == sum(row.withheld for row in rows)


def test_a_withheld_row_shows_its_place_in_the_list_and_nothing_else(tmp_path: Path) -> None:
    row = paper.row("", withheld=True, position=7)
    text = paper.text(paper.printed(tmp_path, [row]), "-raw")
    assert "7 name withheld\n" in text
    assert "3 Nov 2026" not in text


def test_long_names_and_affiliations_wrap_and_are_never_cut(tmp_path: Path) -> None:
    name = " ".join(f"Name{i}" for i in range(40))
    unbroken = "x" * 180
    given = [paper.row(name, affiliation=" ".join(f"Part{i}" for i in range(60)), place=unbroken)]
    text = paper.text(paper.printed(tmp_path, given), "-raw")
    for word in [*name.split(), *(f"Part{i}" for i in range(60))]:
        assert word in text
    assert text.count("x") >= 180
    right = max(float(x) for x in re.findall(r'xMax="([\d.]+)"', paper.text_boxes(tmp_path)))
    assert right <= 595.28 - 22 / 25.4 * 72 + 0.5


def test_a_letter_nobody_signed_is_still_a_document(tmp_path: Path) -> None:
    text = paper.text(paper.printed(tmp_path, count=0, first_signed_on=None, last_signed_on=None))
    assert "nobody has signed yet" in text
    assert "Nobody has signed yet." in text
    assert "How this number was made" in text


def test_the_last_page_adds_up_and_claims_no_log(tmp_path: Path) -> None:
    path = paper.printed(
        tmp_path,
        world.rows(2),
        count=12408,
        withdrawn_count=31,
        invalidated_count=12,
        paper_count=312,
        withheld_count=2117,
    )
    page = paper.text(path, "-layout").split("\f")[-2]
    for fact in ("Confirmed by e-mail +12,451", "Withdrawn.* −31", "Removed.* −12"):
        assert re.search(fact, page)
    for fact in ("Signatures +12,408", "withheld.* 2,117", "On paper.* 312"):
        assert re.search(fact, page)
    assert "9f49" * 16 in page
    assert "20 November 2026, 09:14 UTC" in page
    assert "log" not in re.sub("letters.example.org|Friends", "", page).split()


def catalog(path: Path) -> Any:
    return pypdf.PdfReader(path).trailer["/Root"]


def test_t29_markup_in_every_field_is_printed_as_letters(tmp_path: Path) -> None:
    texts = [text for text in POLYGLOTS if text.isascii() and text.isprintable()]
    rows = [
        paper.row(text, position=i, affiliation=text, place=text, title=text)
        for i, text in enumerate(texts, start=1)
    ]
    path = paper.printed(
        tmp_path, rows, title=texts[0], sender=texts[1], targets=((texts[2], texts[3]),)
    )
    read = "".join(paper.text(path, "-raw").split())
    for i, text in enumerate(texts):
        assert read.count("".join(text.split())) >= (5 if i < 4 else 4)
    linked = [i for i, page in enumerate(pypdf.PdfReader(path).pages) if "/Annots" in page]
    assert linked == [len(pypdf.PdfReader(path).pages) - 1]  # the letter's address, nothing else


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "20. November 2026"), ("fr", "20 novembre 2026")],
)
def test_dates_follow_the_language_of_the_letter(
    tmp_path: Path, language: str, expected: str
) -> None:
    path = paper.printed(tmp_path, world.rows(2), language=language, count=12408)
    cover = paper.text(path).split("\f")[0]
    assert expected in cover
    assert re.search({"de": r"12\.408", "fr": "12\\s408"}[language], cover)
    assert catalog(path)["/Lang"] == language


def test_a_letter_written_from_right_to_left_is_laid_out_so(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"language": "ar", "title": "أعيدوا إلى النهر ماءه"}
    paper.printed(tmp_path, [paper.row("محمد الحربي", position=123)], **changes)
    boxes = paper.text_boxes(tmp_path)
    left = re.search(r'xMin="([\d.]+)"[^>]*>123<', boxes)
    assert left is not None
    assert float(left[1]) > 595 / 2


@pytest.mark.parametrize("title", ["Water", "Give us our river back. " * 12])
def test_a_title_of_any_length_leaves_the_count_alone(tmp_path: Path, title: str) -> None:
    paper.printed(tmp_path, [paper.row("Ada")], title=title, count=4711)
    boxes = paper.text_boxes(tmp_path).split("</page>")[0]
    bottom = max(float(y) for y in re.findall(r'yMax="([\d.]+)">(?:Water|back\.|Aller)<', boxes))
    count = re.search(r'yMin="([\d.]+)"[^>]*>4,711<', boxes)
    assert count is not None
    assert bottom < float(count[1])


def test_t36_a_text_that_is_nearly_plain_takes_no_longer_than_others(tmp_path: Path) -> None:
    name = "word " * 60 + "…"
    text = paper.text(paper.printed(tmp_path, [paper.row(name, affiliation=name)]), "-raw")
    assert text.count("word") == 120


def test_with_a_certificate_the_whole_file_is_signed_last(tmp_path: Path, settings: Any) -> None:
    signer = certificates.key()
    settings.PDF_CERTIFICATE = certificates.pem(signer, certificates.issued("Aller", signer))
    described = certificate.describe()
    told = Certificate(
        subject=described.subject,
        fingerprint=described.fingerprint,
        self_signed=described.self_signed,
    )
    path = paper.printed(tmp_path, world.rows(20), count=20, certificate=told)
    answer = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=True)
    assert b"Signature is Valid" in answer.stdout
    assert b"Total document signed" in answer.stdout
    assert described.fingerprint[:8] in paper.text(path).upper()
    other = dataclasses.replace(told, fingerprint="00:11")
    with pytest.raises(pdf.Failed, match="replaced meanwhile"):
        paper.printed(tmp_path, [], name="other.pdf", certificate=other)
    assert not (tmp_path / "other.pdf").exists()


@pytest.mark.parametrize(
    ("layout", "grouping", "expected"),
    [
        ("table", "", "position,name,place,comment"),
        ("table", "group", "position,name,place,comment,group"),
        ("compact", "country", "name,place,country"),
    ],
)
def test_the_attached_data_are_the_rows_and_columns_printed(
    tmp_path: Path, layout: str, grouping: str, expected: str
) -> None:
    rows = [
        paper.row("Ada", place="Bern", group="Doctors", country="CH", comment="=1+1"),
        paper.row("", withheld=True, position=2),
    ]
    columns = ("position", "name", "place", "comment")
    given = {"layout": layout, "grouping": grouping, "columns": columns, "comment_count": 1}
    path = paper.printed(tmp_path, rows, count=2, groups=(("Doctors", 1),), **given)
    ((data,),) = pypdf.PdfReader(path).attachments.values()
    people = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert ",".join(people[0]) == expected
    assert people[0]["name"] == "Ada"
    assert people[0].get("comment", "'=1+1") == "'=1+1"
    assert {value for key, value in people[1].items() if key != "position"} == {"", "name withheld"}
    assert hashlib.sha256(data).hexdigest() in paper.text(path)


def test_progress_only_grows_and_reaches_the_end(tmp_path: Path) -> None:
    told: list[int] = []
    pdf.write(
        paper.document(count=250),
        world.rows(250),
        tmp_path / "letter.pdf",
        progress=told.append,
        limits=paper.LIMITS,
    )
    assert told == sorted(told)
    assert told[-1] == 250


def test_rows_are_taken_as_they_are_needed(tmp_path: Path) -> None:
    """Rows that fail half-way leave no file, and no process behind."""

    def failing() -> Any:
        yield from islice(world.rows(3000), 2000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        paper.printed(tmp_path, failing())
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_list_is_never_a_document(tmp_path: Path) -> None:
    out = tmp_path / "letter.pdf"
    out.write_bytes(b"before")
    lines = [typesetting.job(paper.document()), *typesetting.rows(paper.document(), world.rows(9))]
    with pytest.raises(sandbox.NotPrinted), sandbox.whole(out) as part:
        sandbox.run(lines, part, limits=paper.LIMITS, progress=lambda done: None)
    assert out.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_body_nobody_made_safe_is_printed_as_text(tmp_path: Path) -> None:
    typed = typesetting.job(dataclasses.replace(paper.document(), body_html="<b>x</b>"))
    assert "&lt;b&gt;x&lt;/b&gt;" in typed["html"]


def test_a_numbered_list_begins_where_the_letter_lets_it(tmp_path: Path) -> None:
    body = '<ol start="7"><li>the seventh</li></ol>'
    assert "7. the seventh" in paper.text(paper.printed(tmp_path, [], count=0, body_html=body))
