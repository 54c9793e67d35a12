"""Saying that counts have moved, to whoever holds streams: perhaps, and never in anyone's way."""

from functools import cache

import structlog
from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.bell import Bell

CHANNEL = "groundswell:counts"
TIMEOUT = 0.1
PAUSE = 5.0  # seconds without trying, after Redis did not answer; streams then look by themselves

log = structlog.get_logger(__name__)


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )


def _say() -> float:
    """Without ids and without data: the database is the truth."""
    url = settings.REDIS_URL
    if not url:  # there was one when the bell was rung
        return 0.0
    try:
        _redis(url).publish(CHANNEL, b"")
    except (RedisError, OSError) as error:
        log.info("nobody could be told of new counts", fault=type(error).__name__)
        return PAUSE
    return 0.0


_announcer = Bell("announcer", _say)


def announce() -> None:
    """After a commit that moved counts. Returns at once, never raises, may come to nothing."""
    if settings.REDIS_URL:
        _announcer.ring()
