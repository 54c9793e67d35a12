"""How often something may happen: kept in Redis where there is one, and nearby when it is gone."""

import re
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from limits import RateLimitItem, WindowStats, parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

TIMEOUT = 0.2  # seconds Redis may take before it counts as gone
REST = 5.0  # seconds a Redis that is gone is left alone: no request waits for it again and again

log = structlog.get_logger(__name__)

_RULE = re.compile(r"([0-9]+)/([smhd])/([a-z]+)")
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}


@dataclass
class TooOften(Exception):
    """The limit is used up; `wait` is the whole number of seconds until it isn't."""

    of: str
    wait: int

    def __str__(self) -> str:
        return f"too often for one {self.of}"


@cache
def rules(text: str) -> dict[str, RateLimitItem]:
    """`300/h/ip,3/d/mailbox` as data: what → how often. Raises ImproperlyConfigured."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        shape = _RULE.fullmatch(part)
        if shape is None or int(shape[1]) < 1:
            raise ImproperlyConfigured(f"A limit looks like 300/h/ip; this does not: {part}")
        found[shape[3]] = parse(f"{shape[1]}/{_UNITS[shape[2]]}")
    return found


class Nearby:
    """The moving window in this process, for one installation's worth of keys.

    Not the library's: its store starts a thread at every turn that visits every key it has ever
    seen, and forgets none of them.
    """

    STRIDE = 4  # keys looked at again with each turn, so that those whose time is over go

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, deque[float]] = OrderedDict()  # when each turn ends

    def hit(self, rule: RateLimitItem, *names: str) -> bool:
        now, key = time.time(), rule.key_for(*names)
        with self._lock:
            self._look_again(now)
            turns = self._turns.setdefault(key, deque())
            _drop_ended(turns, now)
            if len(turns) >= rule.amount:
                return False
            turns.append(now + rule.get_expiry())
            return True

    def get_window_stats(self, rule: RateLimitItem, *names: str) -> WindowStats:
        now, key = time.time(), rule.key_for(*names)
        with self._lock:
            turns = self._turns.get(key, deque())
            _drop_ended(turns, now)
            return WindowStats(turns[0] if turns else now, max(0, rule.amount - len(turns)))

    def clear(self, rule: RateLimitItem, *names: str) -> None:
        with self._lock:
            self._turns.pop(rule.key_for(*names), None)

    def __len__(self) -> int:
        return len(self._turns)

    def _look_again(self, now: float) -> None:
        for _ in range(min(self.STRIDE, len(self._turns))):
            key, turns = self._turns.popitem(last=False)
            _drop_ended(turns, now)
            if turns:
                self._turns[key] = turns


def _drop_ended(turns: deque[float], now: float) -> None:
    while turns and turns[0] <= now:
        turns.popleft()


class Limiter:
    """Counts in Redis; when Redis doesn't answer, in this process: never off."""

    def __init__(self, redis_url: str) -> None:
        self._near = Nearby()
        self._far = None
        if redis_url:
            storage = RedisStorage(
                redis_url,
                wrap_exceptions=True,
                key_prefix="limits",
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
            )
            self._far = MovingWindowRateLimiter(storage)
        self._gone_until = 0.0

    def take(self, rule: RateLimitItem, of: str, key: str) -> None:
        """Use one turn. Raises TooOften. `key` is a digest, never what somebody typed."""
        if not self._asked("hit", rule, of, key):
            stats = self._asked("get_window_stats", rule, of, key)
            raise TooOften(of, max(1, ceil(stats.reset_time - time.time())))

    def forget(self, rule: RateLimitItem, of: str, key: str) -> None:
        self._asked("clear", rule, of, key)

    def _asked(self, what: str, rule: RateLimitItem, of: str, key: str) -> Any:
        if self._far is not None and time.monotonic() >= self._gone_until:
            try:
                return getattr(self._far, what)(rule, of, key)
            except StorageError as error:
                self._gone_until = time.monotonic() + REST
                log.warning("limits kept nearby", fault=type(error.storage_error).__name__)
        return getattr(self._near, what)(rule, of, key)


@cache
def _limiter(redis_url: str) -> Limiter:
    return Limiter(redis_url)


def limiter() -> Limiter:
    return _limiter(settings.REDIS_URL)


def forget_all() -> None:
    """Start again from nothing (between tests; Redis is emptied with the cache)."""
    _limiter.cache_clear()
