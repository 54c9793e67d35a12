"""Languages by their tags (BCP 47): well-formed or not, their own names, which way they run."""

import re
from typing import Literal

from django.conf.locale import LANG_INFO
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LIMIT = 20  # characters; room for language, script, region and a variant

# RFC 5646 section 2.1 without extensions, private use and what it keeps for old tags only.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.ASCII | re.IGNORECASE,
)

# Most letters are written in one of these; any other is typed as its tag.
COMMON = (
    *("ar", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa"),
    *("fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "km"),
    *("ko", "lb", "lt", "lv", "mk", "mn", "mr", "ms", "my", "nb", "ne", "nl", "nn", "pa", "pl"),
    *("pt", "pt-BR", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr"),
    *("uk", "ur", "uz", "vi", "zh-Hans", "zh-Hant"),
)

# Where Django's list has the English name, or a capital letter would be wrong.
_NAMED_HERE = {
    "eu": "Euskara",
    "ka": "ქართული",
    "km": "ភាសាខ្មែរ",
    "mn": "Монгол",
    "pa": "ਪੰਜਾਬੀ",
}

# Languages usually written from right to left, and the scripts that are, whatever the language.
_LEFTWARD = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}
_LEFTWARD_SCRIPTS = {"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"}


class NotALanguage(ValueError):
    """It isn't a well-formed language tag; `reason` is safe to show."""

    reason: Promise = _("Write a language as its tag, like de, pt-BR or zh-Hant.")

    def __init__(self) -> None:
        super().__init__("not a language tag")


def tag(text: str) -> str:
    """The tag in its usual case (RFC 5646, 2.1.1): `PT-br` is `pt-BR`. Raises NotALanguage."""
    found = _TAG.fullmatch(text.strip())
    if found is None or len(found[0]) > LIMIT:
        raise NotALanguage
    script, region = found["script"], found["region"]
    return (
        found["language"].lower()
        + (f"-{script.title()}" if script else "")
        + (f"-{region.upper()}" if region else "")
        + found["variants"].lower()
    )


def own_name(tag: str) -> str:
    """What its speakers call it, or the tag where that isn't known."""
    if tag in _NAMED_HERE:
        return _NAMED_HERE[tag]
    name = str(LANG_INFO.get(tag.lower(), {}).get("name_local", ""))
    return name[:1].upper() + name[1:] if name else tag


def is_rtl(tag: str) -> bool:
    """Whether it is written from right to left; a script in the tag (`ku-Arab`) decides."""
    first, *rest = tag.lower().split("-")
    scripts = {part for part in rest if len(part) == 4 and part.isalpha()}
    return bool(scripts & _LEFTWARD_SCRIPTS) if scripts else first in _LEFTWARD


def direction(tag: str) -> Literal["ltr", "rtl"]:
    """The same, as HTML's `dir` says it."""
    return "rtl" if is_rtl(tag) else "ltr"
