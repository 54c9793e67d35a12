"""Exporting: a file of the signatories, made by the worker from one consistent look at the rows."""

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Letter, Organiser
from signatures.exports import comma, pdf, sheet
from signatures.exports.sandbox import NotPrinted
from signatures.models import Export
from signatures.services import snapshotting
from worker import outbox

log = structlog.get_logger(__name__)

RENEWALS = 4  # within a lease, so that a slow one loses nothing
ATTEMPTS = 3
WAITING = 5  # files of one organiser that may be waited for at a time
STRAY = timedelta(days=1)  # a file that no row names is left alone this long: one may come
State = Export.State


class Refused(Exception):
    """No more files now; the text is for the organiser."""


class Busy(Exception):
    """Another worker holds this export; come again when its lease may have ended."""


@transaction.atomic
def ask(
    *, letter: Letter, by: Organiser, kind: str, sort: str, public_only: bool = False
) -> Export:
    """Put an export into the queue."""
    waiting = Export.objects.filter(asked_by=by, state__in=[State.QUEUED, State.RUNNING]).count()
    if waiting >= WAITING:
        raise Refused(_("Files are being made for you already. Ask again when one is ready."))
    export = Export.objects.create(
        letter=letter, asked_by=by, format=kind, sort=sort, public_only=public_only
    )
    outbox.publish("export.asked", export=export.pk)
    return export


def run(*, export: int, now: datetime) -> None:
    """Make the file of a queued export, or of one whose worker died. Done twice makes it once."""
    row = _claim(export, now)
    if row is None:
        return
    keeper = _Keeper(row)
    try:
        with keeper:
            file = write(
                letter=row.letter,
                kind=row.format,
                sort=row.sort,
                public_only=row.public_only,
                out=path_of(row),
                keeper=keeper,
            )
    except NotPrinted as failed:
        log.warning("export failed", export=row.pk, detail=failed.detail)
        _end(row, state=State.FAILED, reason=str(failed.reason)[:300])
    else:
        _ready(row, file)


class Meter:
    """Where a writer says how far it is; a progress bar or a lease keeper listens."""

    done = 0
    total = 0

    def at(self, done: int) -> None:
        self.done = done


def write(
    *,
    letter: Letter,
    kind: str,
    sort: str,
    public_only: bool,
    out: Path,
    keeper: Meter,
) -> Path:
    """Write the file whole or not at all. Raises NotPrinted with a reason to show."""
    out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with _one_look():
            look = snapshotting.look(letter, sort=sort, public_only=public_only)
            keeper.total = look.total
            _write(kind, look, part, keeper)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.chmod(0o600)
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def _write(kind: str, look: snapshotting.Look, part: Path, keeper: Meter) -> None:
    if kind == Export.Format.PDF:
        pdf.write(look.document(), look.printed(), part, progress=keeper.at)
    elif kind == Export.Format.XLSX:
        sheet.write(look.organisers(), part, snapshot=look.moment, progress=keeper.at)
    else:
        with part.open("wb") as file:
            file.writelines(comma.stream(look.organisers(), progress=keeper.at))


def path_of(export: Export) -> Path:
    return Path(settings.EXPORT_DIR) / f"{export.uid.hex}.{export.format}"


def expire(*, now: datetime) -> int:
    """Delete files whose time is over, and what no row knows any more."""
    over = Export.objects.filter(state=State.READY, expires_at__lte=now)
    ended = 0
    for export in over:
        path_of(export).unlink(missing_ok=True)
        ended += Export.objects.filter(pk=export.pk, state=State.READY).update(state=State.EXPIRED)
    _drop_strays(now)
    return ended


def _drop_strays(now: datetime) -> None:
    """What a killed worker left half written, and files whose letter or organiser is gone."""
    named = {path_of(export).name for export in Export.objects.filter(state=State.READY)}
    for file in Path(settings.EXPORT_DIR).glob("*"):
        if file.name not in named and file.stat().st_mtime < (now - STRAY).timestamp():
            file.unlink(missing_ok=True)


@contextmanager
def _one_look() -> Iterator[None]:
    """Every read inside sees the same moment, and no writer waits for us."""
    if connection.in_atomic_block:  # a caller's transaction is the look
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    else:
        # Not atomic(): that is BEGIN IMMEDIATE here, and would keep every signer waiting.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _lease() -> timedelta:
    """Shorter than the message's own: whoever is handed it again finds the export free."""
    return timedelta(seconds=settings.OUTBOX_LEASE) / 2


def _claim(pk: int, now: datetime) -> Export | None:
    """This worker's lease on the export; None when nothing is left to do."""
    mine = secrets.token_hex(8)
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now)
    claimed = Export.objects.filter(free, pk=pk, attempts__lt=ATTEMPTS).update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        lease_by=mine,
        lease_until=now + _lease(),
    )
    if claimed:
        return Export.objects.select_related("letter__revision", "letter__tally").get(pk=pk)
    gave_up = Export.objects.filter(free, pk=pk).update(
        state=State.FAILED,
        reason=_("It was begun {times} times and never came to its end.").format(times=ATTEMPTS),
    )
    if not gave_up and Export.objects.filter(pk=pk, state=State.RUNNING).exists():
        raise Busy
    return None


def _end(row: Export, **changes: object) -> bool:
    return bool(
        Export.objects.filter(pk=row.pk, lease_by=row.lease_by, state=State.RUNNING).update(
            lease_until=None, **changes
        )
    )


def _ready(row: Export, file: Path) -> None:
    now = timezone.now()
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with transaction.atomic():
        if _end(
            row,
            state=State.READY,
            sha256=digest,
            size=file.stat().st_size,
            ready_at=now,
            expires_at=now + timedelta(hours=settings.EXPORT_HOURS),
        ):
            outbox.publish("export.ready", export=row.pk)


class _Keeper(Meter):
    """Renews the lease and writes the progress from a thread and connection of its own."""

    def __init__(self, row: Export) -> None:
        self.row = row
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _keep(self) -> None:
        renewed, pause = 0.0, _lease().total_seconds() / RENEWALS
        try:
            while not self._stop.wait(0.5):
                renewed += 0.5
                if self.done != self.row.done or self.total != self.row.total or renewed >= pause:
                    self._renew()
                    renewed = 0.0
            self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        self.row.done, self.row.total = self.done, self.total
        try:
            Export.objects.filter(pk=self.row.pk, lease_by=self.row.lease_by).update(
                done=self.done, total=self.total, lease_until=timezone.now() + _lease()
            )
        except DatabaseError as error:  # the next renewal may do better; the file is not to suffer
            log.warning("lease not renewed", export=self.row.pk, fault=type(error).__name__)
            connection.close()
