"""What the press is given to set, in the words of the letter's language or the nearest we speak."""

import re
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext

from campaigns import bcp47
from campaigns.embeds import curve
from signatures.exports import fitting, logged, measures, wording
from signatures.exports.blank import sheet
from signatures.exports.document import Attached, Document
from signatures.exports.entries import rows

__all__ = ["job", "method", "rows", "sheet"]

_WAVE = (210.0, 74.0)  # millimetres
_HEX = re.compile("#[0-9a-fA-F]{6}")
_ACCENT = "#0b5563"
# Letters on the page of method up to which it is set how tightly: it is one page.
_FITS = ((2550, "roomy"), (2900, "tight"))


def job(document: Document) -> dict[str, Any]:
    """Cover and letter, the styles of the list, and every word the press prints around it."""
    spoken, rtl = wording.words(document.language), bcp47.is_rtl(document.language)
    with translation.override(spoken):
        context = _around(document, spoken)
        return {
            "html": render_to_string("exports/letter.html", context | _cover(document, spoken)),
            "samples": render_to_string("exports/samples.html", context | _SAMPLES),
            "title": " ".join(document.title.split()),
            "language": document.language,
            "spoken": spoken,  # the language of all words but the letter's
            "cover": gettext("Cover"),  # what the page without a number is called
            "heading": gettext("Signatories"),
            "lead": wording.lead(document),
            "label": gettext("Signatories"),
            "page": gettext("Page {page} of {total}"),
            "rtl": rtl,
            "layout": document.layout,
            "columns": [column.told(rtl=rtl) for column in measures.columns(document)],
        }


def method(document: Document, attached: Attached | None = None) -> str:
    """How the number was made, with what is known only after the list, and how to check it.

    A page each; the second only where the log has something to show.
    """
    spoken = wording.words(document.language)
    with translation.override(spoken):
        context = _around(document, spoken) | {
            "attached": attached,
            "confirmed": document.totals.signed,
            "opened": wording.day(document.opened_on, spoken),
            "closed": wording.day(document.closed_on, spoken),
        }
        alone = context | {"fit": "", "log": document.checkpoint}
        page = render_to_string("exports/method.html", alone)
        context |= logged.context(document, spoken)
        letters = fitting.width(" ".join(strip_tags(page.partition("<body")[2]).split()))
        fit = next((fit for limit, fit in _FITS if letters <= limit), "tightest")
        return render_to_string("exports/method.html", context | {"fit": fit})


_SAMPLES = {
    "kinds": ("name", "place", "comment", "run-name", "run-place"),
    "directions": ("ltr", "rtl"),
    "hans": ("sc", "tc", "ja", "ko"),
}


def _around(document: Document, spoken: str) -> dict[str, Any]:
    """What every page needs: who says what in which language, and when."""
    snapshot = document.snapshot
    published = document.revision_published_at
    return {
        "document": document,
        "accent": document.accent if _HEX.fullmatch(document.accent) else _ACCENT,
        "stamp": wording.stamp(document),
        "spoken": spoken,
        "dir": bcp47.direction(document.language),
        "spoken_dir": bcp47.direction(spoken),
        "han": wording.han(document.language),
        "since": wording.since(document, spoken),
        "first": wording.day(document.first_signed_on, spoken),
        "last": wording.day(document.last_signed_on, spoken),
        "counted": f"{wording.day(snapshot.date(), spoken)}, {snapshot:%H:%M} UTC",
        "published": wording.day(published.date() if published else None, spoken),
        "volume": wording.volume(document),
        "held": wording.held(document),
        "commented": "comment" in measures.printed(document),
    }


def _cover(document: Document, spoken: str) -> dict[str, Any]:
    size, lines = fitting.title(document.title)
    named, others = wording.addressees(document, room=300)
    drawn = document.count and len(set(document.curve)) > 1
    return {
        "size": size,
        "lines": lines,
        "named": named,
        "others": others,
        "everyone": document.targets,
        "dated": wording.day(document.snapshot.date(), spoken),
        "wave": curve.path(list(enumerate(document.curve)), *_WAVE) if drawn else None,
    }
