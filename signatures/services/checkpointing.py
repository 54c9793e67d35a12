"""Publishing the log: what the sequencer appended becomes files, then a promise, then a signature.

In this order, and each step on the disk before the next, so that a crash anywhere is harmless:
bundles and tiles; the tree in the database; the high-water mark outside it; the checkpoint. Where
database and mark do not agree on what was promised, the log is frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from signatures.log import note, store
from signatures.log.checkpoint import Checkpoint, parse
from signatures.log.edge import Edge
from signatures.log.folder import Busy, Folder, Missing
from signatures.log.merkle import EMPTY_ROOT, leaf_hash
from signatures.log.note import SigningKey
from signatures.log.rejected import Rejected
from signatures.log.tiles import ENTRIES, WIDTH, Tile, encode_bundle, width_at
from signatures.models import Published
from signatures.proof import standing
from signatures.proof.durably import durably
from signatures.proof.stopped import Reason
from signatures.services import agreeing, freezing, keying
from signatures.services.freezing import freeze
from worker import health

SLICE = 64 * WIDTH  # entries held in memory at once
ALIVE = "log"  # the heartbeat of whoever publishes
COLLECT_EVERY = 600  # seconds between two looks for files that may go

log = structlog.get_logger(__name__)


@dataclass
class Held:
    """What this process published last: it goes on from here without reading anything again."""

    path: Path
    origin: str
    edge: Edge
    keys: list[SigningKey]
    signed: bool  # whether the newest checkpoint is of this tree, and by all of these keys
    collected: float = 0.0

    @property
    def tree(self) -> Checkpoint:
        return Checkpoint(self.origin, self.edge.size, self.edge.root)


_held: Held | None = None


class Overtaken(Exception):
    """Another publisher moved the published tree meanwhile: nothing was promised here."""


def publish(now: datetime) -> Checkpoint | None:
    """Sign what the log has gained, and say when counts and log were last found to agree.

    None when nothing new was signed: no news, somebody else is at it, or the log is frozen.
    """
    folder = Folder(settings.LOG_DIR)
    try:
        with folder.locked():
            return _publish(folder, now)
    except Busy:
        return None


def _publish(folder: Folder, now: datetime) -> Checkpoint | None:
    global _held  # noqa: PLW0603 - what a process remembers of its own last publication
    held, _held = _held, None  # whatever fails from here on, the next turn looks again
    if freezing.frozen():
        return None
    if held is None or not _still(folder, held):
        held = _verified(folder, now)
    if held is None:
        return None
    new = _go_on(folder, held, now)
    if agreeing.agree(now=now):
        Published.objects.filter(pk=1).update(checked_at=now)
    health.mark(ALIVE, now)  # here and not by who calls: one that waits for another is not alive
    if now.timestamp() - held.collected > COLLECT_EVERY:
        folder.collect(held.edge.size, now.timestamp())
        held.collected = now.timestamp()
    _held = held
    return new


def _go_on(folder: Folder, held: Held, now: datetime) -> Checkpoint | None:
    size = store.size()
    if size > held.edge.size:
        before, held.signed = held.edge.size, False
        write(folder, held.edge, size)
        folder.flush()
        _keep(held.tree, before)
        folder.promise(held.tree)
    if held.signed:
        return None
    folder.publish(note.signed(held.tree.text, [key.sign(held.tree.text) for key in held.keys]))
    held.signed = True
    Published.objects.filter(pk=1).update(signed_at=now)
    return held.tree


def write(folder: Folder, edge: Edge, size: int) -> None:
    """Go on to `size` leaves, and write all tiles and bundles that a tree of it needs."""
    while edge.size < size:
        start = edge.size // WIDTH * WIDTH
        entries = store.read(start, min(size, start + SLICE))
        bundles = [entries[at : at + WIDTH] for at in range(0, len(entries), WIDTH)]
        files = [
            (Tile(ENTRIES, number, len(bundle)), encode_bundle(bundle))
            for number, bundle in enumerate(bundles, start // WIDTH)
        ]
        made = edge.extend(_hashes(entries[edge.size - start :], edge.size))
        # Partial tiles in between are never named; those of high levels come long before the end.
        folder.write_all(files + [file for file in made if _stays(file[0], size)])


def _stays(tile: Tile, size: int) -> bool:
    """Whether a tree of `size` leaves has this tile, in this width."""
    return tile.width == width_at(size, tile.level, tile.number)


def root_of(size: int) -> bytes:
    """The root over the first entries of the database; raises `store.Gap`. Writes nothing."""
    edge = Edge()
    while edge.size < size:
        entries = store.read(edge.size, min(size, edge.size + SLICE))
        edge.extend(_hashes(entries, edge.size))
    return edge.root


def _hashes(entries: Sequence[bytes], at: int) -> list[bytes]:
    if not entries:
        raise store.Gap(at)
    return [leaf_hash(entry) for entry in entries]


def _keep(tree: Checkpoint, before: int) -> None:
    """The tree in the database, on the disk before the high-water mark moves."""
    with durably():
        moved = Published.objects.filter(pk=1, size__gte=before, size__lte=tree.size).update(
            size=tree.size, root=tree.root
        )
    if not moved:
        raise Overtaken


# --- At the start, and whenever somebody else has published ---------------------------------------
def _still(folder: Folder, held: Held) -> bool:
    """Whether folder, database and settings are as this process left them."""
    row = Published.objects.filter(pk=1).first()
    return (
        held.path == folder.path
        and row is not None
        and (row.origin, row.size, bytes(row.root)) == (held.origin, held.edge.size, held.edge.root)
        and settings.LOG_ORIGIN in {"", held.origin}
        and held.keys == standing.signing_keys(held.origin)
        and high_water(folder) == held.tree
    )


def _verified(folder: Folder, now: datetime) -> Held | None:
    """Where to go on from, once database, folder and keys are found to speak of one tree."""
    promised = high_water(folder)
    row = begun(promised)
    if reason := _strange(row, promised):
        freeze(reason, now=now)
        return None
    if promised is None:
        promised = Checkpoint(row.origin, 0, EMPTY_ROOT)
        folder.promise(promised)
    edge = _edge(folder, row, promised)
    if edge is None:
        freeze(Reason.ANOTHER_ROOT, now=now)
        return None
    keys = standing.signing_keys(row.origin)
    keying.list_keys([key.verifier for key in keys], now=now)
    return Held(folder.path, row.origin, edge, keys, _is_signed(folder, promised, keys))


def begun(promised: Checkpoint | None) -> Published:
    """The installation's row. A database from before the log takes its name from what was promised:
    the site may have moved since."""
    known = promised is not None and promised.size > 0 and not settings.LOG_ORIGIN
    origin = promised.origin if promised is not None and known else standing.origin()
    row, _ = Published.objects.get_or_create(pk=1, defaults={"origin": origin, "root": EMPTY_ROOT})
    return row


def high_water(folder: Folder) -> Checkpoint | None:
    """What was promised; a damaged file says as little as none."""
    try:
        return folder.highwater()
    except Rejected as rejected:
        log.error("the high-water file is damaged", reason=rejected.reason)  # noqa: TRY400
        return None


def _strange(row: Published, promised: Checkpoint | None) -> Reason | None:
    """What speaks against signing, as far as it is seen without reading the entries."""
    if settings.LOG_ORIGIN not in {"", row.origin}:
        return Reason.ORIGIN
    if promised is not None and promised.origin != row.origin:
        return Reason.ORIGIN
    if not keying.goes_on(row.origin):
        return Reason.KEY
    signed = standing.newest()
    least = max(row.size if promised is None else 0, signed[0].size if signed else 0)
    if (promised.size if promised else 0) < least:
        return Reason.NO_HIGH_WATER  # or an older one
    return Reason.SMALLER if promised and store.size() < promised.size else None


def _edge(folder: Folder, row: Published, promised: Checkpoint) -> Edge | None:
    """The edge of the promised tree; None where the entries do not lead to its root.

    Written down twice and borne out by the tiles it needs no more; otherwise every entry is read,
    and then files that are missing or damaged are written again.
    """
    if (row.size, bytes(row.root)) == (promised.size, promised.root):
        try:
            return Edge.read(promised.size, folder.read, promised.root)
        except Rejected:
            log.warning("tiles are written again", size=promised.size)
    try:
        if root_of(promised.size) != promised.root:
            return None
    except store.Gap:
        return None
    return mended(folder, promised.size)


def mended(folder: Folder, size: int) -> Edge:
    """Every file of a tree of this size as the entries have it."""
    edge = Edge()
    write(folder, edge, size)
    folder.flush()
    return edge


def _is_signed(folder: Folder, tree: Checkpoint, keys: Sequence[SigningKey]) -> bool:
    """Whether the newest checkpoint is of this tree, and signed by exactly these keys."""
    try:
        read, good = note.opened(folder.checkpoint(), [key.verifier for key in keys])
    except (Missing, Rejected):
        return False
    ours = [line for line in read.lines if line.name == tree.origin]
    return read.text == tree.text and len(good) == len(keys) == len(ours)


# --- Witnesses ------------------------------------------------------------------------------------
def show(cosigned: bytes) -> bool:
    """Put the newest checkpoint in its place once more, now with checked cosignatures under it;
    False when the newest is another by now."""
    folder = Folder(settings.LOG_DIR)
    with folder.locked(wait=True):
        held, new = note.parse(folder.checkpoint()), note.parse(cosigned)
        if held.text != new.text:
            return False
        # Our own lines as they are now: while the witnesses were asked the keys may have changed.
        origin = parse(held.text).origin
        ours = [line for line in held.lines if line.name == origin]
        theirs = [line for line in new.lines if line.name != origin]
        folder.publish(note.signed(held.text, [*ours, *theirs]))
    return True
