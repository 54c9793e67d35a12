"""Pages that only show."""

from collections.abc import Callable

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]


def read_only(view: View) -> View:
    """GET and HEAD; other methods are told so (405), where the check for forged forms, which has
    nothing to protect here, would speak of cookies first (403)."""
    checked: View = csrf_exempt(require_safe(view))
    return checked
