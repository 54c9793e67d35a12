"""The growth of a letter as a curve that never claims more than its points."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point]  # two handles and where the piece ends
HEADROOM = 0.04  # of the height, above the highest point, so that a thick line isn't cut


@dataclass(frozen=True)
class Curve:
    """Two values for the `d` of an SVG path: the line, and the area under it (SVG 2, 9.3)."""

    area: str
    line: str


def path(points: Sequence[tuple[float, int]], width: float, height: float) -> Curve:
    """The curve through `points` (time in any unit and rising, count) in a box of user units."""
    start, pieces = cubics(points, width, height)
    line = f"M{_point(start)}" + "".join("C" + " ".join(map(_point, piece)) for piece in pieces)
    return Curve(area=f"{line}V{_number(height)}H{_number(start[0])}Z", line=line)


def cubics(
    points: Sequence[tuple[float, int]], width: float, height: float
) -> tuple[Point, list[Cubic]]:
    """The same curve as its first point and cubic pieces, y pointing down.

    Between two points it only goes where they go (Fritsch and Carlson 1980), so it never
    overshoots. With fewer than two different times it is a flat line.
    """
    placed = _placed(points, width, height)
    slopes = _slopes(placed)
    pieces: list[Cubic] = []
    for (left, right), (before, after) in zip(pairwise(placed), pairwise(slopes), strict=True):
        third = (right[0] - left[0]) / 3
        pieces.append(
            (
                (left[0] + third, left[1] + third * before),
                (right[0] - third, right[1] - third * after),
                right,
            )
        )
    return placed[0], pieces


def along(
    points: Sequence[tuple[float, int]], times: Iterable[float], width: float, height: float
) -> list[Point]:
    """Where the curve through `points` is at each of `times`, which lie within theirs."""
    start, pieces = cubics(points, width, height)
    first, last = min(points)[0], max(points)[0]
    across = [(time - first) / (last - first) * width if last > first else 0.0 for time in times]
    return [(x, _height(start, pieces, x)) for x in across]


def cumulate(
    hours: Iterable[tuple[int, int]], *, start: float, end: float, samples: int = 60
) -> list[tuple[float, int]]:
    """The count at `samples` even times from `start` to `end`, from changes per hour.

    Hours are whole hours since any epoch, `start` and `end` the same unit. A change is spread
    evenly over its hour; what came before `start` is there from the beginning.
    """
    if samples < 2:
        raise ValueError("A curve has two samples or more.")
    ordered = sorted(hours)
    begins = [hour for hour, _ in ordered]
    totals = [0, *accumulate(delta for _, delta in ordered)]
    span = max(end - start, 0.0)

    def count(at: float) -> int:
        # Hours that are over count whole, the one `at` falls into in part.
        over, begun = bisect_right(begins, at - 1), bisect_right(begins, at)
        part = sum(ordered[k][1] * (at - begins[k]) for k in range(over, begun))
        return totals[over] + round(part)

    times = [start + span * k / (samples - 1) for k in range(samples)]
    return [(time, count(time)) for time in times]


def _placed(points: Sequence[tuple[float, int]], width: float, height: float) -> list[Point]:
    latest = {float(time): count for time, count in points}
    times = sorted(latest)
    highest = max((*latest.values(), 0))
    scale = height * (1 - HEADROOM) / highest if highest else 0.0
    base = height if highest else height * (1 - HEADROOM)
    if len(times) < 2:
        # One moment shows no growth: a quiet line a third up, or at the foot when all is nothing.
        y = height * 2 / 3 if highest else base
        return [(0.0, y), (float(width), y)]
    first, span = times[0], times[-1] - times[0]
    return [((t - first) / span * width, base - max(latest[t], 0) * scale) for t in times]


def _height(start: Point, pieces: Sequence[Cubic], x: float) -> float:
    ends = [piece[2][0] for piece in pieces]
    k = min(bisect_left(ends, x), len(pieces) - 1)
    left = pieces[k - 1][2] if k else start
    (_, y1), (_, y2), right = pieces[k]
    # The handles are at thirds, so a piece's x goes evenly with its parameter.
    t = (x - left[0]) / (right[0] - left[0]) if right[0] > left[0] else 0.0
    u = 1 - t
    return u**3 * left[1] + 3 * u * u * t * y1 + 3 * u * t * t * y2 + t**3 * right[1]


def _slopes(points: list[Point]) -> list[float]:
    secants = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairwise(points)]
    slopes = [secants[0], *(_between(a, b) for a, b in pairwise(secants)), secants[-1]]
    for k, secant in enumerate(secants):
        if secant == 0:
            slopes[k] = slopes[k + 1] = 0.0
            continue
        # Inside the circle of radius three the cubic is monotone.
        reach = ((slopes[k] / secant) ** 2 + (slopes[k + 1] / secant) ** 2) ** 0.5
        if reach > 3:
            slopes[k] *= 3 / reach
            slopes[k + 1] *= 3 / reach
    return slopes


def _between(before: float, after: float) -> float:
    return (before + after) / 2 if before * after > 0 else 0.0


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
