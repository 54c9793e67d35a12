"""What a clock on a wall shows, as a moment the whole world agrees on."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

YEARS = range(2000, 2101)


class NoSuchTime(ValueError):
    """No clock in the zone ever shows this; `reason` is safe to show."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(str(reason))
        self.reason = reason


@cache
def zones() -> frozenset[str]:
    """The names of the IANA time zone database (BCP 175) this machine knows."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def moment(local: datetime, zone: str, *, last: bool = False) -> datetime:
    """The moment, in UTC, at which a clock in `zone` shows `local` (which carries no zone).

    When clocks go back they show an hour twice: the first is meant, or the `last` where asked for.
    Raises NoSuchTime for an hour they skip, an unknown zone and a year far away.
    """
    if zone not in zones():
        raise NoSuchTime(_("This time zone isn’t known. Choose one like Europe/Berlin."))
    if local.year not in YEARS:
        raise NoSuchTime(_("Give a year between 2000 and 2100."))
    there = ZoneInfo(zone)
    found = local.replace(tzinfo=there, fold=int(last)).astimezone(UTC)
    if found.astimezone(there).replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise NoSuchTime(_("Clocks skip that time on that day. Choose an hour earlier or later."))
    return found


def on_the_wall(moment: datetime, zone: str) -> datetime:
    """What a clock in `zone` shows at a moment: a time without a zone, to the second."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0, fold=0)
