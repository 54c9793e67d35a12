"""Saying that counts have moved, to whoever holds streams: perhaps, and never in anyone's way."""

import os
import threading
import time

import structlog
from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL = "groundswell:counts"
TIMEOUT = 0.1
PAUSE = 5.0  # seconds without trying, after Redis did not answer; streams then look by themselves

log = structlog.get_logger(__name__)


class Announcer:
    """A thread that talks to Redis, so that a slow or dead one delays no counting."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._redis: Redis | None = None

    def ring(self) -> None:
        self._bell.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            if not self._say():
                time.sleep(PAUSE)

    def _say(self) -> bool:
        """Without ids and without data: the database is the truth."""
        if self._redis is None:
            self._redis = Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 0),
            )
        try:
            self._redis.publish(CHANNEL, b"")
        except (RedisError, OSError) as error:
            log.info("nobody could be told of new counts", fault=type(error).__name__)
            return False
        return True


_announcer = Announcer()


def announce() -> None:
    """After a commit that moved counts. Returns at once, never raises, may come to nothing."""
    if settings.REDIS_URL:
        _announcer.ring()


# Threads do not survive a fork: a child that believed in its parent's would tell nobody.
os.register_at_fork(after_in_child=_announcer.start_over)
