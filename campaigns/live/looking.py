"""What the database says of the letters somebody listens to."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import close_old_connections
from django.utils import timezone

from campaigns import counted
from campaigns.known import Known
from campaigns.live import frames
from campaigns.live.frames import Frame
from campaigns.models import Letter

CHUNK = 500  # letters in one query
MARKS = ("tally__moved_at", "state", "taken_down_at", "goal")

Marks = tuple[Any, ...]
_marks = attrgetter(*(name.replace("__", ".") for name in MARKS))


@dataclass(frozen=True, slots=True)
class Told:
    """A published letter: its frame, or why it was taken down. `marks` move when it does."""

    frame: Frame | None
    marks: Marks
    because: str = ""


class Looker:
    """Belongs to one thread, whose database connection it uses."""

    def __init__(self) -> None:
        self._known = Known()

    def look(
        self, asked: Collection[str], heard: Mapping[str, Marks], *, whole: bool
    ) -> dict[str, Told | None]:
        """All that were `asked` for, and of those `heard` what has moved since, or with `whole`
        all of them. None: there is no such letter."""
        close_old_connections()
        try:
            found: dict[str, Told | None] = dict.fromkeys(asked)
            wanted = {slug for slug in asked if slug in self._known}
            wanted |= set(heard) if whole else set(self._moved(heard))
            found |= dict.fromkeys(wanted)
            found |= self._told(wanted)
            return found
        finally:
            close_old_connections()

    def _moved(self, heard: Mapping[str, Marks]) -> Iterator[str]:
        """Compared with what we saw last, not by a clock: clocks differ, and commits come late."""
        for slugs in _chunks(heard):
            rows = Letter.objects.published().filter(slug__in=slugs).order_by()
            now = {slug: marks for slug, *marks in rows.values_list("slug", *MARKS)}
            yield from (slug for slug in slugs if tuple(now.get(slug, ())) != heard[slug])

    def _told(self, wanted: Collection[str]) -> Iterator[tuple[str, Told]]:
        now = timezone.now()
        for slugs in _chunks(wanted):
            rows = Letter.objects.published().filter(slug__in=slugs).order_by()
            for letter in rows.select_related("tally").defer("body"):
                yield letter.slug, _of(letter, now)


def _of(letter: Letter, now: datetime) -> Told:
    marks = _marks(letter)
    if letter.is_taken_down:
        return Told(None, marks, letter.taken_down_because)
    data = counted.as_json(letter, now=now)
    return Told(frames.count(letter.tally.count, data), marks)


def _chunks(slugs: Collection[str]) -> Iterator[list[str]]:
    rest = iter(slugs)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
