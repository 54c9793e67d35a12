"""One witness asked for its cosignature: C2SP tlog-witness, the log's side. Nothing it says is
used before it is checked, and nothing it says is ever repeated in a log line.
"""

import time

from signatures.log import lines, note, witness
from signatures.log.note import Line
from signatures.log.policy import LEEWAY, Witness
from signatures.log.published import Tree
from signatures.log.rejected import Rejected
from signatures.proof import posting
from signatures.proof.posting import Answer, NoAnswer

LONGEST = 64 * 1024  # bytes of an answer
TRIES = 3  # it says what it has seen, and somebody else of us may be asking it as well
CONFLICT = "text/x.tlog.size"


class NotCosigned(Exception):
    """No cosignature came that can be used; `reason` is safe to write down."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SawMore(Exception):
    """The witness says that it has cosigned a tree of ours of `size` leaves, more than we have."""

    def __init__(self, size: int) -> None:
        super().__init__("a witness has seen a larger tree")
        self.size = size


class _Unreadable(Rejected):
    """The answer is not what a witness answers."""


def cosignature(asked: Witness, tree: Tree, *, old: int, deadline: float) -> Line:
    """The witness's line under the tree's checkpoint. Raises NotCosigned or SawMore.

    `old` is the size it is believed to have seen last; `deadline` is of the monotonic clock.
    """
    if old > tree.size:
        old = 0  # it then says itself what it has seen
    for _ in range(TRIES):
        body = witness.body(old, tree.growth_from(old), _alone(tree))
        answer = _posted(asked, body, deadline - time.monotonic())
        if answer.status != 409:
            return _line(answer, asked, tree.checkpoint.text)
        said = _size(answer)
        if said > tree.size:
            raise SawMore(said)
        old = said
    raise NotCosigned("it names one size after another")


def _alone(tree: Tree) -> bytes:
    """The checkpoint as our log alone has signed it: no witness hears what another one said."""
    held = note.parse(tree.signed)
    own = [line for line in held.lines if line.name == tree.checkpoint.origin]
    return note.signed(held.text, own)


def _posted(asked: Witness, body: bytes, seconds: float) -> Answer:
    if seconds <= 0:
        raise NotCosigned("too slow")
    address = f"{asked.url.rstrip('/')}/add-checkpoint"
    try:
        return posting.post(address, body, seconds=seconds, most=LONGEST)
    except NoAnswer as none:
        raise NotCosigned(none.reason) from None


def _size(answer: Answer) -> int:
    """What a conflict names. Anything odd is no witness's answer, and must not be one to us."""
    if answer.kind != CONFLICT:
        raise NotCosigned("a conflict without a size")
    try:
        text = lines.text_of(answer.body, limit=20, what="the size", error=_Unreadable)
        if not text.endswith("\n"):
            raise NotCosigned("a conflict without a size")
        return lines.number(text[:-1], what="the size", error=_Unreadable)
    except _Unreadable as unreadable:
        raise NotCosigned(unreadable.reason) from None


def _line(answer: Answer, asked: Witness, text: str) -> Line:
    """The one line by the key that was agreed upon; lines by others are passed over."""
    if answer.status != 200:
        raise NotCosigned(f"status {answer.status}")
    try:
        said = lines.text_of(answer.body, limit=LONGEST, what="the answer", error=_Unreadable)
        found = [note.parse_line(line) for line in said.removesuffix("\n").split("\n")]
        own = [each for each in found if (each.name, each.key_id) == (asked.key.name, asked.key.id)]
        if len(own) != 1:
            raise NotCosigned("not signed once by its key")
        at = asked.key.check(text, own[0].signature)
    except Rejected as rejected:
        raise NotCosigned(rejected.reason) from None
    if at is None or abs(at - time.time()) > LEEWAY:
        raise NotCosigned("its time is not ours")
    return own[0]
