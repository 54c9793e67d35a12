"""Signatures and deliveries for the organisers' pages, which know only letters."""

from collections.abc import Sequence

from django import template

from campaigns.models import Letter
from signatures import places
from signatures.models import Delivery
from signatures.services import funnelling
from signatures.services.funnelling import Passage

register = template.Library()
LATEST = 5  # deliveries


@register.simple_tag
def funnel(letter: Letter) -> Passage | None:
    """How far people come between the form and the button; not while that could tell who signed."""
    return None if funnelling.could_tell(letter) else funnelling.funnel_of(letter)


@register.simple_tag
def handed_over(letter: Letter) -> Sequence[Delivery]:
    """The latest deliveries that count."""
    rows = Delivery.objects.filter(letter=letter, struck_at__isnull=True)
    return list(rows.order_by("-delivered_at")[:LATEST])


@register.simple_tag
def came_from(letter: Letter) -> places.Places:
    """The places whose links led most people to sign."""
    return places.of(letter)
