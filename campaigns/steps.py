"""What an organiser does next with a letter, in a sentence."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns.counted import aimed
from campaigns.models import Letter
from campaigns.models.letter import GRACE
from campaigns.phases import Phase, phase

FEW = 25  # below it a letter still needs its first circle
SOON = timedelta(days=3)


def next_step(letter: Letter, *, lacking: Sequence[str], now: datetime) -> str:
    """`lacking` is what `publishing.lacking` says of a draft."""
    if letter.is_taken_down:
        return _("Taken down: {reason}").format(reason=letter.taken_down_because)
    if letter.state == Letter.State.DRAFT:
        return lacking[0] if lacking else _("Look at it as readers will see it, then publish it.")
    if letter.state == Letter.State.REVIEW:
        return _("It waits for review. It opens when staff have read it.")
    if letter.state == Letter.State.CLOSED:
        return _("Closed for good. Export the signatures and hand the letter over.")
    where = phase(letter, now)
    if where == Phase.CLOSED and letter.closes_at is not None:
        return _("The form has shut. Links already sent work until {time}.").format(
            time=_local(letter, letter.closes_at + GRACE)
        )
    if where == Phase.PAUSED:
        return _("Nobody can sign while it is paused. Resume it when you are ready.")
    if where == Phase.UPCOMING and letter.opens_at is not None:
        return _("It opens for signatures on {time}.").format(time=_local(letter, letter.opens_at))
    return _while_open(letter, now)


def _while_open(letter: Letter, now: datetime) -> str:
    count = letter.tally.count
    if letter.closes_at is not None and letter.closes_at - now < SOON:
        return _("It closes on {time}. Say so where you share it.").format(
            time=_local(letter, letter.closes_at)
        )
    aim = aimed(letter, now=now)
    if aim.goal and aim.reached:
        return _(
            "Goal of {reached} reached: thank people. {count} more reach the next one."
        ).format(reached=number_format(aim.reached), count=number_format(aim.goal - count))
    if count < FEW:
        return _("Send its address to people you know: the first signatures bring the next.")
    if not aim.goal:
        return _("Set a goal, so that readers see what their signature moves.")
    return _("{count} more reach the goal.").format(count=number_format(aim.goal - count))


def _local(letter: Letter, moment: datetime) -> str:
    return date_format(moment.astimezone(letter.tzinfo), "DATETIME_FORMAT")
