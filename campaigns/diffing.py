"""What changed between two revisions of a letter, word by word, for everyone to see."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")
# Scripts without spaces are compared by character, everything else by word.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORDS = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_TOKENS = re.compile(rf"(?:[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s])\s*|\s+")
_ALIKE = 0.4  # share of common words below which a paragraph counts as rewritten
_LOOKUPS = 1_500_000  # words that are counted to find out which paragraph became which
_STEPS_AT_ONCE, _STEPS = (
    60_000,
    400_000,
)  # comparisons of difflib, for one stretch and for all


class Kind(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"  # paragraphs only


@dataclass(frozen=True)
class Segment:
    """A run of text that met one fate; a template prints it plain, in <del> or in <ins>."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Paragraph:
    kind: Kind
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Change:
    """One field that differs, with all of its paragraphs in reading order."""

    field: str
    paragraphs: tuple[Paragraph, ...]


Value = str | Sequence[str] | None


def changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> list[Change]:
    """The fields that differ, in the order of `new`; none if nothing does.

    A value is a text, or lines (targets, for instance) that each count as a paragraph; a missing
    one is empty. A field that differs in spacing only is there with nothing but kept text. The
    time is bounded: where comparing words would take long, the diff gets coarser.
    """
    found = []
    for field in dict.fromkeys([*new, *old]):
        before, after = _paragraphs(old.get(field)), _paragraphs(new.get(field))
        if before != after:
            found.append(Change(field, tuple(_compare(before, after))))
    return found


def _paragraphs(value: Value) -> list[str]:
    if value is None:
        return []
    parts = _PARAGRAPHS.split(value) if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]


def _compare(before: list[str], after: list[str]) -> Iterator[Paragraph]:
    effort = _Effort()
    for i1, i2, j1, j2, same in effort.stretches(before, after):
        if same:
            yield from (_whole(Kind.KEPT, text) for text in before[i1:i2])
        else:
            for one, other in _pairs(before[i1:i2], after[j1:j2]):
                yield _paragraph(one, other, effort)


def _paragraph(one: str | None, other: str | None, effort: "_Effort") -> Paragraph:
    if one is None or other is None:
        text = other if one is None else one
        return _whole(Kind.ADDED if one is None else Kind.REMOVED, text or "")
    segments = tuple(_words(one, other, effort))
    same = all(segment.kind is Kind.KEPT for segment in segments)
    return Paragraph(Kind.KEPT if same else Kind.CHANGED, segments)


def _whole(kind: Kind, text: str) -> Paragraph:
    return Paragraph(kind, (Segment(kind, text),))


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Which old paragraph became which new one: the alignment that keeps the most words."""
    bags_old, bags_new = ([Counter(_WORDS.findall(text)) for text in side] for side in (old, new))
    if len(new) * sum(1 + len(bag) for bag in bags_old) > _LOOKUPS:
        yield from ((text, None) for text in old)
        yield from ((None, text) for text in new)
        return
    alike = [[_alike(one, other) for other in bags_new] for one in bags_old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and best[i][j] == best[i + 1][j]:
            yield old[i], None
            i += 1
        elif j < len(new) and best[i][j] == best[i][j + 1]:
            yield None, new[j]
            j += 1
        else:
            yield old[i], new[j]
            i, j = i + 1, j + 1


def _alike(one: Counter[str], other: Counter[str]) -> float:
    common = sum(min(times, other[word]) for word, times in one.items())
    share = 2 * common / ((one.total() + other.total()) or 1)
    return share if share >= _ALIKE else 0.0


def _words(one: str, other: str, effort: "_Effort") -> Iterator[Segment]:
    old, new = _TOKENS.findall(one), _TOKENS.findall(other)
    # A word is the same word whatever space follows it.
    bare_old, bare_new = ([token.strip() for token in side] for side in (old, new))
    for i1, i2, j1, j2, same in effort.stretches(bare_old, bare_new):
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        if same:
            yield Segment(Kind.KEPT, come)
            continue
        if gone:
            yield Segment(Kind.REMOVED, gone)
        if come:
            yield Segment(Kind.ADDED, come)


Stretch = tuple[int, int, int, int, bool]


class _Effort:
    """What is left to spend: difflib is cubic on the worst input, and the input is not ours."""

    def __init__(self) -> None:
        self.left = _STEPS

    def stretches(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
        """Equal and unequal stretches in turn, as (from, to) in old, in new, and whether equal."""
        pending: Stretch | None = None
        for i1, i2, j1, j2, same in self._matched(old, new):
            if i1 == i2 and j1 == j2:
                continue
            if pending and pending[4] == same:
                pending = (pending[0], i2, pending[2], j2, same)
                continue
            if pending:
                yield pending
            pending = (i1, i2, j1, j2, same)
        if pending:
            yield pending

    def _matched(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
        i, j = 0, 0
        for i2, j2 in [*_anchors(old, new), (len(old), len(new))]:
            yield from self._between(old, new, (i, i2, j, j2))
            yield i2, min(i2 + 1, len(old)), j2, min(j2 + 1, len(new)), True
            i, j = i2 + 1, j2 + 1

    def _between(
        self, old: Sequence[str], new: Sequence[str], gap: tuple[int, int, int, int]
    ) -> Iterator[Stretch]:
        i1, i2, j1, j2 = gap
        popular = Counter(new[j1:j2])
        steps = sum(popular[item] for item in old[i1:i2])
        if steps > min(_STEPS_AT_ONCE, self.left):
            yield i1, i2, j1, j2, False
            return
        self.left -= steps
        matcher = SequenceMatcher(None, old[i1:i2], new[j1:j2], autojunk=False)
        for tag, a1, a2, b1, b2 in matcher.get_opcodes():
            yield i1 + a1, i1 + a2, j1 + b1, j1 + b2, tag == "equal"


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of equal items that certainly belong together: the common ends, and between them the
    longest rising run of items that occur once on each side ("patience")."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    ends = (len(old) - tail, len(new) - tail)
    once_old, once_new = _once(old, head, ends[0]), _once(new, head, ends[1])
    unique = [(i, once_new[item]) for item, i in once_old.items() if item in once_new]
    return [
        *((k, k) for k in range(head)),
        *_rising(unique),
        *((ends[0] + k, ends[1] + k) for k in range(tail)),
    ]


def _once(items: Sequence[str], start: int, end: int) -> dict[str, int]:
    times = Counter(items[start:end])
    return {items[k]: k for k in range(start, end) if times[items[k]] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for k, (_, j) in enumerate(pairs):
        at = bisect_left(tops, j)
        tops[at : at + 1] = [j]
        ends[at : at + 1] = [k]
        before.append(ends[at - 1] if at else -1)
    run, k = [], ends[-1] if ends else -1
    while k >= 0:
        run.append(pairs[k])
        k = before[k]
    return run[::-1]
