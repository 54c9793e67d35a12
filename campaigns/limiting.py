"""How often something may happen: kept in Redis where there is one, and nearby when it is gone."""

import re
import time
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
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
    """`300/h/ip,3/d/mailbox` as data: what is limited → how often. Raises ImproperlyConfigured."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        shape = _RULE.fullmatch(part)
        if shape is None or int(shape[1]) < 1:
            raise ImproperlyConfigured(f"A limit looks like 300/h/ip, and this does not: {part}")
        found[shape[3]] = parse(f"{shape[1]}/{_UNITS[shape[2]]}")
    return found


class Limiter:
    """Counts in Redis; when Redis doesn't answer, in this process: stricter or looser, never off."""

    def __init__(self, redis_url: str) -> None:
        self._near = MovingWindowRateLimiter(MemoryStorage())
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
