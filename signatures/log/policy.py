"""Whom to believe: the log's keys, the witnesses' and how many of them. C2SP tlog-policy.

Lines of words parted by spaces and tabs: ``log <vkey> [url]``, ``witness <name> <vkey> [url]``,
``group <name> <all|any|k> <name>…``, ``quorum <name|none>``; ``#`` begins a comment.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from signatures.log import checkpoint, note
from signatures.log.checkpoint import Checkpoint
from signatures.log.note import Type, VerifierKey
from signatures.log.rejected import Rejected

LIMIT = 256 * 1024  # bytes
MOST = 256  # logs, witnesses and groups; C2SP asks for 32 of each at least
LEEWAY = 300  # seconds a witness's clock may be ahead of ours
NOBODY = "none"

_BLANK = re.compile(r"[ \t]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}")
_WITNESS_TYPES = {Type.COSIGNATURE, Type.ML_DSA_COSIGNATURE}


class BadPolicy(Rejected):
    """The text is no policy."""


class NotTrusted(Rejected):
    """The checkpoint is not signed as the policy asks."""


@dataclass(frozen=True)
class Log:
    """A log's key, named like its origin."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Witness:
    """A witness's key, and its name inside the policy."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """Witnesses or groups of which `threshold` must have seen a checkpoint."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Witnessed:
    """A witness that has cosigned, and when (POSIX seconds)."""

    witness: Witness
    time: int


@dataclass(frozen=True)
class Trusted:
    """A checkpoint the policy accepts, the key that signed it and who has cosigned it."""

    checkpoint: Checkpoint
    log: Log
    witnessed: tuple[Witnessed, ...]


@dataclass
class Policy:
    """Logs, of which any one may have signed, and the witnesses asked for; groups in order."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str = NOBODY

    @property
    def text(self) -> str:
        """The policy as a file, for tools that nobody here wrote."""
        rows: list[tuple[str, ...]] = [("log", str(each.key), each.url) for each in self.logs]
        rows += [("witness", each.name, str(each.key), each.url) for each in self.witnesses]
        rows += [("group", g.name, str(g.threshold), *g.members) for g in self.groups]
        rows += [("quorum", self.quorum)]
        return "".join(" ".join(filter(None, row)) + "\n" for row in rows)

    def accept(self, data: bytes, now: int | None = None) -> Trusted:
        """The checkpoint in a signed note, if a log of ours and the quorum have signed it.

        `NotTrusted`, `BadNote` or `BadCheckpoint` otherwise; with `now` (POSIX seconds) also when
        a witness's time is more than `LEEWAY` ahead of it.
        """
        keys = [*(log.key for log in self.logs), *(each.key for each in self.witnesses)]
        read, signatures = note.opened(data, keys)
        tree = checkpoint.parse(read.text)
        times = {each.key: each.time for each in signatures}
        own = (each for each in self.logs if each.key.name == tree.origin)
        log = next((each for each in own if each.key in times), None)
        if log is None:
            raise NotTrusted("the checkpoint is not signed by the log it names")
        witnessed = tuple(
            Witnessed(witness, times[witness.key] or 0)
            for witness in self.witnesses
            if witness.key in times
        )
        if now is not None and any(each.time > now + LEEWAY for each in witnessed):
            raise NotTrusted("a witness signed in the future")
        if not self.reached({each.witness.name for each in witnessed}):
            raise NotTrusted("too few witnesses have cosigned the checkpoint")
        return Trusted(tree, log, witnessed)

    def reached(self, names: AbstractSet[str]) -> bool:
        """Whether these witnesses make the quorum."""
        seen = set(names)
        for group in self.groups:
            if sum(member in seen for member in group.members) >= group.threshold:
                seen.add(group.name)
        return self.quorum == NOBODY or self.quorum in seen


def parse(data: bytes) -> Policy:
    """The policy in a file; `BadPolicy` if it is none. Names are compared byte for byte."""
    if len(data) > LIMIT:
        raise BadPolicy(f"the policy is longer than {LIMIT} bytes")
    text = data.decode("utf-8", "surrogateescape")
    if _FORBIDDEN.search(text):
        raise BadPolicy("the policy contains a control character")
    if not text.endswith("\n"):
        raise BadPolicy("the policy's last line does not end")
    reading = _Reading()
    for line in text[:-1].split("\n"):
        words = _BLANK.split(line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            reading.take(words)
    return reading.policy()


class _Reading:
    """A policy while it is read: what has been named so far."""

    def __init__(self) -> None:
        self._policy = Policy()
        self._names: set[str] = {NOBODY}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def policy(self) -> Policy:
        if self._quorum is None:
            raise BadPolicy("the policy has no quorum")
        self._policy.quorum = self._quorum
        return self._policy

    def take(self, words: list[str]) -> None:
        held = self._policy
        if len(held.logs) + len(held.witnesses) + len(held.groups) >= MOST:
            raise BadPolicy(f"the policy names more than {MOST} logs, witnesses and groups")
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                key = _key(vkey, {Type.ED25519}, [log.key for log in held.logs])
                held.logs.append(Log(key, *url))
            case ["witness", name, vkey, *url] if len(url) < 2:
                key = _key(vkey, _WITNESS_TYPES, [each.key for each in held.witnesses])
                held.witnesses.append(Witness(self._new(name), key, *url))
            case ["group", name, threshold, first, *more]:
                self._group(name, threshold, [first, *more])
            case ["quorum", name]:
                if self._quorum is not None:
                    raise BadPolicy("the policy has two quorums")
                self._quorum = self._known(name)
            case _:
                raise BadPolicy("a line of the policy is not understood")

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            if self._known(member) == NOBODY or member in self._members:
                raise BadPolicy("a member stands in two groups, or is nobody")
            self._members.add(member)
        if not (threshold in {"all", "any"} or _THRESHOLD.fullmatch(threshold)):
            raise BadPolicy("a group needs all, any or a number of its members")
        number = {"all": len(members), "any": 1}.get(threshold) or int(threshold)
        if number > len(members):
            raise BadPolicy("a group needs more members than it has")
        self._policy.groups.append(Group(self._new(name), number, tuple(members)))

    def _new(self, name: str) -> str:
        if name in self._names:
            raise BadPolicy("a name is given twice")
        self._names.add(name)
        return name

    def _known(self, name: str) -> str:
        if name not in self._names:
            raise BadPolicy("a name is used before it is given")
        return name


def _key(vkey: str, types: AbstractSet[Type], before: list[VerifierKey]) -> VerifierKey:
    try:
        key = note.parse_key(vkey)
    except note.BadKey as bad:
        raise BadPolicy(bad.reason) from None
    if key.type not in types:
        raise BadPolicy("a key of a type that does not sign this")
    if any(key.public == other.public for other in before):
        raise BadPolicy("one key stands there twice")
    return key
