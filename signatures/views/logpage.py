"""`/log/`: what the log is, how it stands, and how anybody checks it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from campaigns import caching
from campaigns.reading import read_only
from signatures.log.lines import encoded
from signatures.models import LogKey
from signatures.proof import standing, stopped


@dataclass(frozen=True)
class Key:
    """A key of the log, and from when to when it has signed."""

    vkey: str
    since: datetime | None
    until: datetime | None


@read_only
def page(request: HttpRequest) -> HttpResponse:
    now = standing.standing()
    keys = listed(now.origin)
    context = {
        "log": now,
        "root": encoded(now.root),
        "why": stopped.why(now.frozen_because),
        "keys": keys,
        "address": standing.address(),
        "site": settings.SITE_URL,
        "key": keys[0].vkey,
    }
    return caching.shared(request, render(request, "log/page.html", context), max_age=5, stale=30)


def listed(origin: str) -> list[Key]:
    """The newest first; before the first start has listed them, those that will sign."""
    rows = [Key(row.vkey, row.since, row.until) for row in LogKey.objects.all()]
    return rows or [
        Key(str(signer.verifier), None, None) for signer in standing.signing_keys(origin)
    ]
