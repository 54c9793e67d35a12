"""Ready answers: one maker at a time, room for so many, and an old one rather than none."""

import threading

import pytest

from config.ready import Form, Key, Ready
from config.shelf import Shelf


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def key(name: object) -> Key:
    return Key(f"/letters/{name}/", secure=False)


def ready(at: float, *, length: int = 10) -> Ready:
    body = b"x" * length
    return Ready("200 OK", '"x"', {"": Form((body,), (), ())}, ([], body), at)


def crowd(shelves: list[Shelf]) -> None:
    """All take the same letter at the same moment."""
    barrier = threading.Barrier(len(shelves))

    def take(shelf: Shelf) -> None:
        barrier.wait()
        assert shelf.take(key("aller")) is not None

    threads = [threading.Thread(target=take, args=(shelf,)) for shelf in shelves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("together", [True, False], ids=["one shelf", "control: each its own"])
def test_many_who_come_at_once_make_one_answer(together: bool) -> None:
    made = []

    def slow(asked: Key, at: float, before: Ready | None) -> Ready:
        made.append(asked)
        threading.Event().wait(0.2)
        return ready(at)

    shared = Shelf(slow)
    crowd([shared if together else Shelf(slow) for _ in range(8)])
    assert len(made) == (1 if together else 8)


def test_the_least_read_make_room() -> None:
    clock = Clock()
    shelf = Shelf(lambda key, at, before: ready(at), clock=clock, entries=3)
    for name in ("a", "b", "c", "a", "d"):
        shelf.take(key(name))
    assert list(shelf._kept) == [key("c"), key("a"), key("d")]


def test_memory_is_bounded_in_bytes_and_counted_right() -> None:
    shelf = Shelf(lambda key, at, before: ready(at, length=50_000), room=1_000_000)
    for name in range(10_000):
        shelf.take(key(name))
    assert shelf.size <= 1_000_000
    assert shelf.size == sum(one.size for one in shelf._kept.values())
    assert len(shelf) > 10


def test_while_making_fails_the_last_answer_is_served_for_a_minute() -> None:
    clock, works = Clock(), True
    shelf = Shelf(lambda key, at, before: ready(at) if works else None, clock=clock)
    first = shelf.take(key("aller"))
    works = False
    clock.now = 59
    assert shelf.take(key("aller")) is first
    clock.now = 61
    assert shelf.take(key("aller")) is None
    works = True
    assert shelf.take(key("aller")) is not None


def test_a_maker_that_breaks_leaves_the_way_free() -> None:
    breaks = True

    def breaking(asked: Key, at: float, before: Ready | None) -> Ready:
        if breaks:
            raise ConnectionResetError
        return ready(at)

    shelf = Shelf(breaking)
    with pytest.raises(ConnectionResetError):
        shelf.take(key("aller"))
    breaks = False
    assert shelf.take(key("aller")) is not None
