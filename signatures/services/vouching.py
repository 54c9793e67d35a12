"""Vouching: what the public log says of the totals a document prints, taken along with them.

The sequencer moves a letter's totals and its entry of the log in one transaction, so one look sees
both. The next checkpoint covers that entry a few seconds later: it is waited for, and the proof is
that of the very entry, not of a newer one with other totals. Only where the log does not come so
far in time is an earlier entry proven, and both totals are printed.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog
from django.conf import settings
from django.utils import timezone

from campaigns.models import Letter
from signatures.counting.totals import Totals, totals
from signatures.exports import document
from signatures.log import leaf, lines, merkle, policy, proof
from signatures.log.policy import Policy
from signatures.log.proof import Proof
from signatures.log.rejected import Rejected
from signatures.models import Chain
from signatures.proof import proving, standing
from signatures.proof.proving import NotYet
from signatures.proof.standing import Standing

log = structlog.get_logger(__name__)

LOOK = 0.2  # seconds between two looks at the log
LONGEST = 90  # seconds a file waits for its checkpoint
ALIVE = timedelta(minutes=3)  # since the log was last looked after: else nothing is waited for


@dataclass(frozen=True, slots=True)
class Place:
    """A letter's newest entry in the log as one look saw it, and the totals it has."""

    last: int | None = None
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a document can print of the log, or why it can print nothing."""

    checkpoint: document.Checkpoint | None = None
    unproven: Literal["", "frozen", "unpublished"] = ""
    kind: str = ""  # tells a file that would come out otherwise


NOWHERE, NOTHING = Place(), Vouched()


def place(letter: Letter) -> Place:
    """Where the letter stands in the log; inside the look that counts its rows."""
    chain = Chain.objects.filter(pk=letter.pk).first()
    if chain is None:
        return Place()
    return Place(chain.last, totals(chain))


def vouch(letter: Letter, at: Place, printed: Totals, *, waiting: Callable[[], None]) -> Vouched:
    """The newest signed state of the log that has the `printed` totals, with all that proves it.

    `waiting` is called again and again meanwhile, and may raise.
    """
    entry = at.last if at.totals == printed else None  # else the log is still being filled
    until = time.monotonic() + min(2 * settings.LOG_INTERVAL + 5, LONGEST)
    asked = standing.trusted_policy()
    while True:
        now = standing.standing()
        if now.frozen:
            return Vouched(unproven="frozen", kind="frozen")
        if entry is None or _has_come(now, entry, asked) or not _is_alive(now):
            break
        if time.monotonic() > until:
            break
        waiting()
        time.sleep(LOOK)
    return _proven(letter, entry, printed, asked)


def foreseen(letter: Letter) -> str:
    """The kind of a file that is asked for now: what was put in the log a moment ago is waited for.

    `letter` is fresh, with its tally.
    """
    now, at = standing.standing(), place(letter)
    if now.frozen:
        return "frozen"
    if at.last is None or now.size == 0:
        return "unpublished"
    return "same" if at.totals == totals(letter.tally) else "behind"


def marked(fingerprint: str, kind: str) -> str:
    """A file's fingerprint with what the log adds to it."""
    return hashlib.sha256(f"{fingerprint} {kind}".encode()).hexdigest()


def _has_come(now: Standing, entry: int, asked: Policy) -> bool:
    """Whether the newest checkpoint covers the entry and enough witnesses have seen it."""
    return entry < now.size and asked.reached({each.name for each in now.witnesses})


def _is_alive(now: Standing) -> bool:
    return now.checked_at is not None and now.checked_at > timezone.now() - ALIVE


def _proven(letter: Letter, entry: int | None, printed: Totals, asked: Policy) -> Vouched:
    """The entry, or the newest that is published."""
    try:
        found = _proof(letter, entry)
        checked = _checked(letter, found, asked)
    except NotYet:
        return Vouched(unproven="unpublished", kind="unpublished")
    except Rejected as rejected:
        log.error(  # noqa: TRY400  # its reason says all, and no trace can hold a name
            "a document goes without its proof", letter=letter.pk, reason=rejected.reason
        )
        return Vouched(unproven="unpublished", kind="rejected")
    same = totals(checked) == printed
    return Vouched(checked, kind="same" if same else f"behind {checked.index}")


def _proof(letter: Letter, entry: int | None) -> Proof:
    tree = proving.tree()
    if entry is None or entry >= tree.size:
        return proof.parse(proving.proof_of_letter(letter))
    return tree.entry_proof(entry)


def _checked(letter: Letter, found: Proof, asked: Policy) -> document.Checkpoint:
    """Checked as a stranger would, but for the number of witnesses: those there are, are named."""
    raw = found.extra or b""
    trusted = found.check(merkle.leaf_hash(raw), replace(asked, quorum=policy.NOBODY))
    entry, tree = leaf.decode(raw), trusted.checkpoint
    if entry.letter != letter.uid.bytes:
        raise Rejected("the entry is another letter's")
    return document.Checkpoint(
        origin=tree.origin,
        size=tree.size,
        root=lines.encoded(tree.root),
        index=found.index,
        signed=entry.signed,
        withdrawn=entry.withdrawn,
        invalidated=entry.invalidated,
        witnesses=tuple(
            (each.witness.key.name, datetime.fromtimestamp(each.time, UTC))
            for each in trusted.witnessed
        ),
        wanted=len(asked.witnesses),
        check=f"{settings.SITE_URL}/verify/",
        note=found.checkpoint,
        proof=bytes(found),
        policy=asked.text.encode(),
    )
