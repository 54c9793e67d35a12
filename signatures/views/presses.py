"""The buttons of a signer's own page: what stands on each is what is kept of its pressing."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from signatures.services.consenting import Said

PRESSES: dict[str, Promise | str] = {
    "show": _("Show my name"),
    "hide": _("Withhold my name"),
    "start": _("Send me news of this letter"),
    "stop": _("Send me no more news"),
    "sign": _("Sign the new text"),
}


def said(press: str) -> Said:
    """The words of that button as they stood on the page that was just answered."""
    return Said(str(PRESSES[press]), get_language() or settings.LANGUAGE_CODE)
