"""How far a file is, as a person would say it: its place in the queue, its pace, what is left."""

from datetime import datetime

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.formats import number_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signatures.models import Export

State = Export.State
WARM = 2.0  # seconds before a pace means anything
SOON = 10  # seconds that aren't worth counting
MINUTE, HOUR, DAY = 60, 3600, 86_400


def in_words(export: Export, *, place: int, now: datetime) -> str:
    """ "2nd in the queue", or "1,200 of 10,000, 850 a second, about 10 seconds left"."""
    if export.state == State.QUEUED:
        if not place:
            return _("queued")
        # French writes the letters of an ordinal in markup, and this is text.
        return _("{place} in the queue").format(place=strip_tags(str(ordinal(place))))
    if export.state == State.RUNNING:
        return _running(export, now)
    return export.reason or str(export.get_state_display())


def _running(export: Export, now: datetime) -> str:
    if not export.total:
        return _("beginning")
    said = _("{done} of {total}").format(done=_number(export.done), total=_number(export.total))
    if export.done >= export.total:
        finishing = _("finishing")
        return f"{said}, {finishing}"
    passed = (now - export.started_at).total_seconds() if export.started_at else 0.0
    if passed < WARM or not export.done:
        return said
    pace = export.done / passed
    each = _("{number} a second").format(number=_number(max(1, round(pace))))
    return f"{said}, {each}, {_left((export.total - export.done) / pace)}"


def _left(seconds: float) -> str:
    if seconds <= SOON:
        return _("a few seconds left")
    if seconds <= MINUTE - 10:
        tens = -(-int(seconds) // 10) * 10
        return ngettext("about {n} second left", "about {n} seconds left", tens).format(n=tens)
    if seconds < HOUR:
        minutes = max(1, round(seconds / MINUTE))
        return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(
            n=minutes
        )
    if seconds > DAY:
        return _("more than a day left")
    hours = round(seconds / HOUR)
    return ngettext("about {n} hour left", "about {n} hours left", hours).format(n=hours)


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
