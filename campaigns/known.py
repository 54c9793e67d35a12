"""Which letters there are, so that made-up addresses cost the database nothing."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.core.signals import request_finished, request_started
from django.utils import timezone

from campaigns.models import Letter

EVERY, WHOLE = 0.5, 60.0  # seconds between looks; between looks at all letters
OVERLAP = timedelta(hours=1)  # clocks differ, and a transaction may end late


class Known:
    """The slugs of published letters. The database is asked when a slug is not among them, twice a
    second at most however many are asked for: a letter is known half a second after publishing."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slugs: set[str] = set()
        self._looked = self._looked_at_all = float("-inf")

    def __contains__(self, slug: str) -> bool:
        if slug in self._slugs:
            return True
        if self._clock() - self._looked >= EVERY:
            with self._lock:
                self._look()
        return slug in self._slugs

    def _look(self) -> None:
        now = self._clock()
        if now - self._looked < EVERY:  # somebody else just did
            return
        letters = Letter.objects.published().order_by()
        whole = now - self._looked_at_all >= WHOLE
        if not whole:
            letters = letters.filter(published_at__gte=timezone.now() - OVERLAP)
        request_started.send(Known)  # no view runs, but the connection is taken and given back
        try:
            found = set(letters.values_list("slug", flat=True))
        finally:
            request_finished.send(Known)
        self._slugs = found if whole else self._slugs | found
        self._looked = now
        if whole:
            self._looked_at_all = now
