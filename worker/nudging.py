"""Telling a worker that there is something to do: soon, perhaps, and never in anyone's way."""

import os
import threading
import time

import structlog

from worker.celery import app

PAUSE = 0.05  # seconds between two rounds: what is wanted meanwhile is said once
COMPLAIN_EVERY = 60.0
FORGET_AFTER = 60  # a nudge nobody took for a minute says nothing the clock does not know

log = structlog.get_logger(__name__)


class Nudger:
    """A thread that talks to the broker, so that a slow or dead broker delays no request."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        self._wanted: set[str] = set()
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._complained_at = -COMPLAIN_EVERY

    def want(self, queue: str) -> None:
        self._wanted.add(queue)
        self._bell.set()
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            while self._wanted:
                self._say(self._wanted.pop())
            time.sleep(PAUSE)

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


# Threads do not survive a fork: a child that believed in its parent's would nudge nobody.
os.register_at_fork(after_in_child=_nudger.start_over)
