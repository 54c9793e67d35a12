"""Auditing our own log: what was signed, the files, the database and the counts, proved to agree.

The same checks an outsider makes of the files, and then those that only we can make: that rows,
counts and log say the same. Writes nothing.
"""

from array import array
from collections.abc import Iterator
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from campaigns.models import Letter, LetterEvent, Tally
from signatures.counting.totals import totals
from signatures.log import leaf, store
from signatures.log.checkpoint import Checkpoint
from signatures.log.edge import Edge, entries
from signatures.log.folder import Folder
from signatures.log.leaf import NONE, Kind
from signatures.log.merkle import leaf_hash
from signatures.log.policy import Policy
from signatures.log.published import NotYet, Tree
from signatures.log.rejected import Rejected
from signatures.log.replay import Letter as Replayed
from signatures.log.replay import Replay
from signatures.models import Chain, Head, Published, Signature
from signatures.proof import standing
from signatures.services import freezing, reckoning

SLICE = 4_096  # entries or rows looked at together


class DoesNotHold(Exception):
    """The first thing that is not as it should be; `reason` tells the operator which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def audit() -> Iterator[str]:
    """What was proved, a sentence after each step; `DoesNotHold` where something is wrong."""
    folder, reading = Folder(settings.LOG_DIR), _Reading()
    try:
        yield from _published(folder, reading)
        reading.catch_up()
        yield _rules(reading)
        yield from _letters(reading)
        yield _events()
    except Rejected as rejected:
        raise DoesNotHold(rejected.reason) from None
    except store.Gap as gap:
        raise DoesNotHold(str(gap)) from None
    if because := freezing.frozen():
        raise DoesNotHold(f"all this holds, but the log is frozen: {because}")


class _Reading:
    """Every entry, read once in order: replayed, and the number each signature has in it."""

    def __init__(self) -> None:
        self.replay = Replay()
        self.numbers = array("I")

    @property
    def size(self) -> int:
        return self.replay.size

    def take(self, raws: list[bytes]) -> None:
        self.replay.read(raws)
        if self.replay.findings:
            raise DoesNotHold(str(self.replay.findings[0]))
        for raw in raws:
            signed = leaf.decode(raw).signed if raw[1] == Kind.SIGNED else 0
            self.numbers.append(signed)

    def catch_up(self) -> None:
        """Read on to where the database's log ends now."""
        while more := store.read(self.size, self.size + SLICE):
            self.take(more)


# --- What was signed ------------------------------------------------------------------------------
def _published(folder: Folder, reading: _Reading) -> Iterator[str]:
    """Checkpoint, then mark, then database: in this order each is at least as far as the last."""
    try:
        tree = Tree(folder)
    except NotYet:
        if Published.objects.filter(size__gt=0).exists():
            raise DoesNotHold("there is no checkpoint, and entries were promised") from None
        yield "Nothing is published yet."
        return
    trusted = Policy(standing.trusted_policy().logs).accept(tree.signed)
    _promised(folder, tree.checkpoint)
    for held in entries(tree.size, tree.checkpoint.root, folder.read):
        _same(reading.size, held, store.read(reading.size, reading.size + len(held)))
        reading.take(held)
    key = trusted.log.key
    yield f"The checkpoint is signed by {key.name} ({key.id.hex()}); entries: {tree.size:,}."
    yield "High-water mark and database promise this tree, or one that begins with it."
    yield "Bundles, tiles and database hold the same entries, and these lead to the signed root."


def _promised(folder: Folder, tree: Checkpoint) -> None:
    """What was promised last goes on from what is public."""
    mark, row = folder.highwater(), Published.objects.filter(pk=1).first()
    if mark is None:
        raise DoesNotHold("there is a checkpoint, and no high-water file")
    if row is None:
        raise DoesNotHold("there is a checkpoint, and the database knows of none")
    if {mark.origin, row.origin} != {tree.origin}:
        raise DoesNotHold("checkpoint, high-water file and database name different logs")
    edge = Edge.read(tree.size, folder.read, tree.root)
    for name, size, root in (
        ("the high-water mark", mark.size, mark.root),
        ("what the database promises", row.size, bytes(row.root)),
    ):
        if size < edge.size:
            raise DoesNotHold(f"{name} is smaller than what was signed: {size:,} entries")
        edge.extend([leaf_hash(raw) for raw in store.read(edge.size, size)])
        if (edge.size, edge.root) != (size, root):
            raise DoesNotHold(f"{name} is another tree than the entries make")


def _same(start: int, filed: list[bytes], stored: list[bytes]) -> None:
    if filed == stored:
        return
    if len(stored) < len(filed):
        raise DoesNotHold(f"the database ends at entry {start + len(stored):,}, the files do not")
    wrong = next(at for at, raw in enumerate(filed) if stored[at] != raw)
    raise DoesNotHold(f"entry {start + wrong:,} in the database is not the one that was signed")


def _rules(reading: _Reading) -> str:
    before = reading.size
    head = Head.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    reading.catch_up()
    if not before <= head <= reading.size:
        raise DoesNotHold(f"the head says {head:,} entries, the database has {reading.size:,}")
    return f"The auditor's rules R1 to R7 are kept by every entry; entries: {reading.size:,}."


# --- What only we can see -------------------------------------------------------------------------
def _letters(reading: _Reading) -> Iterator[str]:
    known: set[bytes] = set()
    count = rows = 0
    for letter in Letter.objects.order_by("pk").iterator():
        known.add(letter.uid.bytes)
        count += _totals(letter, reading)
        rows += _numbers(letter, reading)
    if strange := reading.replay.letters.keys() - known:
        raise DoesNotHold(f"the log has a letter that is not in the database: {min(strange).hex()}")
    yield (
        "Entries, chains, published counts and rows of every letter say the same; "
        f"letters: {len(known):,}, signatures that count: {count:,}."
    )
    yield (
        "Each signature's row stands at the place, under the number and in the state that the "
        f"log says; rows: {rows:,}."
    )


@transaction.atomic
def _totals(letter: Letter, reading: _Reading) -> int:
    """The letter's count. Its tally is locked meanwhile, so the sequencer moves nothing of it."""
    tally = Tally.objects.select_for_update().get(pk=letter.pk)
    reading.catch_up()
    seen = reading.replay.letters.get(letter.uid.bytes) or Replayed(0)
    counted, logged = totals(tally), totals(seen)
    if (counted, tally.paper) != (logged, seen.paper):
        behind = "; log_backfill goes on with it" if tally.signed > seen.signed else ""
        raise DoesNotHold(f"{letter.slug} counts {tuple(counted)}, the log {tuple(logged)}{behind}")
    chain = Chain.objects.filter(pk=letter.pk).first() or Chain(letter=letter)
    ends = (chain.closed, _index(chain.last), _index(chain.version))
    if (totals(chain), *ends) != (logged, seen.closed, seen.last, seen.version):
        raise DoesNotHold(f"the chain of {letter.slug} does not end where the log does")
    if drift := next(reckoning.compare(letter.slug), None):
        stored, proved = tuple(drift.stored), tuple(drift.proved)
        raise DoesNotHold(f"{letter.slug} counts {stored}, its rows {proved}")
    return seen.count


def _index(index: int | None) -> int:
    return NONE if index is None else index


def _numbers(letter: Letter, reading: _Reading) -> int:
    """How many of its rows the log knows. If one moved while it was read, all are read again."""
    try:
        return _rows(letter, reading)
    except DoesNotHold:
        with transaction.atomic():
            Tally.objects.select_for_update().get(pk=letter.pk)
            reading.catch_up()
            return _rows(letter, reading)


def _rows(letter: Letter, reading: _Reading) -> int:
    seen, taken = reading.replay.letters.get(letter.uid.bytes), set[int]()
    known = Signature.objects.filter(letter=letter, log_index__isnull=False)
    named = known.values_list("log_index", "number", "counted", "pk")
    for index, number, counted, pk in named.iterator(chunk_size=SLICE):
        assert index is not None
        who = f"signature {pk} of {letter.slug}"
        if seen is None or index in taken or index >= reading.size:
            raise DoesNotHold(f"{who} has no place of its own in the log")
        if reading.numbers[index] != number:
            raise DoesNotHold(f"{who} has another number in the log")
        if reading.replay.stands(seen, index) is not counted:
            raise DoesNotHold(f"{who} counts in only one of log and database")
        taken.add(index)
    return len(taken)


def _events() -> str:
    """Texts, files and paper: the log has the digest of each."""
    logged = LetterEvent.objects.filter(index__isnull=False).select_related("revision", "letter")
    number = 0
    for event in logged.order_by("index").iterator(chunk_size=SLICE):
        assert event.index is not None
        entry = leaf.decode(store.read(event.index, event.index + 1)[0])
        digest = leaf.NOTHING if event.digest is None else bytes(event.digest)
        said = (entry.kind, entry.letter, entry.commit)
        if said != (event.kind, event.letter.uid.bytes, digest):
            raise DoesNotHold(f"entry {event.index:,} is not what happened to {event.letter.slug}")
        if event.revision and sha256(event.revision.canonical.encode()).digest() != digest:
            raise DoesNotHold(f"a text of {event.letter.slug} is not the one in the log")
        number += 1
    return f"Texts, closings, deliveries and paper are those in the log; of them: {number:,}."
