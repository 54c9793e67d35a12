"""Reckoning: prove each letter's totals against its rows and the log, and repair them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q, Sum

from campaigns.models import Letter, Tally
from signatures.counting.totals import Totals, totals
from signatures.models import Chain, Signature

State = Signature.State


@dataclass(frozen=True)
class Drift:
    """Where a letter's published totals, its rows and the log disagree."""

    letter: int
    slug: str
    stored: Totals
    proved: Totals  # by the rows
    logged: Totals

    @property
    def is_behind(self) -> bool:
        """The log does not hold every number yet; the sequencer is catching up."""
        return self.logged.signed < self.proved.signed

    @property
    def right(self) -> Totals:
        """What others can check is right, as far as it goes."""
        return self.proved if self.is_behind else self.logged


def compare(slug: str | None = None) -> Iterator[Drift]:
    """Every letter whose published count its rows or the log do not bear out. Writes nothing."""
    letters = Letter.objects.filter(slug=slug) if slug else Letter.objects.all()
    for pk in letters.values_list("pk", flat=True).order_by("pk"):
        drift = _drift(pk)
        if drift:
            yield drift


@transaction.atomic
def repair(*, letter: int) -> Drift | None:
    """Set the totals to what is right. What they were stays in the answer."""
    drift = _drift(letter)
    if drift and drift.stored != drift.right:
        Tally.objects.filter(pk=letter).update(**drift.right._asdict())
    return drift


def _drift(letter: int) -> Drift | None:
    """All three in one transaction: the sequencer locks the tally, so none of them moves."""
    with transaction.atomic():
        tally = (
            Tally.objects.select_for_update(of=("self",)).select_related("letter").get(pk=letter)
        )
        chain = Chain.objects.filter(pk=letter).first() or Chain(pk=letter)
        stored, logged, proved = totals(tally), totals(chain), _proved(letter)
        if stored == proved == logged:
            return None
        return Drift(letter, tally.letter.slug, stored, proved, logged)


def _proved(letter: int) -> Totals:
    found = Signature.objects.filter(letter=letter).aggregate(
        counting=Count("pk", filter=Q(counted=True)),
        cancelled=Count(
            "pk",
            # With news it was put back and is to have another number: this one was invalidated.
            filter=Q(state=State.WITHDRAWN, counted=False, number__isnull=False, news=False),
        ),
        renewed=Sum("renewed"),
        last=Max("number"),
    )
    last = found["last"] or 0
    # A reinstated signature got a second number: its first is counted among the invalidated.
    # Who signed a newer text withdrew under each number before.
    cancelled = found["cancelled"] + (found["renewed"] or 0)
    return Totals(last, cancelled, last - cancelled - found["counting"])
