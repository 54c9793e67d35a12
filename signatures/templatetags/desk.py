"""Numbers of signatures for the organisers' pages, which know only letters."""

from django import template

from campaigns.models import Letter
from signatures.models import Signature

register = template.Library()


@register.simple_tag
def pending_signatures(letter: Letter) -> int:
    """How many have signed and not yet pressed the button in their mail."""
    return Signature.objects.filter(letter=letter, state=Signature.State.PENDING).count()
