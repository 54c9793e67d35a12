"""Many supporters at once: nobody is lost, counted twice or left without a number."""

import threading
from queue import Empty, Queue
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from campaigns.models import Letter, Tally
from signatures import emails
from signatures.models import Signature
from signatures.services import reckoning, sequencing
from tests import make, supporter

THREADS = 16
SUPPORTERS = 50 if settings.EMBEDDED else 200  # there they come to a whole installation


def _by_many(work: list[Any], do: Any) -> list[Any]:
    """Let sixteen threads do it; what went wrong."""
    waiting: Queue[Any] = Queue()
    for one in work:
        waiting.put(one)
    barrier, wrong = threading.Barrier(THREADS), []

    def run() -> None:
        barrier.wait()
        try:
            while True:
                do(waiting.get_nowait())
        except Empty:
            pass
        except Exception as error:  # noqa: BLE001 it is what the test looks at
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _sign(letter: Letter, n: int) -> None:
    visitor = supporter.browser(REMOTE_ADDR=f"198.51.100.{n % 250}")
    answer = supporter.sign(
        letter, client=visitor, email=f"s{n}@example.org", name=f"Supporter {n}"
    )
    assert answer.status_code == 303


def _press(pk: int) -> None:
    signature = Signature.objects.select_related("letter", "revision").get(pk=pk)
    path = supporter.link(emails.confirm(signature, now=timezone.now()))
    assert supporter.press(path).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_many_sign_and_confirm_at_once_each_pressing_twice() -> None:
    letter = make.letter()
    assert not _by_many(list(range(SUPPORTERS)), lambda n: _sign(letter, n))
    over = threading.Event()

    def clock() -> None:
        while not over.wait(0.05):
            sequencing.sequence(now=timezone.now())
        connections.close_all()

    sequencer = threading.Thread(target=clock)
    sequencer.start()
    rows = list(Signature.objects.values_list("pk", flat=True))
    try:
        assert not _by_many(rows + rows, _press)
    finally:
        over.set()
        sequencer.join()
    while sequencing.sequence(now=timezone.now()):
        pass
    numbers = Signature.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, SUPPORTERS + 1))
    assert Tally.objects.get(letter=letter).count == SUPPORTERS
    assert not list(reckoning.compare())
