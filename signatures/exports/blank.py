"""The blank sheet for signatures by hand: a page to print, on a printer without colours."""

import html
import re
from math import ceil
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

from campaigns import bcp47
from signatures.exports import fitting, wording
from signatures.exports.codes import code
from signatures.exports.document import Document

_SIZES = ((40, "large", 44, 8.2), (110, "medium", 58, 6.2))  # letters, and of a line; millimetres
_SMALL = ("small", 74, 5.0)
_EXCERPT = 300  # letters
# Millimetres: what the rows leave to the rest, the head apart; the least room to write in.
_REST, _CODE, _LEAST, _MOST = 69.0, 37.0, 11.0, 12.4
_ROWS = 15


def sheet(document: Document) -> str:
    """One page of A4: as many rows as its head leaves room for, fifteen at most."""
    spoken = wording.words(document.language)
    with translation.override(spoken):
        return render_to_string("exports/sheet.html", _context(document, spoken))


def _context(document: Document, spoken: str) -> dict[str, Any]:
    named, others = wording.addressees(document, room=160)
    beginning = document.summary or _plain(document.body_html)
    excerpt = fitting.excerpt(beginning, _EXCERPT)
    wide = fitting.width(document.title)
    found = ((size, line, high) for limit, size, line, high in _SIZES if wide <= limit)
    size, a_line, high = next(found, _SMALL)
    to = sum(len(name) + len(role) + 4 for name, role in named) + 20
    head = (
        ceil(wide / a_line) * high
        + ceil(to / 78) * 4.6
        + ceil(fitting.width(excerpt) / 82) * 4.6
        + ceil((len(document.sender) + 40) / 90) * 4
        + ceil(len(document.url) / 80) * 4
        + 6
    )
    room = 297 - _REST - max(head, _CODE)
    rows = min(_ROWS, int(room / _LEAST))
    return {
        "document": document,
        "stamp": wording.stamp(document),
        "spoken": spoken,
        "dir": bcp47.direction(document.language),
        "spoken_dir": bcp47.direction(spoken),
        "han": wording.han(document.language),
        "named": named,
        "others": others,
        "size": size,
        "summary": excerpt,
        "qr": code(document.url),
        "address": re.sub("^https?://", "", document.url).rstrip("/"),
        "lines": range(1, rows + 1),
        "height": round(min(_MOST, room / rows), 2),
    }


def _plain(text: str) -> str:
    return html.unescape(strip_tags(text.replace("<", " <")))
