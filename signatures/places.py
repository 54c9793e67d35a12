"""Where those who signed a letter came across it, by the marks of the links that led there."""

from dataclasses import dataclass

from django.db.models import Count, F, Func, IntegerField, Window

from campaigns.models import Letter
from signatures.models import Signature

LARGEST = 10


@dataclass(frozen=True)
class Place:
    """How many of the signatures that count came by one mark, and their share of all in percent."""

    count: int
    share: float
    ref: str = ""


@dataclass(frozen=True)
class Places:
    largest: list[Place]
    others: Place  # smaller ones together
    unmarked: Place  # directly, or nobody knows


class _Sum(Func):
    """Over what is already counted for each mark, which `Sum` does not take."""

    function = "SUM"
    window_compatible = True
    output_field = IntegerField()


def of(letter: Letter) -> Places:
    """Read from an index of its own, in one statement."""
    marked = Signature.objects.filter(letter=letter, counted=True, ref__gt="")
    rows = (
        marked.values("ref")
        .annotate(count=Count("*"))
        .annotate(together=Window(_Sum(F("count"))))
        .order_by("-count", "ref")[:LARGEST]
    )
    found = list(rows)
    together = int(found[0]["together"]) if found else 0
    shown = sum(int(one["count"]) for one in found)
    # The total moves with each row, and yet may have been read a moment before them.
    whole = max(letter.tally.count, together)

    def place(count: int, ref: str = "") -> Place:
        return Place(count, round(100 * count / whole, 2) if whole else 0, ref)

    return Places(
        [place(int(one["count"]), one["ref"]) for one in found],
        others=place(together - shown),
        unmarked=place(whole - together),
    )
