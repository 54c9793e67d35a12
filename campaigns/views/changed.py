"""Two texts of a letter side by side: every line that is signed, labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import diffing
from campaigns.models import Revision
from campaigns.services.canonical import parts

_LABELS: Mapping[str, Promise] = {
    "title": _("Title"),
    "to": _("To"),
    "from": _("From"),
    "summary": _("Summary"),
    "language": _("Language"),
    "closes": _("Closes"),
    "signatures per mailbox": _("People per mailbox"),
    "text": _("Text"),
}


@dataclass(frozen=True)
class Labelled:
    label: str | Promise
    change: diffing.Change


def changed(old: Revision | None, new: Revision | None) -> Sequence[Labelled]:
    """What differs, in the order it is signed in."""
    found = diffing.changes(
        parts(old.canonical) if old else {}, parts(new.canonical) if new else {}
    )
    return [Labelled(_LABELS.get(one.field, one.field), one) for one in found]
