"""Work that is asked for here and done a moment later elsewhere: who asks waits for nothing."""

import os
import threading
import time
from collections.abc import Callable


class Bell:
    """A thread that does `work` after it was rung, often rung or once, and then rests as many
    seconds as `work` says. It begins with the first ring, and anew after a fork: threads do not
    survive one, and a child that believed in its parent's would be heard by nobody."""

    def __init__(self, name: str, work: Callable[[], float]) -> None:
        self._name, self._work = name, work
        self.start_over()
        os.register_at_fork(after_in_child=self.start_over)

    def start_over(self) -> None:
        self._rung = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Returns at once; `work` must not raise."""
        self._rung.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, args=(self._rung,), name=self._name, daemon=True
                    )
                    self._thread.start()

    def _run(self, rung: threading.Event) -> None:
        while True:
            rung.wait()
            rung.clear()
            time.sleep(self._work())
