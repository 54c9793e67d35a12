"""Where ready answers are kept: a bounded shelf that renews what is taken from it."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from queue import Empty, SimpleQueue

from django.db import connections

from config.ready import Key, Ready

SOON = 0.3  # seconds after which an answer is renewed behind the reader who gets it
OLDEST = 0.6  # nobody gets an older one, unless Django fails or takes its time
PATIENCE = 1.0  # seconds to wait for another thread that makes it
STALE = 60.0  # and what is better than an error
IDLE = 10.0  # seconds without work after which the renewing thread ends
ENTRIES, BYTES = 2_000, 32_000_000  # of one process

Make = Callable[[Key, float, Ready | None], Ready | None]
log = logging.getLogger("groundswell.front")


class Shelf:
    """Per key one answer, made by one thread at a time; the least read ones make room."""

    def __init__(
        self,
        make: Make,
        *,
        clock: Callable[[], float] = time.monotonic,
        entries: int = ENTRIES,
        room: int = BYTES,
        idle: float = IDLE,
    ) -> None:
        self._make = make
        self._clock = clock
        self._idle = idle
        self._entries, self._room = entries, room
        self._lock = threading.Lock()  # held for a few lines, never while an answer is made
        self._kept: OrderedDict[Key, Ready] = OrderedDict()
        self._size = 0
        self._making: dict[Key, tuple[threading.Event, float]] = {}
        self._due: SimpleQueue[Key] = SimpleQueue()
        self._waiting: set[Key] = set()
        self._renewer: threading.Thread | None = None

    @property
    def size(self) -> int:
        return self._size

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: Key) -> Ready | None:
        """A recent answer; None if there is none that anybody may have."""
        kept = self._look(key)
        age = self._age(kept)
        if age >= OLDEST:
            return self._renewed(key)
        if age >= SOON:
            self._renew_behind(key)
        return kept

    def _look(self, key: Key) -> Ready | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            return kept

    def _age(self, kept: Ready | None) -> float:
        return self._clock() - kept.made if kept else float("inf")

    def _renewed(self, key: Key) -> Ready | None:
        now, made = self._clock(), threading.Event()
        with self._lock:
            others = self._making.setdefault(key, (made, now))
        if others[0] is not made:
            # Counted from when it began: behind a stuck database not every reader waits anew.
            others[0].wait(max(0.0, others[1] + PATIENCE - now))
            return self._not_stale(key)
        try:
            self._keep(key, self._make(key, now, self._kept.get(key)))
        finally:
            with self._lock:
                del self._making[key]
            made.set()
        return self._not_stale(key)

    def _not_stale(self, key: Key) -> Ready | None:
        kept = self._look(key)
        return kept if self._age(kept) < STALE else None

    def _keep(self, key: Key, ready: Ready | None) -> None:
        if ready is None:  # what was kept lasts until it is stale
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += ready.size - (before.size if before else 0)
            self._kept[key] = ready
            while len(self._kept) > self._entries or self._size > self._room:
                self._size -= self._kept.popitem(last=False)[1].size

    def _renew_behind(self, key: Key) -> None:
        with self._lock:
            if key in self._waiting or key in self._making:
                return
            self._waiting.add(key)
            self._due.put(key)
            if self._renewer is None or not self._renewer.is_alive():
                self._renewer = threading.Thread(target=self._renew, name="renewer", daemon=True)
                self._renewer.start()

    def _renew(self) -> None:
        """Work through what is due; its database connection ends with the work."""
        try:
            while self._goes_on():
                pass
        finally:
            connections.close_all()

    def _goes_on(self) -> bool:
        try:
            key = self._due.get(timeout=self._idle)
        except Empty:
            with self._lock:  # nobody puts anything in meanwhile
                if self._due.empty():
                    self._renewer = None
                    return False
                return True
        with self._lock:
            self._waiting.discard(key)
        if self._age(self._kept.get(key)) >= SOON:
            try:
                self._renewed(key)
            except Exception:
                log.exception("An answer could not be renewed")
        return True
