"""Which language a public page speaks."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from campaigns.models import Letter


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
