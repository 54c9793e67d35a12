"""Processes that shape lines into blocks: dealt some hundred lines at a time, answered in order."""

import ctypes
import marshal
import multiprocessing
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import connection
from typing import Any

from signatures.exports.press.inking import Inked

# Makes what can be marshalled of a line; a name for all that was drawn with.
Shape = Callable[[bytes], Iterable[Any]]

_LINES = 200  # dealt at a time
_BYTES = 16_000  # and not more than one line beyond that, so that a pipe always takes two deals
_LARGE = 30_000  # a deal only a shaper that has nothing else to do is given
_AHEAD = 2  # deals a shaper has before it answers the first
_PDEATHSIG = 1  # prctl(2)
_FORK = multiprocessing.get_context("fork")  # the child starts with all that is loaded


class ShaperStopped(Exception):
    """A process that shapes text ended before its work was done."""


class _Shaper:
    """One process, seen from outside."""

    def __init__(self, shape: Shape, inked: Inked) -> None:
        self.asked = 0
        self._ours, theirs = _FORK.Pipe()
        arguments = (os.getpid(), theirs, shape, inked)
        self._process = _FORK.Process(target=_work, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, deal: bytes) -> None:
        try:
            self._ours.send_bytes(deal)
        except BrokenPipeError as error:
            raise ShaperStopped from error
        self.asked += 1

    def answer(self) -> Any:
        """What it made of the first deal it hasn't answered. Raises ShaperStopped, MemoryError."""
        connection.wait([self._ours, self._process.sentinel])
        if not self._ours.poll():
            raise ShaperStopped
        try:
            answer = self._ours.recv_bytes()
        except (EOFError, ConnectionResetError) as error:
            raise ShaperStopped from error
        self.asked -= 1
        if answer[:1] == b"!":
            failed = answer[1:].decode()
            raise (
                MemoryError
                if failed in ("MemoryError", "RecursionError")
                else ShaperStopped(failed)
            )
        return marshal.loads(answer[1:]) if answer[:1] == b"=" else pickle.loads(answer[1:])  # noqa: S301, S302  # our own

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()


class Shapers:
    """All of them. Made before there are threads: they are forks of this process."""

    def __init__(self, shape: Shape, inked: Inked, *, processes: int) -> None:
        self._shapers = [_Shaper(shape, inked) for _ in range(max(1, processes))]

    def shaped(self, lines: Iterable[bytes]) -> Iterator[Any]:
        """What `shape` makes of each line, in order. Little is held: lines are taken as needed."""
        deals, turn = _deals(lines), 0
        asked: deque[_Shaper] = deque()
        deal = next(deals, None)
        while deal is not None or asked:
            while deal is not None and len(asked) < _AHEAD * len(self._shapers):
                shaper = self._shapers[turn % len(self._shapers)]
                if shaper.asked and len(deal) > _LARGE:
                    break
                shaper.ask(deal)
                asked.append(shaper)
                turn += 1
                deal = next(deals, None)
            yield from asked.popleft().answer()

    def inked(self) -> Inked:
        """What all of them drew with; they have nothing more to do after this."""
        inked = Inked()
        for shaper in self._shapers:
            shaper.ask(b"")
            inked.add(shaper.answer())
        self.end()
        return inked

    def end(self) -> None:
        for shaper in self._shapers:
            shaper.end()
        self._shapers = []


def _deals(lines: Iterable[bytes]) -> Iterator[bytes]:
    deal: list[bytes] = []
    size = 0
    for line in lines:
        deal.append(line.rstrip(b"\n"))
        size += len(line)
        if len(deal) == _LINES or size > _BYTES:
            yield b"\n".join(deal)
            deal, size = [], 0
    if deal:
        yield b"\n".join(deal)


def _work(parent: int, pipe: Any, shape: Shape, inked: Inked) -> None:
    """The life of a shaper. No text leaves it but in its answers: what fails is only named."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
    try:
        while deal := pipe.recv_bytes():
            made = [each for line in deal.split(b"\n") for each in shape(line)]
            pipe.send_bytes(b"=" + marshal.dumps(made))
        pipe.send_bytes(b":" + pickle.dumps(inked))
    except EOFError:
        return
    except Exception as error:  # noqa: BLE001  # its text may hold a name
        pipe.send_bytes(b"!" + type(error).__name__.encode())
