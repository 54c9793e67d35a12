"""Unkeying: a letter's end in the log. Its own key is destroyed, and what the key opened goes, so
that nothing leads from an entry to a person any more, in no backup either."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Exists, OuterRef, Q

from campaigns.models import Letter
from signatures.models import Signature
from signatures.proof import letterkeys
from signatures.services.sweeping import Step

AFTER_CLOSING = timedelta(days=365)  # as long as any address can have been kept without updates
SLICE = 500  # rows written in one transaction


def seeds(now: datetime) -> Iterator[Step]:
    """Letters that closed (or were taken down) a year ago: first the key, then the seeds."""
    before = now - AFTER_CLOSING
    over = Letter.objects.filter(Q(closed_at__lt=before) | Q(taken_down_at__lt=before))
    for letter in over.order_by("pk").iterator(chunk_size=SLICE):
        if not letterkeys.is_destroyed(letter.uid):
            letterkeys.destroy(letter.uid)
    left = Signature.objects.filter(letter=OuterRef("pk"), seed_sealed__isnull=False)
    for letter in over.filter(Exists(left)).order_by("pk"):
        yield from _seeds_of(letter)


def _seeds_of(letter: Letter) -> Iterator[Step]:
    rows = Signature.objects.filter(letter=letter, seed_sealed__isnull=False)
    while due := list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        yield partial(rows.filter(pk__in=due).update, seed_sealed=None)
