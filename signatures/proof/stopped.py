"""Why the log stands still, in words for readers; the operator's are in docs/operating.md."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

_WHY: dict[str, str | Promise] = {
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
_OTHERWISE = _("Something about its past does not add up.")


_IN_FULL = _(
    "The log stands still. {reason} What waits is kept, and goes on into the log when those who"
    " run this site have put that right."
)


def in_full(code: str) -> str | Promise:
    """The same for who waits for something to be entered."""
    return format_lazy(_IN_FULL, reason=why(code)) if code else ""


def why(code: str) -> str | Promise:
    """A sentence for a code of `Head.frozen_because`; nothing while the log goes on."""
    return _WHY.get(code, _OTHERWISE) if code else ""
