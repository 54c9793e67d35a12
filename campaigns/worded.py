"""A letter's count with every word a counter says, in one language: so that its script has none."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from campaigns import bcp47, caching, growth, moments, palette
from campaigns.counted import counted
from campaigns.models import Letter

KINDS = ("zero", "one", "two", "few", "many", "other")  # of Intl.PluralRules
# A number for each kind that has a form of its own; all other kinds have that of "other".
_USUAL = {"one": 1, "other": 2}
PLURALS = {"en": _USUAL, "de": _USUAL, "fr": _USUAL}


def worded(letter: Letter, *, now: datetime, prefix: str) -> dict[str, Any]:
    """What `count.json` says, and what it takes to show it in the language that is active. `prefix`
    stands in front of addresses in that language."""
    place = f"{settings.SITE_URL}{prefix}{letter.get_absolute_url()}"
    accent = palette.or_default(letter.accent)
    return counted(letter, now=now) | {
        **spoken(),
        "titled": {"lang": letter.language, "dir": bcp47.direction(letter.language)},
        "words": _words(letter),
        "accent": [accent.light, accent.dark],
        "curve": _curve(letter, now),
        "sign": f"{place}#sign",
        "stream": f"{settings.LIVE_URL}{letter.get_absolute_url()}live/",
    }


def spoken() -> dict[str, Any]:
    """The language of the words, its direction, and which others there are."""
    language = get_language() or settings.LANGUAGE_CODE
    codes = [code for code, _name in settings.LANGUAGES]
    return {"lang": language, "dir": bcp47.direction(language), "languages": codes}


def _words(letter: Letter) -> dict[str, Any]:
    """By the state they say, or the place where they stand."""
    samples = PLURALS[get_language() or settings.LANGUAGE_CODE]
    numbers = {kind: samples.get(kind, samples["other"]) for kind in KINDS}
    return {
        "signatures": {kind: ngettext("signature", "signatures", n) for kind, n in numbers.items()},
        "of": _("of %(goal)s signatures") % {"goal": "{goal}"},
        "towards": _("Towards the goal"),
        "grown": _("How the number has grown since %(day)s") % {"day": _published(letter)},
        "said": _("Signatures: %(count)s") % {"count": "{count}"},
        "sign": _("Read and sign"),
        "read": _("Read it"),
        "open": settings.SITE_NAME,
        "upcoming": _("Signing has not begun"),
        "paused": _("Signing is paused"),
        "closed": _("This letter is closed"),
        "gone": _("This letter was taken down."),
        "form": _("Sign this letter"),
    }


def _published(letter: Letter) -> str:
    at = letter.published_at
    return date_format(moments.on_the_wall(at, letter.zone)) if at else ""


def _curve(letter: Letter, now: datetime) -> dict[str, str] | None:
    width, height = growth.WAVE
    grown = growth.of_letter(letter, now=caching.tick(now), width=width, height=height).curve
    if grown is None:
        return None
    return {"line": grown.line, "area": grown.area, "viewBox": f"0 0 {width} {height}"}
