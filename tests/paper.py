"""Documents to print in tests, and what can be read back from the paper."""

import datetime as dt
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.utils.safestring import mark_safe

from signatures.exports import pdf
from signatures.exports.document import Checkpoint, Document, Row

DAY = dt.date(2026, 11, 3)
LIMITS = pdf.Limits(memory=2_000_000_000, seconds=60)
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # pdftotext adds them


def document(**changes: Any) -> Document:
    given: dict[str, Any] = {
        "title": "Give the Aller its water back",
        "body_html": "<p>Dear Minister,</p><p>The Aller runs dry.</p>",
        "language": "en",
        "targets": (("Marta Velander", "Minister for Water"),),
        "sender": "Friends of the Aller",
        "accent": "#0b5563",
        "count": 1,
        "revision": 2,
        "revision_sha256": "9f49" * 16,
        "snapshot": dt.datetime(2026, 11, 20, 9, 14, tzinfo=dt.UTC),
        "url": "https://letters.example.org/letters/aller/",
        "first_signed_on": DAY,
        "last_signed_on": dt.date(2026, 11, 20),
        "opened_on": DAY,
        "curve": (0, 2, 5, 6, 12),
    }
    given |= changes
    return Document(**{**given, "body_html": mark_safe(given["body_html"])})


def checkpoint(**changes: Any) -> Checkpoint:
    """A state of a log whose totals are those of ten who signed."""
    given: dict[str, Any] = {
        "origin": "letters.example.org/log",
        "size": 61_402,
        "root": "AVFMtPNP3do1YbQ5ZvUJJ0MNBcLsj0psMLATm1A4qkc=",
        "index": 61_388,
        "signed": 10,
        "withdrawn": 2,
        "invalidated": 1,
        "witnesses": (
            ("witness1.example.org/w", dt.datetime(2026, 11, 20, 9, 13, 50, tzinfo=dt.UTC)),
        ),
        "wanted": 2,
        "check": "https://letters.example.org/verify/",
        "note": b"a checkpoint\n",
        "proof": b"a proof\n",
        "policy": b"quorum none\n",
    }
    return Checkpoint(**{**given, **changes})


def row(name: str, **changes: Any) -> Row:
    given: dict[str, Any] = {"position": 1, "name": name, "signed_on": DAY}
    return Row(**{**given, **changes})


def printed(
    folder: Path,
    rows: Iterable[Row] = (),
    *,
    limits: pdf.Limits = LIMITS,
    name: str = "letter.pdf",
    **changes: Any,
) -> Path:
    out = folder / name
    pdf.write(document(**changes), iter(rows), out, progress=lambda done: None, limits=limits)
    return out


def words(html: str) -> str:
    """What a reader sees of a page of HTML, in one line."""
    body = html.partition("<body")[2]
    return " ".join(re.sub("<[^>]*>", " ", body).replace("\xa0", " ").split())


def text(path: Path, *options: str) -> str:
    """What a reader's copy and paste gives, page by page parted by form feeds."""
    command = ["pdftotext", "-enc", "UTF-8", *options, str(path), "-"]
    given = subprocess.run(command, capture_output=True, check=True)
    return _MARKS.sub("", given.stdout.decode()).replace("\xa0", " ")


def text_boxes(folder: Path, name: str = "letter.pdf") -> str:
    """Every word with its box, as XHTML; lengths in points from the top left."""
    command = ["pdftotext", "-bbox", str(folder / name), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()
