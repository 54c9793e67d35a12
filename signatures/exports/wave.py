"""The curve of a letter's growth as a path: the wave at the foot of the cover."""

from collections.abc import Sequence
from itertools import pairwise


def path(counts: Sequence[int], *, width: float, height: float) -> str:
    """SVG path data through `counts` at even steps, from (0, height) up to at most y = 0.

    Monotone cubic interpolation (Fritsch and Carlson, 1980): a total that never falls is never
    drawn falling. Fewer than two points make a flat line at the foot.
    """
    top = max(counts, default=0)
    if len(counts) < 2 or top <= 0:
        return f"M0 {height:g}H{width:g}"
    step = width / (len(counts) - 1)
    ys = [height * (1 - max(0, count) / top) for count in counts]
    slopes = _slopes([(after - before) / step for before, after in pairwise(ys)])
    parts = [f"M0 {ys[0]:.2f}"]
    for i in range(len(ys) - 1):
        x = i * step
        parts.append(
            f"C{x + step / 3:.2f} {ys[i] + slopes[i] * step / 3:.2f}"
            f" {x + 2 * step / 3:.2f} {ys[i + 1] - slopes[i + 1] * step / 3:.2f}"
            f" {x + step:.2f} {ys[i + 1]:.2f}"
        )
    return "".join(parts)


def _slopes(secants: list[float]) -> list[float]:
    """A slope at each point, limited so that the curve stays between its neighbours."""
    slopes = [secants[0]]
    for left, right in pairwise(secants):
        flat = left * right <= 0
        slopes.append(0.0 if flat else 2 * left * right / (left + right))
    slopes.append(secants[-1])
    return slopes
