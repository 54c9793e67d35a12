"""Repeating: what people asked to be forgotten since a backup is done again once it is restored.

Erasing is for ever, so every erasure of the journal is held against the database. Whoever hid their
name may show it again and whoever stopped news may want them back: those acts are repeated only
where the database has gone back to before them.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

import structlog

from campaigns.models import Letter
from signatures.journal import Act, Journal
from signatures.models import Erasure, Signature, Suppressed
from signatures.services import erasing, journalling, showing, subscribing, suppressing

Kind = Erasure.Kind
SLICE = 500

log = structlog.get_logger(__name__)


def keep_up(*, now: datetime) -> int:
    """Repeat what a restored database has forgotten, then write down what is new; how many rows
    were written."""
    journal = journalling.journal()
    with journal.locked():
        newest, reached = journal.newest(), journalling.reached()
        if newest is not None and (reached is None or reached < newest):
            _repeat(journal, reached, now)
        elif _is_missing(newest, reached, now):
            # Nothing can be done but say so, and go on.
            log.error("erasures are missing from their folder", known_until=str(reached))
            journalling.begin(journal, now=now)
        return journalling.write(journal, now=now)


def repeat(*, now: datetime) -> Counter[str]:
    """Hold the whole journal against the database and do again what it does not show; how many of
    each kind. Drops files of before every backup."""
    journal = journalling.journal()
    with journal.locked():
        done = _repeat(journal, journalling.reached(), now)
        journal.drop((now - journalling.KEPT).date())
    return done


def _is_missing(newest: datetime | None, reached: datetime | None, now: datetime) -> bool:
    """Whether lines this database has seen written are gone, and not for their age."""
    if reached is None or reached < now - journalling.KEPT:
        return False
    return newest is None or newest < reached


def _repeat(journal: Journal, reached: datetime | None, now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    newest, unreadable = reached, 0
    for acts in _slices(journal.read()):
        readable = [act for act in acts if act is not None]
        unreadable += len(acts) - len(readable)
        for act in _lacking(readable, reached):
            done[act.kind] += _again(act, now)
        newest = readable[-1].at if readable else newest
    if unreadable:
        log.error("lines of the journal cannot be read", lines=unreadable)
    if newest is not None and newest != reached:
        journalling.reach(newest)
    if done.total():
        log.warning("repeated what the database had forgotten", **done)
    return done


def _slices(acts: Iterable[Act | None]) -> Iterator[list[Act | None]]:
    held: list[Act | None] = []
    for act in acts:
        held.append(act)
        if len(held) == SLICE:
            yield held
            held = []
    if held:
        yield held


def _lacking(acts: list[Act], reached: datetime | None) -> Iterator[Act]:
    """Those the database does not show: one question for each kind."""
    erased = {act.signature for act in acts if act.kind == Kind.ERASED and act.signature}
    there = Signature.objects.filter(uid__in=erased, erased_at__isnull=True)
    lacking = set(there.values_list("uid", flat=True))
    for act in acts:
        if act.kind == Kind.ERASED:
            if act.signature in lacking:
                yield act
        elif reached is None or act.at > reached:
            yield act


def _again(act: Act, now: datetime) -> int:
    """Do it; 1 where that changed something."""
    if act.kind == Kind.SUPPRESSED:
        return _suppress(act, now)
    if act.signature is None:
        return 0
    if act.kind == Kind.ERASED:
        erasing.erase(uid=act.signature, now=now)
        return 1
    if act.kind == Kind.HIDDEN:
        return _hide(act.signature, now)
    if act.kind == Kind.UNSUBSCRIBED:
        return _unsubscribe(act.signature, now)
    return 0


def _suppress(act: Act, now: datetime) -> int:
    letter = Letter.objects.filter(uid=act.letter).first() if act.letter else None
    if act.digest is None or (act.letter and letter is None):
        return 0  # the letter itself is gone
    if Suppressed.objects.filter(letter=letter, mailbox_anywhere=act.digest).exists():
        return 0
    suppressing.suppress(letter=letter, digest=act.digest, now=now)
    return 1


def _hide(uid: uuid.UUID, now: datetime) -> int:
    if not Signature.objects.filter(uid=uid, public=True).exists():
        return 0
    with suppress(showing.Refused):  # withdrawn: shown nowhere
        showing.show(uid=uid, public=False, now=now)
        return 1
    return 0


def _unsubscribe(uid: uuid.UUID, now: datetime) -> int:
    if not Signature.objects.filter(uid=uid, updates=True).exists():
        return 0
    with suppress(subscribing.Refused):
        subscribing.subscribe(uid=uid, wanted=False, now=now)
        return 1
    return 0
