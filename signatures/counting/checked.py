"""When a letter's number was last compared with the log, said as exactly as it is so.

The line under every number: one query, and the newest checkpoint from its file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from django.db.models import Subquery
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns.models import Letter
from signatures.counting.totals import Totals
from signatures.models import Head, Published
from signatures.proof import standing, stopped

TOTALS = Totals._fields
SECONDS = "{seconds}"  # stands in what is said, for pages that count them


class State(StrEnum):
    CHECKED = "checked"
    WAITING = "waiting"  # the newest entries are in no checkpoint yet
    BEHIND = "behind"  # some were counted before the log was, and are being entered
    LATE = "late"  # nothing has looked for a while
    STOPPED = "stopped"  # the log stands still
    NEVER = "never"


@dataclass(frozen=True)
class Checked:
    """A letter's number and the log's. `last` is the index of the letter's newest entry."""

    state: State
    at: datetime | None
    because: str
    last: int | None
    entered: int  # signed, as the log has it
    missing: int  # signed, and not in the log
    closed: bool
    seconds: int = 0  # since `at`


def look(letter: Letter, *, now: datetime) -> Checked:
    """How far the log has come with this letter's number."""
    row = _row(letter)
    size = _size()
    at, because, last = row["checked"], row["frozen"] or "", row["chain__last"]
    entered = row["chain__signed"] or 0
    # A batch that came between the query for the page's number and this one is not missing.
    moved = letter.tally.signed != row["tally__signed"]
    return Checked(
        state=_state(
            at=at,
            because=because,
            reached=last is not None and last < size and not moved,
            agree=all(row[f"tally__{one}"] == (row[f"chain__{one}"] or 0) for one in TOTALS),
            now=now,
        ),
        at=at,
        because=because,
        last=last,
        entered=entered,
        missing=max(0, row["tally__signed"] - entered),
        closed=bool(row["chain__closed"]),
        seconds=whole(now - at) if at else 0,
    )


def said(checked: Checked, letter: Letter, *, now: datetime) -> str:
    """The line, in the language of the page; `SECONDS` stands where they are to be counted."""
    match checked.state:
        case State.CHECKED:
            return _("Checked {seconds} s ago")
        case State.WAITING:
            return waiting()
        case State.BEHIND:
            number = number_format(checked.missing, use_l10n=True, force_grouping=True)
            return _("Checked {seconds} s ago; {count} still being entered").replace(
                "{count}", number
            )
        case State.STOPPED:
            return _stopped(checked, letter, now)
        case State.LATE:
            assert checked.at is not None
            since = clock(checked.at, letter, now)
            return _("Not checked since {time}: nothing has looked since").format(time=since)
    return _("Not checked yet")


def waiting() -> str:
    """What is said of a number that has moved since the last checkpoint."""
    return _("Checked {seconds} s ago, the newest to follow")


def line(letter: Letter, *, now: datetime) -> dict[str, Any]:
    """What the template `letters/checked_line.html` needs."""
    found = look(letter, now=now)
    words = said(found, letter, now=now)
    return {
        "checked": found,
        "checked_said": words,
        "checked_now": words.replace(SECONDS, str(found.seconds)),
        "checked_waiting": waiting(),
    }


def clock(at: datetime, letter: Letter, now: datetime) -> str:
    """The time in the letter's zone; with its day unless that is today."""
    here, today = at.astimezone(letter.tzinfo), now.astimezone(letter.tzinfo).date()
    return date_format(here, "TIME_FORMAT" if here.date() == today else "DATETIME_FORMAT")


def whole(ago: timedelta) -> int:
    """Seconds, one at least: nothing was checked at the very moment it is read."""
    return max(1, ceil(ago.total_seconds()))


def _stopped(checked: Checked, letter: Letter, now: datetime) -> str:
    why = stopped.briefly(checked.because)
    if checked.at is None:
        return _("Not checked: the log stands still because {why}").format(why=why)
    since = clock(checked.at, letter, now)
    return _("Not checked since {time}: the log stands still because {why}").format(
        time=since, why=why
    )


def _state(
    *, at: datetime | None, because: str, reached: bool, agree: bool, now: datetime
) -> State:
    if because:
        return State.STOPPED
    if at is None:
        return State.NEVER
    if now - at > standing.late():
        return State.LATE
    if not agree:
        return State.BEHIND
    return State.CHECKED if reached else State.WAITING


def _row(letter: Letter) -> dict[str, Any]:
    checked = Published.objects.filter(pk=1).values("checked_at")
    frozen = Head.objects.filter(pk=1).values("frozen_because")
    totals = [f"{of}__{one}" for of in ("tally", "chain") for one in TOTALS]
    row: dict[str, Any] = (
        Letter.objects.filter(pk=letter.pk)
        .annotate(checked=Subquery(checked), frozen=Subquery(frozen))
        .values("checked", "frozen", "chain__last", "chain__closed", *totals)
        .get()
    )
    return row


def _size() -> int:
    newest = standing.newest()
    return newest[0].size if newest else 0


__all__ = ["SECONDS", "Checked", "State", "line", "look", "said", "waiting"]
