"""More readers than there is room for, readers who stop reading, addresses nobody has."""

import asyncio
import http.client
from collections.abc import Callable
from typing import Any

import pytest

from campaigns.live.looking import Looker
from tests import make
from tests.live import alone
from tests.live.conftest import ROOM, Live, signed_aside
from tests.live.listening import Crowd, Reader

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/letters/aller/live/"
MB = 1_000_000


@pytest.fixture
def letter() -> Any:
    return make.letter(slug="aller")


@pytest.mark.soak
def test_t52_one_address_holds_six_streams_and_leaving_is_noticed(
    live: Live, letter: Any, soak: bool
) -> None:
    mine = [Reader(live.port, PATH, source="192.0.2.1") for _ in range(6)]
    with Reader(live.port, PATH, source="192.0.2.1") as seventh:
        assert seventh.status == 503
        assert int(seventh.answer.headers["Retry-After"]) > 0
        assert seventh.problem()["detail"]
    with Reader(live.port, PATH, source="192.0.2.2") as other:
        assert other.status == 200
    for _ in range(10_000 if soak else 20):  # from page to page
        mine.pop(0).leave()
        live.says(places=5)
        mine.append(Reader(live.port, PATH, source="192.0.2.1"))
        assert mine[-1].status == 200
    for reader in mine:
        reader.leave()
    live.says(places=0, streams=0, letters=0)


def test_t52_a_full_house_sends_newcomers_away(live: Live, letter: Any) -> None:
    async def run() -> None:
        crowd = Crowd(live.port, PATH)
        await crowd.open(ROOM)
        await crowd.reach(0)
        assert await asyncio.to_thread(_status, live.port) == 503
        await crowd.close()

    alone.run(run())
    live.says(places=0)
    assert _status(live.port) == 200


def _status(port: int) -> int:
    with Reader(port, PATH, source="198.51.100.1") as late:
        assert late.status == 200 or late.answer.headers["Retry-After"]
        return late.status


def test_t99_a_thousand_unknown_letters_cost_one_query(
    django_assert_num_queries: Any, letter: Any
) -> None:
    looker = Looker()
    with django_assert_num_queries(1):
        found = looker.look([f"nobody-{number}" for number in range(1_000)], {}, whole=False)
    assert set(found.values()) == {None}
    with django_assert_num_queries(0):
        looker.look([f"somebody-{number}" for number in range(1_000)], {}, whole=False)
    with django_assert_num_queries(1):
        assert looker.look(["aller"], {}, whole=False)["aller"]


def test_t99_made_up_addresses_cost_few_looks_and_no_memory(live: Live) -> None:
    line = http.client.HTTPConnection("127.0.0.1", live.port, timeout=60)

    def ask(slug: str) -> int:
        line.request("GET", f"/letters/{slug}/live/", headers={"Host": "localhost"})
        answer = line.getresponse()
        answer.read()
        return answer.status

    assert {ask(f"first-{number}") for number in range(200)} == {404}
    before = live.memory()
    assert {ask(f"nobody-{number}") for number in range(1_000)} == {404}
    assert live.memory() - before < 5 * MB
    line.close()
    live.says(places=0, letters=0)


@pytest.mark.soak
def test_f23_t52_everybody_who_reads_ends_with_the_tally_whoever_stalls(
    start: Callable[..., Live], letter: Any, soak: bool, request: pytest.FixtureRequest
) -> None:
    readers, stalled, rounds = (900, 100, 900) if soak else (180, 20, 3)
    live = start(LIVE_STREAMS="1000") if soak else request.getfixturevalue("live")

    async def listen() -> int:
        crowd = Crowd(live.port, PATH)
        await crowd.open(readers, stalled=stalled)
        await crowd.reach(0)
        before = live.memory()
        for _ in range(rounds):
            count = await asyncio.to_thread(signed_aside, letter, times=3)
            await asyncio.sleep(2 if soak else 0.3)
        await crowd.reach(count)
        grown = live.memory() - before
        await crowd.close()
        assert crowd.last == [3 * rounds] * readers
        return grown

    assert alone.run(listen()) < 50 * MB
    live.says(places=0, streams=0, letters=0)
