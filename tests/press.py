"""The press in tests: samples of a letter, text set in them, and what a page's operators say."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from weasyprint.text.fonts import FontConfiguration

from signatures.exports import typesetting
from signatures.exports.document import Row
from signatures.exports.press import reading
from signatures.exports.press.crew import Crew, samples
from signatures.exports.press.paging import Page
from signatures.exports.press.shaping import Line, Shaper
from tests import paper

_TOKEN = re.compile(
    rb"\s+|(?P<number>-?(?:\d+\.?\d*|\.\d+))(?=[\s\[\]<>/(]|$)|(?P<name>/[A-Za-z0-9]+)"
    rb"|(?P<string><(?:[0-9a-f]{2})*>)|(?P<open>\[|<<)|(?P<close>\]|>>)"
    rb"|(?P<operator>[A-Za-z][A-Za-z*]*)(?=[\s\[\]<>/(]|$)"
)
# What our pages are drawn with, and what each operator takes (ISO 32000-1, Annex A).
_TAKES = {
    "q": "",
    "Q": "",
    "cm": "nnnnnn",
    "w": "n",
    "RG": "nnn",
    "rg": "nnn",
    "m": "nn",
    "l": "nn",
    "S": "",
    "BT": "",
    "ET": "",
    "Tf": "/n",
    "Tm": "nnnnnn",
    "Ts": "n",
    "TJ": "[",
    "BMC": "/",
    "BDC": "/<",
    "EMC": "",
    "Do": "/",
}


class Slip(Exception):
    """A content stream that a strict reader would refuse."""


@cache
def fonts() -> FontConfiguration:
    return FontConfiguration()


def job(**changes: Any) -> dict[str, Any]:
    return typesetting.job(paper.document(**changes))


def shaper(*, rtl: bool = False, **changes: Any) -> Shaper:
    return Shaper(samples(job(**changes)["samples"], fonts()), rtl=rtl)


def line(shaper: Shaper, text: str, style: str = "name") -> Line:
    return shaper.line(reading.kind(style, text, "sc"), text)


def told(rows: Iterable[Row], **changes: Any) -> Iterator[bytes]:
    """Rows as the press is told of them."""
    for each in typesetting.rows(paper.document(**changes), rows):
        yield json.dumps(each, ensure_ascii=False).encode() + b"\n"


def started(*, processes: int = 1, **changes: Any) -> Crew:
    return Crew(job(**changes), processes=processes)


def lines_set(lines: Iterable[Any], **changes: Any) -> list[Page]:
    """Pages of lines as the press is told them."""
    told = (json.dumps(line).encode() + b"\n" for line in lines)
    return list(started(**changes).pages(told))


def pages(rows: Iterable[Row], *, processes: int = 1, **changes: Any) -> list[Page]:
    made = started(processes=processes, **changes)
    return list(made.pages(told(rows, **changes)))


def operations(content: bytes) -> Iterator[tuple[str, list[Any]]]:
    """Every operator with its operands. Raises Slip where the grammar isn't kept to the letter."""
    place = 0
    operands: list[Any] = []
    depth: list[list[Any]] = []
    nesting: list[str] = []
    while place < len(content):
        found = _TOKEN.match(content, place)
        if found is None:
            raise Slip(content[place : place + 40])
        place = found.end()
        kind = found.lastgroup
        if kind == "open":
            depth.append(operands)
            operands = []
        elif kind == "close":
            if not depth:
                raise Slip(content[place - 40 : place])
            inner, operands = operands, depth.pop()
            operands.append(inner)
        elif kind == "operator":
            operator = found.group().decode()
            _check(operator, operands, nesting)
            yield operator, operands
            operands = []
        elif kind:
            operands.append(float(found.group()) if kind == "number" else found.group())
    if operands or depth or nesting:
        raise Slip(nesting)


def _check(operator: str, operands: list[Any], nesting: list[str]) -> None:
    letters = "".join(
        "n" if isinstance(each, float) else "[" if isinstance(each, list) else chr(each[0])
        for each in operands
    )
    if operator == "BDC":
        letters = letters.replace("[", "<")
    if _TAKES.get(operator) != letters:
        raise Slip((operator, operands))
    if operator == "TJ" and not all(isinstance(each, float | bytes) for each in operands[0]):
        raise Slip(operands)
    text = "BT" in nesting
    if (operator in ("Tm", "TJ", "Ts", "Tf", "ET")) != text and operator in (
        *("Tm", "TJ", "Ts", "Tf", "ET", "BT", "q", "Q", "cm", "Do", "m", "l", "S"),
    ):
        raise Slip((operator, nesting))
    if operator in ("BT", "q", "BMC", "BDC"):
        nesting.append(operator)
    opened = {"ET": ("BT",), "Q": ("q",), "EMC": ("BMC", "BDC")}.get(operator)
    if opened and nesting.pop() not in opened:
        raise Slip((operator, nesting))


def drawn(page: Page) -> list[tuple[str, list[Any]]]:
    return list(operations(zlib.decompress(page.content)))


def glyphs(show: str) -> list[tuple[str, str]]:
    """The font and the number of each glyph that `show` draws."""
    made, font = [], ""
    for operator, operands in operations(b"BT " + show.encode() + b"ET"):
        if operator == "Tf":
            font = operands[0][1:].decode()
        elif operator == "TJ":
            for each in operands[0]:
                if isinstance(each, bytes):
                    hexes = each[1:-1].decode()
                    made += [(font, hexes[i : i + 4]) for i in range(0, len(hexes), 4)]
    return made


def moves(show: str) -> float:
    """By how much all of `show` moves the pen besides the widths of glyphs, in thousandths."""
    return sum(
        each
        for operator, operands in operations(b"BT " + show.encode() + b"ET")
        if operator == "TJ"
        for each in operands[0]
        if isinstance(each, float)
    )


def places(page: Page) -> list[tuple[float, float]]:
    """Where each line of text begins: points from the bottom left."""
    found, moved = [], [0.0]
    for operator, operands in drawn(page):
        if operator == "q":
            moved.append(moved[-1])
        elif operator == "Q":
            moved.pop()
        elif operator == "cm":
            moved[-1] += operands[5]
        elif operator == "Tm":
            found.append((operands[4], operands[5] + moved[-1]))
    return found
