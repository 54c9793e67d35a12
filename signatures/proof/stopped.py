"""Why the log stands still: each reason's code, and what readers are told; the operator's words are
in docs/operating.md."""

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """Why: as it stands in `Head.frozen_because`."""

    SMALLER = "smaller"  # the database has fewer entries than were promised
    ANOTHER_ROOT = "another root"  # it has others
    NO_HIGH_WATER = "no high-water file"  # what was promised is not known
    ORIGIN = "origin"  # settings, database and folder speak of different logs
    KEY = "key"  # no key at hand is one that signed before
    WITNESS = "witness"  # somebody has seen a larger tree of ours


_WHY: Final[dict[str, Promise]] = {
    Reason.SMALLER: _(
        "The database holds fewer entries than were already signed, as after a restore from a "
        "backup. Signing on would make a second history."
    ),
    Reason.ANOTHER_ROOT: _(
        "The database holds other entries than were already signed. Signing on would make a "
        "second history."
    ),
    Reason.NO_HIGH_WATER: _(
        "The file that remembers what was signed last is missing, so nobody can say that the "
        "past is still the same."
    ),
    Reason.ORIGIN: _("Its settings name another log than the one that was begun."),
    Reason.KEY: _("The key that signed it so far is not at hand."),
    Reason.WITNESS: _(
        "A witness has seen a larger tree under this log’s name than this site has: it was put "
        "back in time, or somebody else signs with its key."
    ),
}
_OTHERWISE = _("Something about its past does not add up.")
_BRIEFLY: Final[dict[str, Promise]] = {
    Reason.SMALLER: _("entries are missing"),
    Reason.ANOTHER_ROOT: _("two copies of it differ"),
    Reason.NO_HIGH_WATER: _("its last state is unknown"),
    Reason.ORIGIN: _("its name has changed"),
    Reason.KEY: _("its key is missing"),
    Reason.WITNESS: _("a witness saw more of it"),
}
_OTHERWISE_BRIEFLY = _("somebody has to look")
_IN_FULL = _(
    "The log stands still. {reason} What waits is kept, and goes on into the log when those who"
    " run this site have put that right."
)


def why(code: str) -> str | Promise:
    """A sentence for a code of `Head.frozen_because`; nothing while the log goes on."""
    return _WHY.get(code, _OTHERWISE) if code else ""


def briefly(code: str) -> Promise:
    """What stands behind “because” in the line under a number."""
    return _BRIEFLY.get(code, _OTHERWISE_BRIEFLY)


def in_full(code: str) -> str | Promise:
    """The same for who waits for something to be entered."""
    return format_lazy(_IN_FULL, reason=why(code)) if code else ""
