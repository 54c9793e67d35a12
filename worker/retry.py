"""When to try again: a schedule of waits, about a day in all."""

from datetime import timedelta

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 360, 360))
SPREAD = 0.2


def wait(attempts: int, *, chance: float) -> timedelta | None:
    """How long to wait after the given number of failed attempts (1 = the first has failed).

    `chance` in [0, 1) spreads the wait by up to a fifth either way, so that what failed together
    does not come back together. None: it has been tried often enough.
    """
    if attempts > len(WAITS):
        return None
    return WAITS[max(attempts, 1) - 1] * (1 - SPREAD + 2 * SPREAD * chance)
