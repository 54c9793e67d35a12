"""The pages of a list: the same whoever shaped them, correct to the letter, and readable."""

import contextlib
import json
import os
import signal
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from signatures.exports.press import reading
from signatures.exports.press.crew import Crew, ShaperStopped
from tests import paper, press, world

VECTORS = Path(__file__).parents[2] / "vectors" / "names.json"
LAYOUTS = pytest.mark.parametrize("layout", ["table", "compact"])


@pytest.fixture(autouse=True)
def _others() -> None:
    """What other tests keep running, a browser say, is none of ours."""
    OTHERS.clear()
    OTHERS.update(children())


OTHERS: set[int] = set()


def children() -> set[int]:
    """The processes this one started that are still there."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found.add(int(stat.parent.name))
    return found - OTHERS


def people(count: int) -> Iterator[Any]:
    """With names no two processes meet in the same order, comments, and letters no font has."""
    odd = [name for script in json.loads(VECTORS.read_text()).values() for name in script]
    for i, row in enumerate(world.rows(count)):
        if i % 9 == 0:
            name = odd[i // 9 % len(odd)] + (" \U000e1234" if i % 90 == 0 else "")
            yield paper.row(name, position=row.position, comment="A word. " * (i % 7))
        else:
            yield row


@LAYOUTS
def test_the_pages_are_the_same_whoever_shaped_them(layout: str) -> None:
    known: list[tuple[Any, ...]] = []
    for processes in (1, 2, 3):
        changes: dict[str, Any] = {"layout": layout, "columns": ("name", "place", "comment")}
        crew = Crew(press.job(**changes), processes=processes)
        pages = list(crew.pages(press.told(people(700), **changes)))
        ink = crew.ink()
        fonts = [(font.hash, font.to_unicode, font.widths) for font in ink.fonts.values()]
        known.append((pages, fonts, sorted(ink.images), ink.missing, crew.foot(7, 12)))
    assert known[0] == known[1] == known[2]
    assert known[0][3] >= {0xE1234}


@LAYOUTS
def test_every_operator_of_every_page_is_taken_by_a_strict_reader(layout: str) -> None:
    changes: dict[str, Any] = {"layout": layout, "columns": ("position", "name", "comment")}
    crew = Crew(press.job(**changes), processes=1)
    pages = list(crew.pages(press.told(people(700), **changes)))
    assert len(pages) > 1
    ink = crew.ink()
    fonts = {font.hash: font for font in ink.fonts.values()}
    for page in pages:
        marks = []
        font: Any = None
        for operator, operands in press.drawn(page):
            if operator == "BDC" and b"/MCID" in operands[1]:
                marks.append(operands[1][1])
            elif operator == "Do":
                assert operands[0][1:].decode() in ink.images
            elif operator == "Tf":
                font = fonts[operands[0][1:].decode()]
            elif operator == "TJ":
                for each in operands[0]:
                    if isinstance(each, bytes):
                        codes = [int(each[i : i + 4], 16) for i in range(1, len(each) - 1, 4)]
                        assert all(code in font.to_unicode for code in codes)
                        assert all(0 < code < font.glyph_count for code in codes)
        assert marks == list(range(len(marks)))
        assert sorted(_numbers(page.tagged)) == marks


def _numbers(tags: Any) -> Iterator[int]:
    for _tag, mark, parts, _said in tags:
        if mark is not None:
            yield mark
        yield from _numbers(parts)


def test_a_slip_in_an_operator_is_found() -> None:
    for wrong in (
        b"BT 1 0 0 1 2 3 TmTJ ET",
        b"BT [<00>]TJ10 ET",
        b"BT [-1-2]TJ ET",
        b"BT [<0]TJ ET",
    ):
        with pytest.raises(press.Slip):
            list(press.operations(wrong))


def test_a_shaper_that_dies_ends_the_whole() -> None:
    crew = Crew(press.job(), processes=2)

    def lines() -> Iterator[bytes]:
        given = press.told(world.rows(3000))
        yield from islice(given, 1000)
        os.kill(min(children()), signal.SIGKILL)
        yield from given

    with pytest.raises(ShaperStopped):
        list(crew.pages(lines()))
    assert not children()


def test_a_line_a_shaper_cannot_read_ends_the_whole_without_its_text() -> None:
    crew = Crew(press.job(), processes=1)
    with pytest.raises(ShaperStopped) as failed:
        list(crew.pages([*press.told(world.rows(3)), b'["r", [["name", "Ada"]], null]\n']))
    assert "Ada" not in str(failed.value)


def test_a_line_of_any_length_passes() -> None:
    text = "the river " * 40_000
    line = json.dumps(["r", [["number", "1", ""], ["name", "Ada", "sc"]], None])
    long = json.dumps(["r", [["number", "2", ""], ["name", text, "sc"]], None])
    crew = Crew(press.job(columns=("position", "name")), processes=2)
    lines = [(each + "\n").encode() for each in [line, long, long, line, long, long, line] * 2]
    pages = list(crew.pages(lines))
    drawn = b"".join(zlib.decompress(page.content) for page in pages)
    assert len(pages) > 50
    assert drawn.count(b"BDC") > 28


def test_rows_are_taken_as_they_are_needed_and_pages_given_as_they_are_full() -> None:
    taken = 0

    def lines() -> Iterator[bytes]:
        nonlocal taken
        for line in press.told(world.rows(6000)):
            taken += 1
            yield line

    crew = Crew(press.job(), processes=2)
    pages = crew.pages(lines())
    next(pages)
    assert taken < 2000
    del pages
    assert not children()


@pytest.mark.soak
def test_every_name_is_in_the_text_once_in_its_order(tmp_path: Path, *, soak: bool) -> None:
    """pdftotext gives back every name exactly as written, in every script."""
    odd = [name for script in json.loads(VECTORS.read_text()).values() for name in script]
    rows = [paper.row(name, position=i) for i, name in enumerate(odd, start=1)]
    rows += [row for row in world.rows(10_000 if soak else 1_500) if row.name]
    numbered = [
        paper.row(row.name, position=i, place=row.place) for i, row in enumerate(rows, start=1)
    ]
    path = paper.printed(tmp_path, numbered, count=len(numbered), columns=("position", "name"))
    lines = Counter(
        "".join(reading.beside(line).split()) for line in paper.text(path, "-layout").split("\n")
    )
    for row in numbered:
        assert lines[f"{row.position:,}" + "".join(row.name.split())] == 1, row.name
