"""Exporting: a file of the signatories is asked for, called off, asked for again, and ends."""

import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Letter, Organiser
from signatures.exports.wish import Wish
from signatures.models import Export
from signatures.services import snapshotting, writing
from worker import outbox

WAITING = 5  # files of one organiser that may be waited for at a time
SPARE = timedelta(minutes=10)  # a file that ends sooner is made anew
STRAY = timedelta(days=1)  # a file that no row names is left alone this long: one may come
LOCK = 0x6578706F  # "expo": with a letter's number, the advisory lock of its exports
State = Export.State


class Refused(Exception):
    """Not now, or not any more; the text is for the organiser."""


@transaction.atomic
def ask(*, letter: Letter, by: Organiser, wish: Wish) -> Export:
    """Put an export into the queue; when the same is there or coming, that one. Raises Unwanted."""
    wish = settled(letter, wish)
    hold(letter.pk)
    same = _same(letter, wish)
    if same is not None:
        return same
    _admit(letter, by)
    return queue(letter=letter, by=by, wish=wish)


def settled(letter: Letter, wish: Wish) -> Wish:
    """What this letter and this format can give of a wish. Raises Unwanted."""
    return wish.settled(groups=bool(letter.groups), countries="country" in letter.asks)


def queue(*, letter: Letter, by: Organiser, wish: Wish, replaces: Export | None = None) -> Export:
    """A new export at the end of the queue. Needs a transaction."""
    export = Export.objects.create(
        letter=letter,
        asked_by=by,
        format=wish.format,
        sort=wish.sort,
        public_only=wish.public_only,
        options=wish.as_options(),
        replaces=replaces,
    )
    outbox.publish("export.asked", export=export.pk)
    return export


def _admit(letter: Letter, by: Organiser) -> None:
    """Files of letters that stand, and room for others' files. Raises Refused."""
    if letter.is_taken_down:
        raise Refused(_("This letter was taken down. No more files of it are made."))
    waiting = Export.objects.filter(asked_by=by, state__in=[State.QUEUED, State.RUNNING]).count()
    if waiting >= WAITING:
        raise Refused(_("Files are being made for you already. Ask again when one is ready."))


def _same(letter: Letter, wish: Wish) -> Export | None:
    """A file that would come out the same: waiting, being made, or there for a while."""
    fresh = Letter.objects.for_page().get(pk=letter.pk)
    there = Q(state=State.READY, expires_at__gt=timezone.now() + SPARE)
    made = letter.exports.filter(there | Q(state=State.RUNNING))
    alike = made.filter(fingerprint=snapshotting.foreseen(fresh, wish)).order_by("-pk").first()
    if alike and (alike.state == State.RUNNING or path_of(alike).exists()):
        return alike
    queued = letter.exports.filter(state=State.QUEUED).order_by("pk")
    return next((export for export in queued if export.wish == wish), None)


@transaction.atomic
def cancel(*, export: Export) -> bool:
    """Call it off. A worker at it notices within two seconds and leaves nothing behind."""
    rows = Export.objects.filter(pk=export.pk, state__in=[State.QUEUED, State.RUNNING])
    return bool(rows.update(state=State.CANCELLED, lease_until=None))


@transaction.atomic
def again(*, export: Export, by: Organiser) -> Export:
    """Try what failed or was called off once more; make what has ended anew. Raises Refused."""
    row = Export.objects.select_for_update(of=("self",)).select_related("letter").get(pk=export.pk)
    if row.state == State.EXPIRED:
        return ask(letter=row.letter, by=by, wish=row.wish)
    if row.state in {State.FAILED, State.CANCELLED}:
        _admit(row.letter, by)
        row.state, row.reason = State.QUEUED, ""
        row.attempts = row.done = row.total = 0
        row.started_at = row.snapshot_at = None
        row.asked_at = timezone.now()
        row.save()
        outbox.publish("export.asked", export=row.pk)
    return row


def hold(letter: int) -> None:
    """Until the transaction ends nobody else begins or offers an export of this letter, or erases
    anybody in one. On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, letter % (1 << 31)])


def path_of(export: Export) -> Path:
    """Where the file of an export lies once it is ready.

    The name carries whose work it is: a worker that lost its lease overwrites nothing.
    """
    suffix = writing.suffix(export.format, export.parts)
    return Path(settings.EXPORT_DIR) / f"{export.uid.hex}-{export.lease_by}.{suffix}"


def places() -> dict[int, int]:
    """Of every export in the queue, its place there: 1 comes next."""
    queued = Export.objects.filter(state=State.QUEUED).order_by("asked_at", "pk")
    return {pk: place for place, pk in enumerate(queued.values_list("pk", flat=True), start=1)}


def end(*, now: datetime) -> int:
    """Offer files no longer whose time is over; their bytes are strays from then on."""
    over = Export.objects.filter(state=State.READY, expires_at__lte=now)
    return over.update(state=State.EXPIRED)


def drop_strays(now: datetime) -> None:
    """Files that ended, what a killed worker left half written, and whose letter is gone."""
    offered = {path_of(export).name for export in Export.objects.filter(state=State.READY)}
    for file in Path(settings.EXPORT_DIR).glob("*"):
        if file.name in offered:
            continue
        old = file.stat().st_mtime < (now - STRAY).timestamp()
        if old or _has_ended(file.name):
            _drop(file)


def _has_ended(name: str) -> bool:
    try:
        uid = uuid.UUID(hex=name.partition("-")[0])
    except ValueError:
        return False
    ended = [State.EXPIRED, State.CANCELLED, State.FAILED]
    return Export.objects.filter(uid=uid, state__in=ended).exists()


def _drop(file: Path) -> None:
    if file.is_dir():
        shutil.rmtree(file, ignore_errors=True)
    else:
        file.unlink(missing_ok=True)
