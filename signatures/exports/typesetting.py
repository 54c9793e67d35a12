"""A document in the words, dates and numbers of its language: what the press is given to set."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.translation import gettext
from django_countries import countries

from campaigns import bcp47
from campaigns.embeds import curve
from signatures.exports.document import Document, Row

_WAVE = (210.0, 74.0)  # millimetres
_HAN = {"JP": "ja", "KR": "ko", "TW": "tc", "HK": "tc", "MO": "tc", "CN": "sc", "SG": "sc"}
_HAN_OF = {"ja": "ja", "ko": "ko", "zh-hant": "tc", "zh-tw": "tc", "zh-hk": "tc"}
_HEX = re.compile("#[0-9a-fA-F]{6}")
_ACCENT = "#0b5563"
# Up to how many letters a title is set how large, and how many of them a line of it holds.
_SIZES = ((48, "huge", 27), (90, "large", 34), (170, "medium", 43), (320, "small", 56))
_KINDS = ("name", "place")


def words(language: str) -> str:
    """The language of everything we print around a letter: its own if we speak it."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def job(document: Document) -> dict[str, Any]:
    """What the press needs besides the rows; see setting.write."""
    spoken = words(document.language)
    size, balance = _cover(document.title)
    with translation.override(spoken):
        context = {
            "document": document,
            "accent": document.accent if _HEX.fullmatch(document.accent) else _ACCENT,
            "spoken": spoken,
            "dir": bcp47.direction(document.language),
            "spoken_dir": bcp47.direction(spoken),
            "size": size,
            "balance": balance,
            "wave": curve.path(list(enumerate(document.curve)), *_WAVE),
            "since": _since(document, spoken),
            "first": _long(document.first_signed_on, spoken),
            "last": _long(document.last_signed_on, spoken),
            "opened": _long(document.opened_on, spoken),
            "closed": _long(document.closed_on, spoken),
            "counted": f"{_long(document.snapshot.date(), spoken)}, {document.snapshot:%H:%M} UTC",
            "confirmed": document.count + document.withdrawn_count + document.invalidated_count,
            "han": _han(document.language),
            "kinds": _KINDS,
            "directions": ("ltr", "rtl"),
            "hans": ("sc", "tc", "ja", "ko"),
        }
        return {
            "html": render_to_string("exports/letter.html", context),
            "samples": render_to_string("exports/samples.html", context),
            "title": " ".join(document.title.split()),
            "heading": gettext("Signatories"),
            "lead": _lead(document),
            "head": _head(),
            "page": gettext("Page {page} of {total}"),
            "rtl": bcp47.is_rtl(document.language),
        }


def _head() -> list[str]:
    return [gettext("No."), gettext("Name"), gettext("Affiliation and place"), gettext("Signed")]


def rows(document: Document, given: Iterable[Row]) -> Iterator[list[tuple[str, str, str]]]:
    """The cells of each row, as the press takes them: kind of style, text, shapes of Han."""
    spoken = words(document.language)
    here = _han(document.language)
    with translation.override(spoken):
        withheld = gettext("name withheld")

    @cache
    def signed(on: date) -> str:
        with translation.override(spoken):
            return _short(on, spoken)

    @cache
    def country(code: str) -> str:
        with translation.override(spoken):
            return str(countries.name(code) or code)

    for row in given:
        own = _HAN.get(row.country.upper(), here)
        number = ("number", str(row.position), "")
        if row.withheld:
            name, place = ("withheld", withheld, ""), ("place", "", here)
        else:
            name = ("name", row.name, own)
            place = ("place", _place(row, country(row.country)), own)
        yield [number, name, place, ("date", signed(row.signed_on), "")]


def _place(row: Row, country: str) -> str:
    """Title and affiliation, then where: each isolated, so that directions don't mix."""
    parts = [part for part in (row.title, row.affiliation, row.place, country) if part]
    if len(parts) > 1 and not all(part.isascii() for part in parts):
        parts = [f"\u2068{part}\u2069" if _right(part) else part for part in parts]
    return ", ".join(parts)


def _right(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _lead(document: Document) -> str:
    if not document.count:
        return gettext("Nobody has signed yet.")
    if document.sort == "name":
        return gettext("By name. The first column counts the lines of this list.")
    return gettext(
        "By day of signing, by name within a day. The first column counts the lines of this list."
    )


def _cover(title: str) -> tuple[str, int]:
    """How large a title is set, and how wide (per cent) so that its lines are about as long.

    Large for a line or two, smaller the longer it is: it always stays on the cover.
    """
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in title)
    size, a_line = next(
        ((size, a_line) for limit, size, a_line in _SIZES if width <= limit), ("least", 75)
    )
    lines = -(-width // a_line)
    return size, 100 if lines == 1 else min(100, round(100 * width / lines / a_line * 1.15) + 4)


def _since(document: Document, spoken: str) -> str:
    """The first day without its year where the last day's says it."""
    first, last = document.first_signed_on, document.last_signed_on
    if first is None or last is None or first.year != last.year:
        return _long(first, spoken)
    return _day(first, "j F" if spoken.startswith("en") else "MONTH_DAY_FORMAT")


def _han(language: str) -> str:
    tag = language.lower().replace("_", "-")
    return _HAN_OF.get(tag) or _HAN_OF.get(tag.split("-")[0], "sc")


def _long(day: date | None, spoken: str) -> str:
    if day is None:
        return ""
    return _day(day, "j F Y" if spoken.startswith("en") else "DATE_FORMAT")


def _short(day: date, spoken: str) -> str:
    return _day(day, "j M Y" if spoken.startswith("en") else "SHORT_DATE_FORMAT")


def _day(day: date, form: str) -> str:
    """A date is never broken between lines."""
    return formats.date_format(day, form).replace(" ", "\xa0")
