import json
import signal
from collections.abc import Callable

import pytest

from tests.installation import Installation
from tests.services import RedisServer

WITH_ERRANDS = {"EXTRA_APPS": "tests.worker.errands"}
pytestmark = pytest.mark.once


def publish(installation: Installation, *words: str) -> dict[str, object]:
    told: dict[str, object] = json.loads(
        installation.manage("errands", "--publish", "50", *words).splitlines()[-1]
    )
    return told


def test_t78_a_broker_that_answers_nothing_holds_up_nobody(
    install: Callable[..., Installation], own_redis: RedisServer
) -> None:
    """Fifty messages are published while one direct call to the stopped Redis still waits."""
    installation = install(services=False, REDIS_URL=own_redis.url, **WITH_ERRANDS)
    assert own_redis.process
    own_redis.process.popen.send_signal(signal.SIGSTOP)
    try:
        told = publish(installation, "--beside-direct")
    finally:
        own_redis.process.popen.send_signal(signal.SIGCONT)
    assert told["direct_still_waits"] is True
    assert told["states"] == {"queued": 50}


def test_t78_a_broker_that_is_gone_breaks_nothing(
    install: Callable[..., Installation], own_redis: RedisServer
) -> None:
    installation = install(services=False, REDIS_URL=own_redis.url, **WITH_ERRANDS)
    own_redis.kill()
    assert publish(installation)["states"] == {"queued": 50}
