"""Being a witness: seeing that other installations' logs only grow, and saying so (C2SP
tlog-witness).

A witness that forgets has to be given up: what it cosigned last is kept before it is answered, and
two that ask at once are never both told yes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from django.conf import settings

from signatures.log import checkpoint, merkle, note, policy, witness
from signatures.log.checkpoint import Checkpoint
from signatures.log.folder import Folder, Missing
from signatures.log.note import Line, SigningKey, Type, VerifierKey
from signatures.log.witness import Refused, Request
from signatures.models import Witnessed
from signatures.proof import standing, witnesses
from signatures.proof.durably import durably

REMEMBERED = 10  # seconds in which the same tree is answered with the same cosignature

log = structlog.get_logger(__name__)


def name() -> str:
    """Of us as a witness: made of the log's origin, and like it, it stays when the site moves."""
    return f"{standing.origin().removesuffix('/log')}/witness"


def signers() -> tuple[SigningKey, ...]:
    """What we cosign with, newest first; none where nobody is watched and no key was given."""
    if not settings.WITNESS_KEYS:
        return ()
    called = name()
    return tuple(
        SigningKey(called, seed, Type.COSIGNATURE) for seed in settings.WITNESS_KEYS.values()
    )


def cosign(*, body: bytes, now: datetime) -> bytes:
    """Our signature lines for the checkpoint in `body`, once it is kept. Raises `Refused`."""
    request = witness.parse(body)
    known = witnesses.watched().get(request.checkpoint.origin)
    if not known:
        raise Refused(404, "this log is not watched here")
    witness.check_signed(request, known)
    # Nobody waits for a lock who would be refused, or told again what was said a moment ago.
    row = Witnessed.objects.filter(pk=request.checkpoint.origin).first()
    last = _last(request, row)
    ours = signers()
    lines = _said(request, last, ours, now) or _move(request, known, ours, now)
    return "".join(map(str, lines)).encode()


def shown(digest: str) -> bytes | None:
    """The newest checkpoint we cosigned of the log whose origin has this SHA-256, in hex."""
    for origin in Witnessed.objects.values_list("pk", flat=True):
        if _digest(origin) == digest:
            return bytes(Witnessed.objects.get(pk=origin).checkpoint)
    return None


@dataclass(frozen=True)
class Last:
    """The tree we cosigned last: its note, and when."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT
    checkpoint: bytes = b""
    at: int = 0  # POSIX seconds


def _last(request: Request, row: Witnessed | None) -> Last:
    """What the request must go on from; raises `Refused` when it does not."""
    tree, last = request.checkpoint, _remembered(request.checkpoint.origin, row)
    if last.size and tree.size == last.size and tree.root != last.root:
        # Signed by the log's own key: with ours, it shows that the log has two histories.
        log.error("a watched log has forked", origin=tree.origin, size=tree.size)
    witness.check_follows(request, last.size, last.root)
    return last


def _remembered(origin: str, row: Witnessed | None) -> Last:
    """The row; or the file beside our log, which no restore of the database takes back."""
    last = Last()
    if row is not None:
        at = int(row.at.timestamp()) if row.at else 0
        last = Last(row.size, bytes(row.root), bytes(row.checkpoint), at)
    try:
        kept = _folder(origin).checkpoint()
    except Missing:
        return last
    tree = checkpoint.parse(note.parse(kept).text)
    if tree.size <= last.size:
        return last
    log.warning("the database has forgotten what we cosigned", origin=origin, size=last.size)
    return Last(tree.size, tree.root, kept)


def _move(
    request: Request, known: Sequence[VerifierKey], keys: Sequence[SigningKey], now: datetime
) -> list[Line]:
    """Check and keep, in one step that only one of many gets through."""
    with durably():
        row = _lock(request.checkpoint.origin)
        last = _last(request, row)
        time = _time(last, int(now.timestamp()))
        ours = [key.cosign(request.note.text, time) for key in keys]
        ids = {(key.name, key.id) for key in known}
        theirs = [line for line in request.note.lines if (line.name, line.key_id) in ids]
        _keep(row, request.checkpoint, note.signed(request.note.text, [*theirs, *ours]), time)
    return ours


def _lock(origin: str) -> Witnessed:
    """On SQLite the transaction is the lock."""
    Witnessed.objects.get_or_create(pk=origin, defaults={"root": merkle.EMPTY_ROOT})
    return Witnessed.objects.select_for_update().get(pk=origin)


def _keep(row: Witnessed, tree: Checkpoint, cosigned: bytes, time: int) -> None:
    moved = Witnessed.objects.filter(pk=row.pk, size=row.size, root=row.root).update(
        size=tree.size, root=tree.root, checkpoint=cosigned, at=datetime.fromtimestamp(time, UTC)
    )
    if not moved:
        raise Refused(409, "another request was faster", recorded=row.size)
    # Cut off between here and the commit, the file knows more than anybody was told: harmless.
    _folder(row.pk).publish(cosigned)


def _said(request: Request, last: Last, keys: Sequence[SigningKey], now: datetime) -> list[Line]:
    """What we said about this very tree a moment ago: to ask again and again writes nothing."""
    if not last.checkpoint or not 0 <= now.timestamp() - last.at < REMEMBERED:
        return []
    held = note.parse(last.checkpoint)
    ids = {(key.name, key.verifier.id) for key in keys}
    ours = [line for line in held.lines if (line.name, line.key_id) in ids]
    return ours if held.text == request.note.text and len(ours) == len(ids) else []


def _time(last: Last, now: int) -> int:
    """Never before what was said of a smaller tree, should our clock have been set back a little;
    after a larger step the truth about the time is worth more."""
    return last.at if now < last.at <= now + policy.LEEWAY else now


def _folder(origin: str) -> Folder:
    return Folder(settings.LOG_DIR / "witness" / _digest(origin))


def _digest(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
