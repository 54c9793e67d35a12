"""The file itself: the same bytes always, every object where the cross references say."""

import dataclasses
import io
import os
import re
import subprocess
import zlib
from pathlib import Path

import pypdf
import pytest

from signatures.exports import pdf
from signatures.exports.ends import Ends
from signatures.exports.press import navigation, writing
from signatures.exports.press.writing import File
from tests import paper, world
from tests.anatomy import Anatomy


def test_the_same_document_gives_the_same_bytes_however_many_shape(tmp_path: Path) -> None:
    files = []
    for processes in (1, 3):
        limits = dataclasses.replace(paper.LIMITS, processes=processes)
        name = f"{processes}.pdf"
        rows = world.rows(900)
        files.append(paper.printed(tmp_path, rows, limits=limits, name=name, count=900))
    assert files[0].read_bytes() == files[1].read_bytes()


def test_every_object_stands_where_the_cross_references_say(tmp_path: Path) -> None:
    made = Anatomy(paper.printed(tmp_path, world.rows(60), count=60))
    start = int(made.raw.rpartition(b"startxref\n")[2].split()[0])
    number, size = map(int, re.findall(rb"^(\d+) 0 obj\n.*?/Size (\d+)", made.raw[start:])[0])
    assert size == number + 1
    plain = made.reader.xref[0]
    for each, offset in plain.items():
        assert made.raw[offset:].startswith(b"%d 0 obj\n" % each)
    packed = made.reader.xref_objStm
    assert {*plain, *packed} == set(range(1, size))
    assert not {*plain} & {*packed}


def test_catalog_and_first_page_stand_by_themselves(tmp_path: Path) -> None:
    """So that a signature can be appended without reading the cross references."""
    made = Anatomy(paper.printed(tmp_path, world.rows(5), count=5))
    alone = {made.reader.trailer.raw_get("/Root").idnum, made.page_numbers[0]}
    assert alone <= set(made.reader.xref[0])


def test_what_is_told_of_the_end_is_true(tmp_path: Path) -> None:
    out = io.BytesIO()
    file = File(out)
    root, page, info = file.number(3), 2, 3
    file.plain(root, b"<</Type/Catalog>>")
    file.plain(page, b"<</Type/Page>>")
    file.pack(info, b"<<>>")
    end = file.close(root=root, info=info)
    raw = out.getvalue()
    assert raw[end.startxref :].startswith(b"%d 0 obj" % (end.next_number - 1))
    assert b"/ID[<%b>" % end.identifier.hex().encode() in raw
    ends = Ends(end.next_number, end.startxref, (root, b"<</A\xff>>"), (2, b""), b"", b"x" * 16)
    assert Ends.heard(ends.told()) == ends


@pytest.mark.parametrize("count", [1, 249, 250, 251, 70_000])
def test_objects_of_any_number_are_found_again(tmp_path: Path, count: int) -> None:
    path = tmp_path / "some.pdf"
    with path.open("wb") as out:
        file = File(out)
        root, pages, page, info = range(file.number(4), 5)
        file.pack(root, b"<</Type/Catalog/Pages %d 0 R>>" % pages)
        file.pack(pages, b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page)
        body = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 9 9]/Resources<<>>>>" % pages
        file.plain(page, body)
        file.pack(info, b"<<>>")
        first = file.number(count)
        for i in range(count):
            file.pack(first + i, b"<</N %d>>" % i)
        file.close(root=root, info=info)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    reader = pypdf.PdfReader(path, strict=True)
    for i in {0, count // 2, count - 1}:
        found: object = pypdf.generic.IndirectObject(first + i, 0, reader).get_object()
        assert found == {"/N": i}


def test_more_objects_than_an_archive_may_have_are_refused() -> None:
    file = File(io.BytesIO())
    file._entries.extend([1] * (writing.MOST - 10))
    file.number(9)
    with pytest.raises(writing.TooManyObjects):
        file.number(2)


def test_differences_of_bytes_are_taken_one_by_one() -> None:
    one, other = os.urandom(4096), os.urandom(4096)
    expected = bytes((a - b) % 256 for a, b in zip(one, other, strict=True))
    assert writing._minus(one, other) == expected


def test_what_is_deflated_already_is_taken_as_it_is() -> None:
    out = io.BytesIO()
    packed = zlib.compress(b"q Q")
    file = File(out)
    file.stream(file.number(), b"", packed, deflated=True)
    assert packed in out.getvalue()


def test_a_long_list_without_groups_has_landmarks() -> None:
    made = navigation.landmarks(25_000, first=3, top=800, words="{page} of {total}", total=25_005)
    assert len(made) == 100
    assert made[0][:2] == ("4 of 25005", 3)
    assert made[1][:2] == ("254 of 25005", 253)
    assert navigation.landmarks(20, first=3, top=800, words="{page}", total=25) == []


def test_bookmarks_hang_together(tmp_path: Path) -> None:
    made = Anatomy(paper.printed(tmp_path, world.rows(1100), count=1100))
    top = made.root["/Outlines"]
    titles, item = [], top["/First"]
    while True:
        titles.append(item["/Title"])
        if "/Next" not in item:
            break
        assert item["/Next"]["/Prev"].get("/Title") == item["/Title"]
        item = item["/Next"]
    assert item == top["/Last"]
    listed = next(one for one in made.reader.outline if isinstance(one, list))
    assert listed[0].title == f"Page 3 of {len(made.pages)}"
    assert titles[-2:] == ["Signatories", "How this number was made"]


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_t101_memory_doesnt_grow_with_the_list(tmp_path: Path, *, soak: bool) -> None:
    """What the largest process held; far fewer rows in the short form, and the same bound."""
    long = ((100_000, 300_000_000), (1_000_000, 350_000_000))
    for count, bound in long if soak else ((20_000, 300_000_000),):
        told = pdf.write(
            paper.document(count=count),
            world.rows(count),
            tmp_path / "letter.pdf",
            progress=lambda done: None,
            limits=pdf.Limits(seconds=3000),
        )
        assert told.pages > count // 50
        assert told.memory < bound
