"""What saving a change would do, found out by doing it and taking it back."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.models import Letter, Organiser, Revision
from campaigns.services import drafting
from campaigns.services.drafting import Draft


@dataclass(frozen=True)
class Outcome:
    """The revision readers would see, and the one they see now (none while it is a draft)."""

    before: Revision | None
    after: Revision | None

    @property
    def is_new(self) -> bool:
        return self.before != self.after


def rehearse(*, letter: Letter, draft: Draft, by: Organiser, now: datetime) -> Outcome:
    """Refuses whatever `drafting.edit` refuses, by the same rules, and leaves nothing behind."""
    with transaction.atomic():
        before = Letter.objects.select_related("revision").get(pk=letter.pk).revision
        after = drafting.edit(letter=letter, draft=draft, by=by, now=now).revision
        transaction.set_rollback(True)
    return Outcome(before, after)
