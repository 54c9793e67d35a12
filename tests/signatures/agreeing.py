"""Whether log, counts and rows say the same, and what an old program would have left of the log."""

from collections import Counter
from typing import Any

from django.utils import timezone

from campaigns.models import Letter, LetterEvent, Tally
from signatures.counting.totals import totals
from signatures.log import leaf, replay, store
from signatures.log.leaf import Entry, Kind
from signatures.models import Breakdown, Chain, Head, LogEntry, Signature
from signatures.proof import openings
from signatures.services import forgetting, reckoning, sequencing, sweeping


def entries() -> list[Entry]:
    return [leaf.decode(raw) for raw in store.read(0, store.size())]


def kinds(letter: Letter) -> list[Kind]:
    return [entry.kind for entry in entries() if entry.letter == letter.uid.bytes]


def settle() -> None:
    """Let the sequencer do everything there is to do."""
    while sequencing.sequence(now=timezone.now()) or sequencing.catch_up(now=timezone.now()):
        pass
    sweeping.run("places", forgetting.places())


def check() -> None:
    """Everybody who looks at the count finds the same one."""
    audit = replay.audited(store.read(0, store.size()))
    assert [str(finding) for finding in audit.findings] == []
    assert audit.size == Head.objects.get().size
    for letter in Letter.objects.filter(revision__isnull=False):
        chain, tally = Chain.objects.get(pk=letter.pk), Tally.objects.get(pk=letter.pk)
        found = audit.letters[letter.uid.bytes]
        replayed = (found.signed, found.withdrawn, found.invalidated)
        assert replayed == totals(chain) == totals(tally)
        assert found.paper == tally.paper
        assert found.closed == chain.closed
    assert list(reckoning.compare()) == []
    _check_rows()
    _check_breakdown()


def _check_rows() -> None:
    logged = entries()
    cancelled = {one.ref for one in logged if one.kind in {Kind.WITHDRAWN, Kind.INVALIDATED}}
    for row in Signature.objects.select_related("letter").filter(news=False):
        if row.erased_at is not None:
            assert (row.log_index, row.seed_sealed, row.commitment) == (None, None, None)
        elif row.number is not None:
            assert row.log_index is not None
            entry = logged[row.log_index]
            assert (entry.kind, entry.letter) == (Kind.SIGNED, row.letter.uid.bytes)
            assert entry.signed == row.number
            assert row.counted == (row.log_index not in cancelled)
            assert openings.opening_of(row).commitment == entry.commit


def _check_breakdown() -> None:
    rolled_up: Counter[int] = Counter()
    for row in Breakdown.objects.all():
        rolled_up[row.kind] += row.people
    logged = Counter(entry.kind for entry in entries())
    for kind in (Kind.SIGNED, Kind.WITHDRAWN, Kind.INVALIDATED):
        assert rolled_up[kind] == logged[kind]


class Forgotten:
    """What the log was at one moment; `go_back` leaves the database as a program would have that
    knew nothing of the log from then on."""

    def __init__(self) -> None:
        self.size = store.size()
        self.chains = list(Chain.objects.all())
        self.places = dict(Signature.objects.values_list("pk", "log_index"))
        self.people = list(Breakdown.objects.all())
        self.paper = dict(Tally.objects.values_list("pk", "paper"))
        self.events = set(LetterEvent.objects.values_list("pk", flat=True))

    def go_back(self) -> None:
        LogEntry.objects.filter(index__gte=self.size).delete()
        Head.objects.update(size=self.size)
        Chain.objects.all().delete()
        Chain.objects.bulk_create(self.chains)
        Breakdown.objects.all().delete()
        Breakdown.objects.bulk_create(self.people)
        LetterEvent.objects.exclude(pk__in=self.events).delete()
        LetterEvent.objects.filter(index__gte=self.size).update(index=None)
        for tally in Tally.objects.all():
            Tally.objects.filter(pk=tally.pk).update(paper=self.paper[tally.pk])
        for row in Signature.objects.all():
            known: dict[str, Any] = {"log_index": self.places.get(row.pk)}
            if row.log_index is not None and row.log_index >= self.size:
                known |= {"seed_sealed": None, "domain_class": None}
            Signature.objects.filter(pk=row.pk).update(commitment=None, **known)
