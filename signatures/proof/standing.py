"""Where the log stands, for pages, documents and mails: one query and one small file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db.models import OuterRef, Subquery

from signatures.log import checkpoint, cosignature, note, policy
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder
from signatures.log.merkle import EMPTY_ROOT
from signatures.log.note import SigningKey, parse_key
from signatures.log.policy import Policy
from signatures.log.rejected import Rejected
from signatures.models import Head, LogKey, Published
from signatures.proof import witnesses

LATE = timedelta(seconds=60)  # without a look; longer where checkpoints are rarer


@dataclass(frozen=True)
class Seen:
    """A witness that has cosigned the newest checkpoint, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """The newest checkpoint, and what is known about it."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime | None  # None: nothing is signed yet
    checked_at: datetime | None  # when counts and log were last found to agree
    frozen_because: str  # a `stopped.Reason`; empty: it goes on
    witnesses: tuple[Seen, ...]
    wanted: int  # how many witnesses are asked

    @property
    def frozen(self) -> bool:
        return bool(self.frozen_because)


def standing() -> Standing:
    """What the log says of itself now."""
    signed = newest()
    tree = signed[0] if signed else Checkpoint(origin(), 0, EMPTY_ROOT)
    frozen = Subquery(Head.objects.filter(pk=OuterRef("pk")).values("frozen_because"))
    row = Published.objects.filter(pk=1).annotate(frozen=frozen).first()
    asked = witnesses.asked()
    return Standing(
        origin=tree.origin,
        size=tree.size,
        root=tree.root,
        signed_at=row.signed_at if row else None,
        checked_at=row.checked_at if row else None,
        frozen_because=(row.frozen or "") if row else "",
        witnesses=tuple(_seen(signed[1], asked)) if signed else (),
        wanted=len(asked.witnesses),
    )


def late() -> timedelta:
    """After how long without a look at the log something is wrong with whoever looks."""
    return max(LATE, 3 * timedelta(seconds=settings.LOG_INTERVAL))


def newest() -> tuple[Checkpoint, note.Note] | None:
    """The newest checkpoint and the note it is signed in; None before the first, and where the file
    is damaged, which the next turn of the clock mends."""
    try:
        return _read(Folder(settings.LOG_DIR).checkpoint())
    except Rejected:
        return None


@lru_cache(maxsize=4)
def _read(data: bytes) -> tuple[Checkpoint, note.Note]:
    read = note.parse(data)
    return checkpoint.parse(read.text), read


def _seen(signed: note.Note, asked: Policy) -> Iterator[Seen]:
    """Who has cosigned; each line was checked before it was added."""
    names = {(each.key.name, each.key.id): each.name for each in asked.witnesses}
    for line in signed.lines:
        if name := names.get((line.name, line.key_id)):
            yield Seen(name, datetime.fromtimestamp(cosignature.time_of(line.signature), UTC))


# --- Whom to believe ------------------------------------------------------------------------------
def address() -> str:
    """Where the log is read: its prefix, without a slash at the end."""
    return f"{settings.SITE_URL}/log"


def origin() -> str:
    """The log's name: as it began, or before that as the settings want it."""
    began = Published.objects.filter(pk=1).values_list("origin", flat=True).first()
    return began or settings.LOG_ORIGIN or checkpoint.origin_of(address())


def signing_keys(name: str) -> list[SigningKey]:
    """The keys that sign, newest first, for the log of this name."""
    return [SigningKey(name, seed) for seed in settings.LOG_KEYS.values()]


def trusted_policy() -> Policy:
    """The policy this installation publishes: every key its log ever had, and its witnesses."""
    keys = [parse_key(row.vkey) for row in LogKey.objects.all()]
    if not keys:
        keys = [key.verifier for key in signing_keys(origin())]
    asked = witnesses.asked()
    logs = [policy.Log(key, address()) for key in keys]
    return Policy(logs, asked.witnesses, asked.groups, asked.quorum)
