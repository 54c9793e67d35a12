"""The texts a letter has had, newest first, each with what changed from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from campaigns import caching, diffing
from campaigns.models import Letter, Revision
from campaigns.services.canonical import NAMES, parts

PAGE = 20
DAY = 24 * 3600

# By the name each line has in what is signed.
_LABELS: dict[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "to": gettext_lazy("To"),
    "from": gettext_lazy("From"),
    "text": gettext_lazy("Text"),
    "closes": gettext_lazy("Closes"),
    "language": gettext_lazy("Language"),
    "signatures per mailbox": gettext_lazy("People per mailbox"),
    NAMES: gettext_lazy("Names of signers"),
}


@dataclass(frozen=True)
class Labelled:
    label: str | Promise
    change: diffing.Change


@dataclass(frozen=True)
class Step:
    """One revision; `changes` is None for the first."""

    revision: Revision
    changes: Sequence[Labelled] | None


@dataclass(frozen=True)
class History:
    steps: Sequence[Step]
    older: int | None  # the revision the next page begins before


def history(letter: Letter, *, before: int | None) -> History:
    rows = Revision.objects.filter(letter=letter).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    # One more than is shown: the last one shown is compared with it.
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    steps = [
        Step(new, between(old, new) if old else None)
        for new, old in zip(shown, [*found[1:], None], strict=False)
    ]
    return History(steps, shown[-1].number if len(found) > PAGE else None)


def between(old: Revision, new: Revision) -> Sequence[Labelled]:
    """What differs in what is signed; nothing where only the secret behind a rule did."""
    found: list[diffing.Change] = caching.remembered(
        f"changes:{old.sha256}:{new.sha256}:{get_language()}",
        lambda: diffing.changes(_fields(old), _fields(new)),
        seconds=DAY,
    )
    return [Labelled(_LABELS[one.field], one) for one in found]


def _fields(revision: Revision) -> dict[str, diffing.Value]:
    said = parts(revision.canonical)
    said["closes"] = _closing(revision, str(said["closes"]))
    return {name: said[name] for name in _LABELS if name in said}


def _closing(revision: Revision, said: str) -> str:
    zone = said.partition(" ")[2]
    if revision.closes_at is None:
        return _("open end")
    shown = revision.closes_at.astimezone(ZoneInfo(zone))
    return f"{date_format(shown, 'DATETIME_FORMAT')} ({zone})"
