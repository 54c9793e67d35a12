"""Asking our witnesses about each checkpoint, all at once, beside the signing and never in its way.

One answer ends signing: a witness has seen a larger tree of ours. Then somebody signs with our key,
or we were put back to an older state and would now write another history.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from signatures.log import cosignature, note
from signatures.log.note import Line, Note
from signatures.log.policy import Witness
from signatures.log.published import Tree
from signatures.models import Published
from signatures.proof import asking, proving, witnesses
from signatures.proof.asking import NotCosigned, SawMore
from signatures.proof.stopped import Reason
from signatures.services import checkpointing, freezing

SECONDS = 5.0  # for all of them together
AGAIN = 10  # seconds between asking about a tree and asking about it again
FRESH = 600  # seconds after which a cosignature of the newest tree is asked for anew

log = structlog.get_logger(__name__)


@dataclass
class Acquaintance:
    """What this process remembers of one witness; forgotten, it costs one question more."""

    size: int = 0  # of the tree it saw last
    trouble: str = ""
    busy: bool = False


@dataclass
class Memory:
    """Of this process: whom it has met, and about which checkpoint it asked last, and when."""

    met: dict[str, Acquaintance] = field(default_factory=dict)
    text: str = ""
    asked_at: float = 0.0  # POSIX seconds
    heard: bool = False  # whether anybody was asked at all, or there is nobody to ask
    turn: threading.Lock = field(default_factory=threading.Lock)

    def of(self, asked: Witness) -> Acquaintance:
        return self.met.setdefault(str(asked.key), Acquaintance())


_memory = Memory()


def refresh(*, now: datetime) -> bool:
    """Ask about the newest checkpoint if that is due; whether it gained a cosignature."""
    with _memory.turn:
        if not (named := _askable()):
            _memory.heard = True
            return False
        tree = proving.tree_if_any()
        due = _due(tree, named, now.timestamp()) if tree else []
        if tree is None or not due or freezing.frozen():
            return False
        _memory.text, _memory.asked_at = tree.checkpoint.text, now.timestamp()
        cosigned = _asked(due, tree)
        _memory.heard = True
        return cosigned is not None and checkpointing.show(cosigned)


def listen_first(*, now: datetime) -> None:
    """Ask before this process appends or signs anything, once, for `SECONDS` at most: had all of
    the machine been put back, only others would know what was signed since."""
    if not _memory.heard:
        with suppress(ImproperlyConfigured):  # whoever asks later says so
            refresh(now=now)


def larger(than: int) -> tuple[str, int] | None:
    """Which witness says that our log had more entries than that, and how many; None if none does.

    Asks now, about what is published, and changes nothing here.
    """
    if (tree := proving.tree_if_any()) is None:
        return None
    for asked, answer in _ask_all(_askable(), tree):
        told = answer.exception() if answer.done() else None
        if isinstance(told, SawMore) and told.size > than:
            return asked.name, told.size
    return None


def _asked(named: Sequence[Witness], tree: Tree) -> bytes | None:
    """The tree's checkpoint with the cosignatures that came in time; None when none did."""
    fresh = []
    for asked, answer in _ask_all(named, tree):
        try:
            fresh.append(answer.result(timeout=0))
        except SawMore as more:
            _stop(asked, more.size)
        except NotCosigned as refused:
            _trouble(asked, refused.reason)
        except TimeoutError:
            _trouble(asked, "too slow")
        else:
            _trouble(asked, "")
    return _merged(note.parse(tree.signed), fresh) if fresh else None


def forget() -> None:
    """Begin as after a start (between tests)."""
    global _memory  # noqa: PLW0603 - what a process remembers
    _memory = Memory()


def _askable() -> list[Witness]:
    return [each for each in witnesses.asked().witnesses if each.url]


def _due(tree: Tree, named: Sequence[Witness], now: float) -> list[Witness]:
    """All of them about another tree than last time; about the same one, now and then, those who
    have not cosigned it or whose word is old."""
    if tree.checkpoint.text != _memory.text:
        return list(named)
    if 0 <= now - _memory.asked_at < AGAIN:
        return []
    times = {
        (line.name, line.key_id): cosignature.time_of(line.signature)
        for line in note.parse(tree.signed).lines
    }
    return [each for each in named if now - times.get((each.key.name, each.key.id), 0) > FRESH]


def _ask_all(named: Sequence[Witness], tree: Tree) -> list[tuple[Witness, "Future[Line]"]]:
    """Each in a thread of its own, which may outlive the moment; a second is never beside it."""
    deadline = time.monotonic() + SECONDS
    answers: list[tuple[Witness, Future[Line]]] = []
    for asked in named:
        answer: Future[Line] = Future()
        answers.append((asked, answer))
        known = _memory.of(asked)
        if known.busy:
            answer.set_exception(NotCosigned("too slow"))
            continue
        known.busy = True
        arguments = (asked, tree, known, deadline, answer)
        threading.Thread(target=_ask_one, args=arguments, daemon=True).start()
    wait([answer for _, answer in answers], timeout=SECONDS)
    return answers


def _ask_one(
    asked: Witness, tree: Tree, known: Acquaintance, deadline: float, answer: "Future[Line]"
) -> None:
    try:
        line = asking.cosignature(asked, tree, old=known.size, deadline=deadline)
        known.size = tree.size
        answer.set_result(line)
    except (NotCosigned, SawMore) as told:
        answer.set_exception(told)
    except Exception as error:  # noqa: BLE001 one witness's trouble is nobody else's
        answer.set_exception(NotCosigned(type(error).__name__))
    finally:
        known.busy = False


def _merged(published: Note, fresh: Sequence[Line]) -> bytes:
    """A key stands under a note once: its newer line takes the older one's place."""
    newer = {(line.name, line.key_id) for line in fresh}
    kept = [line for line in published.lines if (line.name, line.key_id) not in newer]
    return note.signed(published.text, [*kept, *fresh])


def _stop(asked: Witness, size: int) -> None:
    """Unless another process of ours has published so much meanwhile: what may be signed is in the
    database before anything is."""
    ours = Published.objects.filter(pk=1).values_list("size", flat=True).first() or 0
    if size > ours:
        log.error("a witness has seen a larger tree", witness=asked.name, size=size, ours=ours)
        freezing.freeze(Reason.WITNESS, now=timezone.now())


def _trouble(asked: Witness, reason: str) -> None:
    """Written down when it begins and when it is over, not every ten seconds."""
    known = _memory.of(asked)
    if reason and reason != known.trouble:
        log.warning("witness did not cosign", witness=asked.name, reason=reason)
    elif known.trouble and not reason:
        log.info("witness cosigns again", witness=asked.name)
    known.trouble = reason
