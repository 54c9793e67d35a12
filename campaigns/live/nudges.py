"""Hearing from Redis that counts may have moved: one subscription for all streams of a process."""

import asyncio
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from campaigns.live.announcing import CHANNEL

AGAIN = 1.0  # seconds between two tries to reach it
SILENT = 10.0  # then we ask whether it is still there
CONNECT = 2.0

log = structlog.get_logger(__name__)


class Nudges:
    """`heard(there=…)` is called at each nudge, and when Redis comes or goes."""

    def __init__(self, url: str, heard: Callable[..., None]) -> None:
        self.there = False
        self._url = url
        self._heard = heard

    async def listen(self) -> None:
        while self._url:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if self.there:
                    log.warning("no nudges: Redis is away", fault=type(error).__name__)
            self.there = False
            self._heard(there=False)
            await asyncio.sleep(AGAIN)

    async def _listen(self) -> None:
        async with (
            Redis.from_url(
                self._url, socket_connect_timeout=CONNECT, socket_keepalive=True
            ) as redis,
            redis.pubsub() as line,
        ):
            await line.subscribe(CHANNEL)
            asked = False
            while True:
                message = await line.get_message(timeout=SILENT)
                if message is None:
                    if asked:
                        raise ConnectionError("Redis says nothing")
                    await line.ping()
                    asked = True
                    continue
                asked = False
                if message["type"] in {"subscribe", "message"}:
                    self.there = True
                    self._heard(there=True)
