"""Where a published letter stands for its readers, in time and by its organiser's word."""

from datetime import datetime
from enum import StrEnum

from campaigns.models import Letter


class Phase(StrEnum):
    UPCOMING = "upcoming"  # published, its form opens later
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"  # by its organiser, or its time is over (links sent before may still count)


def phase(letter: Letter, now: datetime) -> Phase:
    """Of a published letter; taking down is another matter."""
    over = letter.closes_at is not None and letter.closes_at <= now
    if over or letter.state == Letter.State.CLOSED:
        return Phase.CLOSED
    if letter.state == Letter.State.PAUSED:
        return Phase.PAUSED
    if letter.opens_at is not None and now < letter.opens_at:
        return Phase.UPCOMING
    return Phase.OPEN
