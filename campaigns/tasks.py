"""What happens to letters and accounts by the clock."""

from django.utils import timezone

from campaigns.services import admitting, daykeying, publishing, reporting
from worker import schedule


@schedule.every(minutes=1)
def close_due() -> None:
    """A letter whose time and grace are over is closed within a minute."""
    publishing.close_due(now=timezone.now())


@schedule.every(minutes=60)
def turn_day_keys() -> int:
    """Tomorrow's key of client networks is made, and last week's is gone."""
    return daykeying.turn(now=timezone.now())


@schedule.every(minutes=60)
def sweep_unverified() -> int:
    return admitting.sweep_unverified(now=timezone.now())


@schedule.daily(at="03:30")
def sweep_sessions() -> int:
    return admitting.sweep_sessions(now=timezone.now())


@schedule.daily(at="03:35")
def sweep_reporters() -> int:
    return reporting.sweep_addresses(now=timezone.now())
