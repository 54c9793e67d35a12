"""The texts a letter has had, newest first, each with what changed from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from campaigns import caching, diffing
from campaigns.models import Letter, Revision

PAGE = 20
DAY = 24 * 3600

_LABELS: dict[str, str | Promise] = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "targets": gettext_lazy("To"),
    "sender": gettext_lazy("From"),
    "body": gettext_lazy("Text"),
    "closes": gettext_lazy("Closes"),
    "language": gettext_lazy("Language"),
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
        Step(new, between(letter, old, new) if old else None)
        for new, old in zip(shown, [*found[1:], None], strict=False)
    ]
    return History(steps, shown[-1].number if len(found) > PAGE else None)


def between(letter: Letter, old: Revision, new: Revision) -> Sequence[Labelled]:
    found: list[diffing.Change] = caching.remembered(
        f"changes:{old.sha256}:{new.sha256}:{get_language()}",
        lambda: diffing.changes(_fields(letter, old), _fields(letter, new)),
        seconds=DAY,
    )
    return [Labelled(_LABELS[one.field], one) for one in found]


def _fields(letter: Letter, revision: Revision) -> dict[str, diffing.Value]:
    closes = revision.closes_at
    return {
        "title": revision.title,
        "summary": revision.summary,
        "targets": [", ".join(filter(None, (t["name"], t["role"]))) for t in revision.targets],
        "sender": revision.sender,
        "body": revision.body,
        "closes": date_format(closes.astimezone(letter.tzinfo), "DATETIME_FORMAT")
        if closes
        else _("open end"),
        "language": revision.language,
    }
