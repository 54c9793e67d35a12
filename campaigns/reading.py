"""Pages that only show."""

from collections.abc import Callable
from typing import TypeVar

from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def read_only(view: View) -> View:
    """GET and HEAD; other methods are told so (405), where the check for forged forms, which has
    nothing to protect here, would speak of cookies first (403)."""
    return csrf_exempt(require_safe(view))
