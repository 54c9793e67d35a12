"""What a witness answers: C2SP tlog-witness, `POST <prefix>/add-checkpoint`, as pure steps.

The body is ``old <size>\\n``, up to 63 lines of base64 hashes, an empty line and the checkpoint.
The steps in order: `parse` (400), is the origin known (404, by the caller), `check_signed` (403),
`check_follows` (409, 422). The last one and keeping the new tree must be one atomic step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signatures.log import checkpoint, lines, merkle, note
from signatures.log.checkpoint import Checkpoint
from signatures.log.note import Note, Type, VerifierKey
from signatures.log.rejected import Rejected

LIMIT = note.LIMIT + 64 * 1024  # bytes


class Refused(Rejected):
    """The witness does not cosign; `status` is HTTP's, `recorded` its own size where it is 409."""

    def __init__(self, status: int, reason: str, recorded: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.recorded = recorded


class _Malformed(Refused):
    def __init__(self, reason: str) -> None:
        super().__init__(400, reason)


@dataclass(frozen=True)
class Request:
    """A tree to cosign, and the proof that it begins with the one of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: Note


def body(old: int, proof: Sequence[bytes], signed: bytes) -> bytes:
    """What a log sends to a witness that last saw `old` leaves."""
    head = [f"old {old}", *map(lines.encoded, proof), ""]
    return "".join(f"{line}\n" for line in head).encode() + signed


def parse(data: bytes) -> Request:
    """The request in a body; `Refused` with status 400 if it is none."""
    text = lines.text_of(data, limit=LIMIT, what="the request", error=_Malformed)
    head, empty_line, signed = text.partition("\n\n")
    first, *rest = head.split("\n")
    if not empty_line or not first.startswith("old "):
        raise _Malformed("the request has no old size or no checkpoint")
    if len(rest) > merkle.LONGEST:
        raise _Malformed("the proof has more than 63 hashes")
    old = lines.number(first.removeprefix("old "), what="the old size", error=_Malformed)
    proof = [lines.digest(line, what="a line of the proof", error=_Malformed) for line in rest]
    try:
        read = note.parse(signed.encode())
        tree = checkpoint.parse(read.text)
    except Rejected as rejected:
        raise _Malformed(rejected.reason) from None
    if old > tree.size:
        raise _Malformed("the old size is above that of the checkpoint")
    return Request(old, tuple(proof), tree, read)


def check_signed(request: Request, keys: Iterable[VerifierKey]) -> None:
    """`Refused` with status 403 unless a key of this log has signed the checkpoint."""
    own = [
        key for key in keys if key.name == request.checkpoint.origin and key.type is Type.ED25519
    ]
    try:
        note.check(request.note, own)
    except note.BadNote as bad:
        raise Refused(403, bad.reason) from None


def check_follows(request: Request, size: int, root: bytes) -> None:
    """`Refused` with 409 or 422 unless the tree continues the one the witness recorded last.

    A log never seen before has size 0 and `merkle.EMPTY_ROOT`.
    """
    if request.old != size:
        raise Refused(409, "the witness has recorded another size", recorded=size)
    try:
        merkle.check_consistency(
            old=size,
            old_root=root,
            new=request.checkpoint.size,
            new_root=request.checkpoint.root,
            proof=request.proof,
        )
    except merkle.BadProof as bad:
        raise Refused(422, bad.reason) from None
