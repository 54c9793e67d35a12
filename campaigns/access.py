"""The only way to a private letter: asked for by its organiser, or not there at all."""

from typing import Any

from django.http import Http404

from campaigns.models import Letter


def letter_for(user: Any, slug: str) -> Letter:
    """The organiser's own letter; 404 for everybody else, as if it did not exist."""
    try:
        return Letter.objects.run_by(user).for_page().get(slug=slug)
    except Letter.DoesNotExist:
        raise Http404 from None


def public_letter(slug: str) -> Letter:
    """A published letter, taken down ones included: their page says why."""
    try:
        return Letter.objects.published().for_page().get(slug=slug)
    except Letter.DoesNotExist:
        raise Http404 from None
