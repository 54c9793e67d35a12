"""What a race left behind: people lost, counted twice, or promised what the log does not hold."""

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from signatures.log import checkpoint, leaf, note, replay, store
from signatures.log.edge import entries as entries_of
from signatures.log.leaf import Kind
from signatures.log.merkle import Tree, leaf_hash
from signatures.log.rejected import Rejected
from signatures.log.tiles import Tile
from signatures.models import Chain, Signature

State = Signature.State
COUNTED = Q(state=State.CONFIRMED, counted=True)
GONE = Q(state__in=[State.WITHDRAWN, State.INVALIDATED], counted=False)


def found(seen: Path, people: int) -> dict[str, int | list[str]]:
    """Numbers a test looks at; all but the first few are to be 0 or empty."""
    raw = store.read(0, store.size())
    logged = Counter(entry.kind for entry in map(leaf.decode, raw))
    rows = Signature.objects.all()
    places = list(
        rows.filter(log_index__isnull=False)
        .values_list("log_index", "number")
        .order_by("log_index")
    )
    audit = replay.audited(raw)
    checkpoints, wrong = compared(seen, raw)
    return {
        "signed": logged[Kind.SIGNED],
        "withdrawn": logged[Kind.WITHDRAWN],
        "invalidated": logged[Kind.INVALIDATED],
        "checkpoints": checkpoints,
        "lost": people - rows.filter(COUNTED | GONE).count(),
        "double": logged[Kind.SIGNED]
        - logged[Kind.WITHDRAWN]
        - logged[Kind.INVALIDATED]
        - rows.filter(counted=True).count(),
        "misplaced": sum(leaf.decode(raw[at]).signed != number for at, number in places),
        "waiting": rows.awaiting_sequencer().count(),
        "findings": [str(each) for each in audit.findings],
        "totals": sum(differs(audit, raw, chain) for chain in Chain.objects.all()),
        "forked": wrong,
        "unbacked": unbacked(raw),
    }


def differs(audit: replay.Replay, raw: list[bytes], chain: Chain) -> bool:
    """Whether tally, chain and the log's own sum say different things of a letter."""
    tally = chain.letter.tally
    counted = audit.letters[chain.letter.uid.bytes]
    sums = {
        (each.signed, each.withdrawn, each.invalidated)
        for each in (tally, chain, counted, leaf.decode(raw[chain.last or 0]))
    }
    return len(sums) != 1


def compared(seen: Path, raw: list[bytes]) -> tuple[int, int]:
    """How many checkpoints were public, and how many of them this log did not grow from."""
    tree = Tree(leaf_hash(entry) for entry in raw)
    count = wrong = 0
    for data in framed(seen):
        promised = checkpoint.parse(note.parse(data).text)
        count += 1
        wrong += promised.size > tree.size or tree.root(promised.size) != promised.root
    return count, wrong


def framed(seen: Path) -> Iterator[bytes]:
    data, at = seen.read_bytes() if seen.exists() else b"", 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length <= len(data):  # else whoever wrote it was killed on the way
            yield data[at + 4 : at + 4 + length]
        at += 4 + length


def unbacked(raw: list[bytes]) -> list[str]:
    """What the folder that is served lacks of its own checkpoint."""
    folder = settings.LOG_DIR
    try:
        promised = checkpoint.parse(note.parse((folder / "checkpoint").read_bytes()).text)

        def read(tile: Tile) -> bytes:
            return bytes((folder / tile.path).read_bytes())

        held = [one for bundle in entries_of(promised.size, promised.root, read) for one in bundle]
    except (Rejected, OSError) as wrong:
        return [f"{type(wrong).__name__}: {wrong}"]
    return [] if held == raw else [f"{len(held)} entries are served, {len(raw)} are kept"]
