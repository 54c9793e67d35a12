"""Which language a public page speaks, and which way a letter is written."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from campaigns.models import Letter

_LEFTWARD = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"}
_LEFTWARD_SCRIPTS = {"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"}


def page_language(request: HttpRequest, letter: Letter) -> str:
    """Activate the language of a letter's page: the address's, or else the letter's own if the
    pages exist in it."""
    if not getattr(request, "language_prefix", ""):
        spoken = [code for code, _ in settings.LANGUAGES]
        wanted = letter.language.lower()
        for code in (wanted, wanted.partition("-")[0]):
            if code in spoken:
                translation.activate(code)  # the middleware puts the former one back
                break
    return translation.get_language() or settings.LANGUAGE_CODE


def direction(tag: str) -> str:
    """`rtl` or `ltr` for a language tag."""
    first, *rest = tag.lower().split("-")
    scripts = {part for part in rest if len(part) == 4 and part.isalpha()}
    if scripts:
        return "rtl" if scripts & _LEFTWARD_SCRIPTS else "ltr"
    return "rtl" if first in _LEFTWARD else "ltr"
