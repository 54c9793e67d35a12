"""A letter's count as programs read it: the one source of `count.json` and of every stream."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings

from campaigns import goals
from campaigns.goals import Aim
from campaigns.models import Letter
from campaigns.phases import Phase, phase


def aimed(letter: Letter, *, now: datetime) -> Aim:
    """What a letter aims at now. Once it is closed its goal moves on no more."""
    over = phase(letter, now) == Phase.CLOSED
    return goals.aim(letter.goal, letter.tally.count, over=over)


def counted(letter: Letter, *, now: datetime) -> dict[str, Any]:
    """`as_of` is when this count came about: an unmoved count stays the same bytes and needs no
    second sending, and of two answers a reader knows the newer, whichever process gave them."""
    aim = aimed(letter, now=now)
    since = letter.tally.moved_at or letter.published_at
    return {
        "letter": letter.slug,
        "title": letter.title,
        "url": f"{settings.SITE_URL}{letter.get_absolute_url()}",
        "count": letter.tally.count,
        "paper": letter.tally.paper,
        "goal": aim.goal,
        "reached": aim.reached,
        "state": str(phase(letter, now)),
        "as_of": since.isoformat(timespec="milliseconds").replace("+00:00", "Z") if since else None,
    }


def as_json(letter: Letter, *, now: datetime) -> str:
    """On one line, so that it is also one `data:` of a stream."""
    told = counted(letter, now=now)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
