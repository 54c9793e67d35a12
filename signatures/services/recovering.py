"""Recovering the log after a restore: what the database forgot stands in the public bundles.

The tree that was promised last decides: entries are put back only if they lead to its root, and
nothing is signed otherwise. Entries hold nothing about people, so whoever signed since the backup
still counts, and their data is gone.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from signatures.log import note, store, tiles
from signatures.log.checkpoint import Checkpoint, parse
from signatures.log.folder import Folder, Missing
from signatures.log.rejected import Rejected
from signatures.log.tiles import ENTRIES, WIDTH, Tile
from signatures.models import Head, Published
from signatures.proof import standing
from signatures.services import checkpointing, cosigning, keying, reenacting, sequencing
from signatures.services.reenacting import Loss


class Refused(Exception):
    """The log stays frozen; `reason` tells the operator what to do first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Recovery:
    """What was done: the tree the log goes on from, how many entries were put back, what of each
    letter stands in the log and no longer in the database."""

    tree: Checkpoint
    entries: int
    losses: list[Loss] = field(default_factory=list)


def recover(*, now: datetime, newest: bytes | None = None) -> Recovery:
    """Put back what is missing, prove the promised root, and let the log go on; raises Refused.

    `newest` is the newest checkpoint anybody has, for when the high-water file is lost.
    """
    folder = Folder(settings.LOG_DIR)
    with folder.locked(wait=True):
        row = _published(folder)
        known = _known(folder, row, newest)
        promised = known[-1]
        _hear_witnesses(promised)
        with transaction.atomic():
            head = _led()
            entries = _put_back(folder, promised)
            if any(checkpointing.root_of(tree.size) != tree.root for tree in known):
                raise Refused(_elsewhere(folder, promised))
            losses = reenacting.reenact(head, store.size(), now=now)
            Head.objects.filter(pk=1).update(frozen_at=None, frozen_because="")
        Published.objects.filter(pk=1).update(size=promised.size, root=promised.root)
        checkpointing.mended(folder, promised.size)
        folder.promise(promised)
    return Recovery(promised, entries, losses)


def _published(folder: Folder) -> Published:
    row = checkpointing.begun(checkpointing.high_water(folder))
    if settings.LOG_ORIGIN not in {"", row.origin}:
        raise Refused(f"The log is called {row.origin}: set LOG_ORIGIN to that, or leave it out.")
    if not keying.goes_on(row.origin):
        raise Refused("LOG_KEY holds no key that signed before: put the old one back.")
    return row


def _known(folder: Folder, row: Published, newest: bytes | None) -> list[Checkpoint]:
    """Every tree that is known to have been promised, the largest last."""
    promised, given = checkpointing.high_water(folder), _given(newest)
    known = [tree for tree in (promised, given) if tree is not None]
    if row.size and not known:
        raise Refused(
            "The high-water file is gone. Put it back from where LOG_DIR is kept, or name the "
            "newest checkpoint anybody has (in a confirmation mail, at a witness)."
        )
    if any(tree.origin != row.origin for tree in known):
        raise Refused("The folder belongs to another log: LOG_DIR leads to the wrong place.")
    known.append(Checkpoint(row.origin, row.size, bytes(row.root)))
    if signed := standing.newest():
        known.append(signed[0])
    return sorted(known, key=lambda tree: tree.size)


def _hear_witnesses(promised: Checkpoint) -> None:
    """Of a machine that was put back as a whole, only others know what it signed since."""
    if more := cosigning.larger(promised.size):
        name, size = more
        raise Refused(
            f"{name} has seen {size} entries, and the largest tree known here has {promised.size}. "
            "Name its checkpoint (--checkpoint); if it cannot show one that this log has signed, "
            "take it out of WITNESSES."
        )


def _given(newest: bytes | None) -> Checkpoint | None:
    if newest is None:
        return None
    try:
        keys = [log.key for log in standing.trusted_policy().logs]
        return parse(note.opened(newest, keys)[0].text)
    except Rejected as rejected:
        raise Refused(f"The checkpoint cannot be used: {rejected.reason}.") from None


def _led() -> Head:
    """Keeps every sequencer out until this is over."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencing.LOCK])
    head, _ = Head.objects.get_or_create(pk=1)
    return Head.objects.select_for_update().get(pk=head.pk)


# --- Entries --------------------------------------------------------------------------------------
def _put_back(folder: Folder, promised: Checkpoint) -> int:
    """Every entry below the promised size that the database has not; how many there were."""
    missing = 0
    for start in range(0, promised.size, WIDTH):
        stop = min(start + WIDTH, promised.size)
        held: list[bytes] | None = None
        at = start
        while (at := _first_missing(at, stop)) < stop:
            held = held or _bundle(folder, promised, start)
            store.append([held[at - start]], at)
            missing += 1
    return missing


def _first_missing(start: int, stop: int) -> int:
    try:
        return start + len(store.read(start, stop))
    except store.Gap as gap:
        return gap.index


def _bundle(folder: Folder, promised: Checkpoint, start: int) -> list[bytes]:
    number = start // WIDTH
    width = tiles.width_at(promised.size, ENTRIES, number)
    tile = Tile(ENTRIES, number, width)
    try:
        return tiles.decode_bundle(folder.read(tile), width)
    except Missing:
        raise Refused(
            f"Neither the database nor LOG_DIR has the entries from {start} on. Put {tile.path} "
            "back from a backup, a mirror or a witness."
        ) from None
    except Rejected as rejected:
        raise Refused(f"{tile.path} is damaged: {rejected.reason}.") from None


def _elsewhere(folder: Folder, promised: Checkpoint) -> str:
    """Where database and bundles part, for whoever has to find out why."""
    for start in range(0, promised.size, WIDTH):
        ours = store.read(start, min(start + WIDTH, promised.size))
        try:
            theirs = _bundle(folder, promised, start)
        except Refused:
            continue
        for at, (mine, other) in enumerate(zip(ours, theirs, strict=True), start):
            if mine != other:
                return (
                    f"Entry {at} of the database is not the one that was promised. This database "
                    "belongs to another history: restore another backup."
                )
    return "The entries do not lead to the promised root: restore another backup."
