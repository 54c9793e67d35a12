"""Redis forgets, then it is gone: people sign on, mails come late at most, the count is right."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from limits.errors import StorageError
from redis import ConnectionError as NoRedis
from redis import Redis

from campaigns import limiting
from tests import make, supporter
from tests.flows import crowd
from tests.flows.crowd import Crowd
from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import eventually, free_port
from tests.services import RedisServer
from tests.smtp import SmtpSink

NUMBERS = "SELECT number FROM signatures_signature WHERE state = 'confirmed' ORDER BY number"
Install = Callable[..., Installation]


@contextmanager
def forgetting(server: RedisServer, *, every: float) -> Iterator[None]:
    """FLUSHALL again and again, as long as there is a Redis to say it to."""
    over = threading.Event()

    def forget() -> None:
        with Redis.from_url(server.url) as client:
            while not over.wait(every):
                try:
                    client.flushall()
                except NoRedis:
                    continue

    thread = threading.Thread(target=forget)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def takes_part(people: Crowd, number: int) -> None:
    email = f"supporter{number}@example.org"
    assert people.sign(email).status == 303
    assert people.press(people.link(email)).status == 303


@pytest.mark.soak
def test_t78_people_sign_and_confirm_while_redis_forgets_and_stops(
    install: Install, smtp: SmtpSink, own_redis: RedisServer, soak: bool
) -> None:
    half = 1_000 if soak else 40
    installation = install(smtp=smtp, REDIS_URL=own_redis.url, SIGNING_LIMITS="9999/h/ip")
    installation.start()
    crowd.letter(installation)
    people = Crowd(installation, smtp)
    with ThreadPoolExecutor(4) as threads, forgetting(own_redis, every=0.2):
        list(threads.map(lambda number: takes_part(people, number), range(half)))
        own_redis.kill()
        late = range(half, 2 * half)
        answers = list(threads.map(lambda n: people.sign(f"supporter{n}@example.org"), late))
        assert {answer.status for answer in answers} == {303}
        assert people.ask("GET", "/").status == 200
        eventually(lambda: people.count() == half, "the count goes on without Redis")
        if soak:
            threading.Event().wait(30)
        own_redis.start()
        links = [people.link(f"supporter{number}@example.org", within=90) for number in late]
        assert {answer.status for answer in threads.map(people.press, links)} == {303}
    people.count_reaches(2 * half)
    assert [number for (number,) in ask(installation, NUMBERS)] == list(range(1, 2 * half + 1))
    received = Counter(mail.recipients[0] for mail in smtp.mails)
    everybody = [f"supporter{number}@example.org" for number in range(2 * half)]
    assert {received[one] for one in everybody} == {1}  # no mail was lost, and none came twice
    assert [status for status in people.statuses if status >= 500] == []


@pytest.mark.django_db
def test_t78_signing_needs_no_redis(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    assert supporter.sign(make.letter()).status_code == 303


@pytest.mark.django_db
def test_t78_control_a_limiter_that_trusts_redis_would_refuse_everybody(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"

    def only_far(self: Any, what: str, *args: Any) -> Any:
        return getattr(self._far, what)(*args)

    with patch.object(limiting.Limiter, "_asked", only_far), pytest.raises(StorageError):
        supporter.sign(make.letter())
