"""Telling a worker that there is something to do: soon, perhaps, and never in anyone's way."""

import time

import structlog

from worker.bell import Bell
from worker.celery import app

PAUSE = 0.05  # seconds between two rounds: what is wanted meanwhile is said once
COMPLAIN_EVERY = 60.0
FORGET_AFTER = 60  # a nudge nobody took for a minute says nothing the clock does not know

log = structlog.get_logger(__name__)


class Nudger:
    """Queues somebody wants nudged, and one who talks to the broker about them."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._bell = Bell("nudger", self._say_all)
        self._complained_at = -COMPLAIN_EVERY

    def want(self, queue: str) -> None:
        self._wanted.add(queue)
        self._bell.ring()

    def _say_all(self) -> float:
        while self._wanted:
            self._say(self._wanted.pop())
        return PAUSE

    def _say(self, queue: str) -> None:
        name = "worker.relay_mail" if queue == "mail" else "worker.relay_work"
        args = [] if queue == "mail" else [queue]
        try:
            app.send_task(name, args=args, queue=queue, retry=False, expires=FORGET_AFTER)
        except Exception as error:  # noqa: BLE001 a broker's client raises anything; the clock asks again
            if time.monotonic() - self._complained_at >= COMPLAIN_EVERY:
                self._complained_at = time.monotonic()
                log.warning("broker not reached", fault=type(error).__name__)


_nudger = Nudger()


def nudge(queue: str) -> None:
    """Say that a queue has work. Returns at once, never raises, may come to nothing."""
    _nudger.want(queue)
