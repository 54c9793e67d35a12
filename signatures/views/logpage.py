"""`/log/`: what the log is, how it stands, and how anybody checks it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import caching
from campaigns.reading import read_only
from signatures import standing
from signatures.log.lines import encoded
from signatures.models import LogKey

# In the words of readers; the operator's are in docs/operating.md.
WHY_FROZEN: dict[str, str | Promise] = {
    "smaller": _(
        "The database holds fewer entries than were already signed, as after a restore from a "
        "backup. Signing on would make a second history."
    ),
    "another root": _(
        "The database holds other entries than were already signed. Signing on would make a "
        "second history."
    ),
    "no high-water file": _(
        "The file that remembers what was signed last is missing, so nobody can say that the "
        "past is still the same."
    ),
    "origin": _("Its settings name another log than the one that was begun."),
    "key": _("The key that signed it so far is not at hand."),
    "witness": _(
        "A witness has seen a larger tree under this log’s name than this site has: it was put "
        "back in time, or somebody else signs with its key."
    ),
}
OTHERWISE = _("Something about its past does not add up.")


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
        "why": WHY_FROZEN.get(now.frozen_because, OTHERWISE) if now.frozen else "",
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
