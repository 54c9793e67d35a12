"""Reckoning: prove each letter's totals against its rows, and repair them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q

from campaigns.models import Letter, Tally
from signatures.models import Signature

State = Signature.State


@dataclass(frozen=True)
class Drift:
    """Where a letter's totals and its rows disagree."""

    letter: int
    slug: str
    stored: tuple[int, int, int]  # signed, withdrawn, invalidated
    proved: tuple[int, int, int]


def compare(slug: str | None = None) -> Iterator[Drift]:
    """Every letter whose published count its rows do not bear out. Writes nothing."""
    letters = Letter.objects.filter(slug=slug) if slug else Letter.objects.all()
    for pk in letters.values_list("pk", flat=True).order_by("pk"):
        drift = _drift(pk)
        if drift:
            yield drift


@transaction.atomic
def repair(*, letter: int) -> Drift | None:
    """Set the totals to what the rows prove. What it was stays in the answer."""
    drift = _drift(letter)
    if drift:
        signed, withdrawn, invalidated = drift.proved
        Tally.objects.filter(pk=letter).update(
            signed=signed, withdrawn=withdrawn, invalidated=invalidated
        )
    return drift


def _drift(letter: int) -> Drift | None:
    """Totals and rows in one transaction: the sequencer locks the tally, so neither moves."""
    with transaction.atomic():
        tally = (
            Tally.objects.select_for_update(of=("self",)).select_related("letter").get(pk=letter)
        )
        stored = (tally.signed, tally.withdrawn, tally.invalidated)
        found = Signature.objects.filter(letter=letter).aggregate(
            counting=Count("pk", filter=Q(counted=True)),
            cancelled=Count(
                "pk",
                filter=Q(state=State.WITHDRAWN, counted=False, number__isnull=False),
            ),
            last=Max("number"),
        )
        last = found["last"] or 0
        # A reinstated signature got a second number: its first is counted among the invalidated.
        proved = (
            last,
            found["cancelled"],
            last - found["cancelled"] - found["counting"],
        )
        if stored == proved:
            return None
        return Drift(letter, tally.letter.slug, stored, proved)
