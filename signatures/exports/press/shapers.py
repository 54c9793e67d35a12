"""Processes that shape lines into blocks: dealt some hundred lines at a time, answered in order."""

import ctypes
import gc
import marshal
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from multiprocessing import Pipe
from typing import Any

from signatures.exports.press.inking import Inked

# Makes of a line what can be marshalled.
Shape = Callable[[bytes], Iterable[Any]]
# Made in each process for itself: how it shapes, and what it will have drawn with.
Start = Callable[[], tuple[Shape, Inked]]

_LINES = 200  # dealt at a time
_BYTES = 16_000  # and not more than one line beyond that, so that a pipe always takes two deals
_LARGE = 30_000  # a deal only a shaper that has nothing else to do is given
_AHEAD = 2  # deals a shaper has before it answers the first
_TIDIED = 50  # deals between two looks for what nobody holds any more
_TOO_MUCH = ("MemoryError", "RecursionError")
_PDEATHSIG = 1  # prctl(2)


class ShaperStopped(Exception):
    """A process that shapes text ended before its work was done."""


class _Shaper:
    """One process, seen from outside. It starts with all that is loaded here."""

    def __init__(self, start: Start, others: list["_Shaper"]) -> None:
        self.asked = 0
        self._ours, theirs = Pipe()
        self._parent = parent = os.getpid()
        # Not a multiprocessing.Process: that closes standard input, which a thread may be reading.
        self._process = os.fork()
        if self._process == 0:
            try:
                for each in [*others, self]:
                    each.release()
                _work(parent, theirs, start)
            finally:
                os._exit(0)
        theirs.close()

    def release(self) -> None:
        self._ours.close()

    def ask(self, deal: bytes) -> None:
        try:
            self._ours.send_bytes(deal)
        except BrokenPipeError as error:
            raise ShaperStopped from error
        self.asked += 1

    def answer(self) -> Any:
        """What it made of the first deal it hasn't answered. Raises ShaperStopped, MemoryError."""
        try:
            answer = self._ours.recv_bytes()
        except (EOFError, ConnectionResetError) as error:
            raise ShaperStopped from error
        self.asked -= 1
        if answer[:1] == b"!":
            failed = answer[1:].decode()
            raise MemoryError if failed in _TOO_MUCH else ShaperStopped(failed)
        if answer[:1] == b":":
            return pickle.loads(answer[1:])  # noqa: S301  # our own
        return marshal.loads(answer[1:])  # noqa: S302  # our own

    def end(self) -> None:
        if os.getpid() != self._parent:  # a shaper, tidying up what it was born with
            return
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self.release()


class Shapers:
    """All of them: forks of this process, made while nothing else goes on in it.

    That is before anything is set here, too: Pango looks for fonts in threads of its own, and what
    those hold at that moment nobody gives free in a fork.
    """

    def __init__(self, start: Start, *, processes: int) -> None:
        self._shapers: list[_Shaper] = []
        for _ in range(max(1, processes)):
            self._shapers.append(_Shaper(start, self._shapers))

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


def _work(parent: int, pipe: Any, start: Start) -> None:
    """The life of a shaper. No text leaves it but in its answers: what fails is only named."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
    gc.freeze()
    gc.disable()  # next to nothing here goes round in circles
    try:
        shape, inked = start()
        for done in count():
            if not (deal := pipe.recv_bytes()):
                break
            if done % _TIDIED == 0:
                gc.collect()
            made = [each for line in deal.split(b"\n") for each in shape(line)]
            pipe.send_bytes(b"=" + marshal.dumps(made))
        pipe.send_bytes(b":" + pickle.dumps(inked))
    except EOFError:
        return
    except Exception as error:  # noqa: BLE001  # its text may hold a name
        pipe.send_bytes(b"!" + type(error).__name__.encode())
