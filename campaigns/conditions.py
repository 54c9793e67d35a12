"""What must hold before a process serves."""

from django.utils import timezone

from campaigns.services import recognising
from worker import starting


@starting.condition
def keys_fit() -> None:
    try:
        recognising.recognise(now=timezone.now())
    except recognising.Unfit as unfit:
        raise starting.Refused(unfit.reason) from None
