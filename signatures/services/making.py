"""Making: a queued export becomes a file, once, by whoever holds its lease, or says why not."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models import Letter
from campaigns.services import chronicling
from signatures.exports import wording
from signatures.exports.sandbox import NotPrinted
from signatures.exports.wish import Wish
from signatures.models import Export
from signatures.services import exporting, retiring, snapshotting, writing
from signatures.services.snapshotting import Moved, Snapshot
from signatures.services.watching import Keeper, Meter, Stopped, lease
from signatures.services.writing import Written
from worker import outbox

log = structlog.get_logger(__name__)

ATTEMPTS = 3  # of workers
TAKES = 3  # looks one worker takes while people change what they wrote
State = Export.State
_TIMES = _("It was begun {times} times and never came to its end.")
_RESTLESS = _(
    "While the file was made, people kept changing or erasing what they wrote. "
    "Try again in a while."
)


class Busy(Exception):
    """Another worker holds this export; come again when its lease may have ended."""


class Restless(NotPrinted):
    """Every look was overtaken by somebody who erased or changed their words."""


def run(*, export: int, now: datetime) -> None:
    """Make the file of a queued export, or of one whose worker died. Done twice makes it once."""
    row = _claim(export, now)
    if row is None:
        return
    _drop_left(row)
    try:
        with Keeper(row) as keeper:
            _settle(lambda: _once(row, keeper))
    except Stopped:
        log.info("export stopped", export=row.pk)
    except NotPrinted as failed:
        log.warning("export failed", export=row.pk, detail=failed.detail)
        _fail(row, failed.reason)


def write(*, letter: Letter, wish: Wish, out: Path, meter: Meter) -> Written:
    """Write the file whole or not at all. Raises NotPrinted with a reason to show."""
    made: list[Written] = []

    def once() -> bool:
        with _workshop(out.parent, out.name) as folder:
            _snapshot, written = _draw(letter, wish, folder, meter)
            written.path.replace(out)
        made.append(written)
        return True

    _settle(once)
    return made[-1]


def _settle(once: Callable[[], bool]) -> None:
    """People may erase their words while a file is written: then it is written anew."""
    for _take in range(TAKES):
        try:
            if once():
                return
        except Moved:
            log.info("somebody changed their words during an export")
    raise Restless(_RESTLESS, "moved")


def _once(row: Export, keeper: Keeper) -> bool:
    """One look, one file; False when somebody in it was erased before it could be offered."""
    with _workshop(Path(settings.EXPORT_DIR), row.uid.hex) as folder:
        moment = _begin(row)
        snapshot, written = _draw(row.letter, row.wish, folder, keeper, moment)
        return _offer(row, snapshot, written)


def _draw(
    letter: Letter, wish: Wish, folder: Path, meter: Meter, moment: datetime | None = None
) -> tuple[Snapshot, Written]:
    """The file of one look, checked: nobody in it has changed or erased their words since."""
    moment = moment or timezone.now().replace(microsecond=0)
    snapshot = snapshotting.take(letter, wish, moment)
    meter.total = len(snapshot)
    meter.at(0)
    snapshot = snapshotting.vouched(snapshot, waiting=lambda: meter.at(0))
    written = writing.write(snapshot, folder, progress=meter.at)
    meter.at(len(snapshot))
    snapshot.check()
    with written.path.open("rb") as file:
        os.fsync(file.fileno())
    written.path.chmod(0o600)
    return snapshot, written


@contextmanager
def _workshop(beside: Path, name: str) -> Iterator[Path]:
    """A folder for everything written on the way, gone when it is left."""
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = beside / f".{name}.{secrets.token_hex(4)}.part"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drop_left(row: Export) -> None:
    """What a killed worker left of this export: half a file, or one it could not offer any more."""
    for folder in Path(settings.EXPORT_DIR).glob(f".{row.uid.hex}.*.part"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in Path(settings.EXPORT_DIR).glob(f"{row.uid.hex}-*"):
        file.unlink(missing_ok=True)


def _claim(pk: int, now: datetime) -> Export | None:
    """This worker's lease on the export; None when nothing is left to do."""
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now)
    claimed = Export.objects.filter(free, pk=pk, attempts__lt=ATTEMPTS).update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        lease_by=secrets.token_hex(8),
        lease_until=now + lease(),
    )
    found = Export.objects.select_related("letter", "replaces").filter(pk=pk).first()
    if claimed or found is None:
        return found
    if Export.objects.filter(free, pk=pk).exists():
        _fail(found, format_lazy(_TIMES, times=ATTEMPTS))
    elif found.state == State.RUNNING:
        raise Busy
    return None


@transaction.atomic
def _begin(row: Export) -> datetime:
    """Write down of which moment the file will be: whoever is erased from now on strikes it out."""
    exporting.hold(row.letter_id)
    now = timezone.now()
    moment = now.replace(microsecond=0)
    if not _mine(row).update(started_at=now, snapshot_at=moment):
        raise Stopped
    return moment


def _offer(row: Export, snapshot: Snapshot, written: Written) -> bool:
    """Put the file into its place and offer it; False when its moment was struck out."""
    with written.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    facts = {
        "count": snapshot.totals.count,
        "paper": snapshot.totals.paper,
        "done": len(snapshot),
        "total": len(snapshot),
        "sha256": digest,
        "size": written.path.stat().st_size,
        "pages": written.pages,
        "parts": written.parts,
        "signed": written.signed,
        "fingerprint": snapshot.fingerprint,
    }
    row.parts = written.parts
    place = exporting.path_of(row)
    written.path.replace(place)
    _remembered(place.parent)
    if _ready(row, snapshot.moment, facts):
        return True
    place.unlink(missing_ok=True)
    if not _mine(row).exists():
        raise Stopped
    return False


@transaction.atomic
def _ready(row: Export, moment: datetime, facts: dict[str, Any]) -> bool:
    """Whoever was erased before this has struck out the moment; who comes after finds it ready."""
    exporting.hold(row.letter_id)
    now = timezone.now()
    times = {"ready_at": now, "expires_at": _until(row, now), "lease_until": None}
    if not _mine(row).filter(snapshot_at=moment).update(state=State.READY, **facts, **times):
        return False
    if row.replaces is not None and retiring.was_delivered(row.replaces):
        chronicling.delivered(letter=row.letter, sha256=facts["sha256"], at=now)
    outbox.publish("export.ready", export=row.pk)
    return True


def _remembered(folder: Path) -> None:
    """The name outlives a power cut as the bytes do."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _until(row: Export, now: datetime) -> datetime:
    """A file that replaces a delivered one lives as long as that one would have."""
    usual = now + timedelta(hours=settings.EXPORT_HOURS)
    before = row.replaces
    return max(usual, before.expires_at) if before and before.expires_at else usual


def _mine(row: Export) -> "QuerySet[Export]":
    return Export.objects.filter(pk=row.pk, lease_by=row.lease_by, state=State.RUNNING)


def _fail(row: Export, reason: str | Promise) -> None:
    with translation.override(wording.words(row.letter.language)):
        said = str(reason)[:300]
    with transaction.atomic():
        if _mine(row).update(state=State.FAILED, reason=said, lease_until=None):
            outbox.publish("export.failed", export=row.pk)
