"""What the log means to one signer: how far their signature has come, and what they may keep."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from unicodedata import normalize

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signatures.log import commitment, leaf, store
from signatures.log.commitment import Field
from signatures.log.folder import Folder, Missing
from signatures.log.leaf import Entry, Kind
from signatures.log.published import Tree
from signatures.models import Chain, Signature
from signatures.proof import openings, proving, standing, stopped
from signatures.proof.openings import Gone

PROMPT = timedelta(seconds=60)  # by then a signature is in a checkpoint, or its signer is told why
ENDING = ".tlog-proof"
LOOKED = 2_560  # entries looked at for the one that cancels a signature

State = Signature.State


class Stage(Enum):
    """How far a signature has come on its way into the log."""

    NUMBER = "number"  # it has none yet
    ENTRY = "entry"  # it has a number from before the log, or the log has not come to it
    CHECKPOINT = "checkpoint"  # it is entered, and no signed checkpoint covers it yet
    IN = "in"
    CANCELLED = "cancelled"  # it is in the log, and so is that it counts no more
    OUT = "out"  # nothing leads to it: it never counted, or its person is erased


@dataclass(frozen=True)
class Place:
    """Where a signature stands. `why` is for its signer, when it takes longer than promised."""

    stage: Stage
    why: str | Promise = ""
    since: date | None = None  # the day its entry names
    cancelled: int | None = None  # where the entry stands that cancels it, if found
    opens: bool = False  # whether a receipt can be made
    renamed: bool = False  # the entry is of a name that is another now, or was not shown then

    @property
    def moving(self) -> bool:
        """Whether looking again soon will show something else."""
        return self.stage in {Stage.NUMBER, Stage.ENTRY, Stage.CHECKPOINT}


def place_of(signature: Signature, *, now: datetime) -> Place:
    """How far a signature has come, and if it is late, why."""
    index = signature.log_index
    if signature.erased_at is not None or signature.state == State.PENDING:
        return Place(Stage.OUT)
    if signature.state == State.CONFIRMED and (not signature.counted or signature.is_signing_anew):
        return Place(Stage.NUMBER, why=_why(signature, Stage.NUMBER, now))  # perhaps a second time
    if index is not None and (tree := proving.tree_if_any()) and index < tree.size:
        return _entered(signature, index, tree)
    if signature.state != State.CONFIRMED:
        return Place(Stage.OUT)
    stage = Stage.ENTRY if index is None else Stage.CHECKPOINT
    return Place(stage, why=_why(signature, stage, now))


def _entered(signature: Signature, index: int, tree: Tree) -> Place:
    entry = leaf.decode(tree.entry(index))
    stands = signature.state == State.CONFIRMED
    try:
        opening = openings.opening_of(signature)
    except Gone:
        opening = None
    return Place(
        Stage.IN if stands else Stage.CANCELLED,
        since=_day(entry),
        cancelled=None if stands else _cancelling(signature, index, tree.size),
        opens=opening is not None,
        renamed=opening is not None and not _is_named(opening, signature),
    )


def _is_named(opening: openings.Opening, signature: Signature) -> bool:
    """Whether the entry is of the name that is shown now (none, when it is withheld)."""
    name = normalize("NFC", signature.name if signature.public else "").encode()
    salt = commitment.salt(opening.seed, Field.NAME)
    letter = signature.letter.uid.bytes
    return commitment.field_commitment(salt, Field.NAME, letter, name) == opening.parts[Field.NAME]


def _why(signature: Signature, stage: Stage, now: datetime) -> str | Promise:
    """Nothing within the promised time, unless it is known that it can't be kept."""
    if frozen := standing.standing().frozen_because:
        return stopped.in_full(frozen)
    letter = signature.letter
    usual = max(PROMPT, timedelta(seconds=2 * settings.LOG_INTERVAL))
    if letter.sensitive:
        usual += timedelta(minutes=1)
    since = signature.changed_at if signature.is_signing_anew else signature.confirmed_at
    if since is None or now - since < usual:
        return ""
    if stage is Stage.CHECKPOINT:
        return _("The next checkpoint is late. It is signed as soon as the service is back.")
    if stage is Stage.NUMBER:
        return _("Counting is behind. Your signature is kept and gets its number in its turn.")
    if Chain.objects.filter(pk=letter.pk, closed=True).exists():
        return _(
            "The letter was closed in the log before your signature came to it. Please write to"
            " those who run this site."
        )
    return _(
        "Signatures from before the log are entered one after another, and it hasn’t come"
        " to yours yet."
    )


def _day(entry: Entry) -> date:
    return datetime.fromtimestamp(entry.hour * 3600, UTC).date()


def _cancelling(signature: Signature, cancelled: int, size: int) -> int | None:
    """The entry that says a signature counts no more, if it is among the first of its day.

    The log has no list by person: what leads there is the day, and that it names the index."""
    if signature.cancelled_at is None:
        return None
    hours = int(signature.cancelled_at.timestamp()) // 3600 // leaf.DAY * leaf.DAY
    size = min(size, store.size())  # a database that was put back from a copy holds less
    start = _first_at(hours, cancelled + 1, size)
    for index, raw in enumerate(store.read(start, min(start + LOOKED, size)), start):
        entry = leaf.decode(raw)
        if entry.kind in {Kind.WITHDRAWN, Kind.INVALIDATED} and entry.ref == cancelled:
            return index
    return None


def _first_at(hour: int, low: int, high: int) -> int:
    """The first entry of this hour or a later one; hours never go back."""
    while low < high:
        middle = (low + high) // 2
        if leaf.decode(store.read(middle, middle + 1)[0]).hour < hour:
            low = middle + 1
        else:
            high = middle
    return low


def file_name(signature: Signature) -> str:
    return f"{signature.letter.slug}{ENDING}"


def newest_checkpoint() -> str:
    """The signed checkpoint as mails carry it; nothing before the first one.

    A mail goes out even where the log's folder can't be read."""
    try:
        return Folder(settings.LOG_DIR).checkpoint().decode()
    except (Missing, OSError):
        return ""
