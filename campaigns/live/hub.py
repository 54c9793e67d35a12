"""Who listens to what, and the one who tells them: no task, queue or timer for each reader."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from campaigns.live import frames
from campaigns.live.answers import Message, Send
from campaigns.live.frames import Frame
from campaigns.live.looking import Marks, Told

log = structlog.get_logger(__name__)

PACE = 1.0  # seconds between two updates of one letter
HEARTBEAT = 15.0
SLICES = 60  # of a heartbeat's time: readers are spread over them
BREATH = 256  # sends, then everybody else has a turn


class Reader:
    """One open connection: how it is sent to, how it is cut, and what it knows."""

    __slots__ = ("abort", "frame", "send", "slice", "stream")

    def __init__(self, send: Send, abort: Callable[[], None]) -> None:
        self.send = send
        self.abort = abort
        self.frame: Frame | None = None
        self.stream: Stream | None = None
        self.slice = 0


class Stream:
    """A letter somebody listens to."""

    __slots__ = ("frame", "marks", "readers", "slug", "told_at", "waits")

    def __init__(self, slug: str, frame: Frame, marks: Marks) -> None:
        self.slug = slug
        self.frame = frame
        self.marks = marks
        self.readers: set[Reader] = set()
        self.told_at = float("-inf")
        self.waits = False


class Hub:
    """Of each letter it keeps the last frame alone: whoever is late gets the newest, not all."""

    def __init__(self, *, pace: float = PACE, heartbeat: float = HEARTBEAT) -> None:
        self.streams: dict[str, Stream] = {}
        self.told = self.dropped = 0
        self._pace = pace
        self._heartbeat = heartbeat
        self._due: asyncio.Queue[Stream] = asyncio.Queue()
        self._slices: list[set[Reader]] = [set() for _ in range(SLICES)]
        self._next_slice = 0

    @property
    def readers(self) -> int:
        return sum(map(len, self._slices))

    def join(self, slug: str, told: Told, reader: Reader, *, knows: str, hello: bytes) -> None:
        """From now on it is told; first what is so, unless it `knows` that version already."""
        stream = self.streams.get(slug)
        if stream is None:
            assert told.frame is not None
            stream = self.streams[slug] = Stream(slug, told.frame, told.marks)
        stream.readers.add(reader)
        reader.stream, reader.frame = stream, stream.frame
        reader.slice = self._next_slice
        self._next_slice = (self._next_slice + 1) % SLICES
        self._slices[reader.slice].add(reader)
        news = frames.BEAT if knows == stream.frame.version else stream.frame.body
        self._give(reader, _part(hello + news))

    def leave(self, reader: Reader) -> None:
        """It is told nothing more. Leaving twice is leaving once."""
        stream = reader.stream
        if stream is None:
            return
        reader.stream = None
        self._slices[reader.slice].discard(reader)
        stream.readers.discard(reader)
        if not stream.readers and self.streams.get(stream.slug) is stream:
            del self.streams[stream.slug]

    def hear(self, slug: str, told: Told | None) -> None:
        """What the database says of a letter now; None: there is no such letter any more."""
        stream = self.streams.get(slug)
        if stream is None:
            return
        if told is None or told.frame is None:
            del self.streams[slug]
            self._end(stream.readers, frames.GONE)
            return
        stream.marks = told.marks
        if told.frame.version != stream.frame.version:
            stream.frame = told.frame
            self._plan(stream)

    def _plan(self, stream: Stream) -> None:
        if not stream.waits:
            stream.waits = True
            when = stream.told_at + self._pace
            asyncio.get_running_loop().call_at(when, self._due.put_nowait, stream)

    async def tell(self) -> None:
        """Hand out what is due, letter by letter, as long as we live."""
        clock = asyncio.get_running_loop().time
        while True:
            stream = await self._due.get()
            stream.waits = False
            stream.told_at = clock()
            frame = stream.frame
            message = _part(frame.body)
            for number, reader in enumerate(list(stream.readers), 1):
                if reader.frame is not frame:
                    reader.frame = frame
                    self._give(reader, message)
                if not number % BREATH:
                    await asyncio.sleep(0)

    async def beat(self) -> None:
        """A comment to everybody every 15 seconds, never to all at once."""
        message = _part(frames.BEAT)
        while True:
            for readers in self._slices:
                await asyncio.sleep(self._heartbeat / SLICES)
                for reader in list(readers):
                    self._give(reader, message)

    async def close(self) -> None:
        """End every stream properly: the browsers come back, each after its own while."""
        for readers in self._slices:
            self._end(readers, b"")
            await asyncio.sleep(0)

    def _end(self, readers: Iterable[Reader], last_words: bytes) -> None:
        message = _part(last_words, more=False)
        for reader in list(readers):
            self._give(reader, message)
            self.leave(reader)

    def _give(self, reader: Reader, message: Message) -> None:
        """Hand over without waiting. A server's `send` waits only when more lies unsent than it
        keeps for one reader: who reads so slowly is cut off."""
        if reader.stream is None:  # left while this round was on its way
            return
        step = reader.send(message).__await__()
        try:
            next(step)
        except StopIteration:
            self.told += 1
            return
        except Exception as error:  # noqa: BLE001 a broken line costs nobody else the news
            log.warning("a line broke", fault=type(error).__name__)
        else:
            step.close()
            self.dropped += 1
        self.leave(reader)
        reader.abort()


def _part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
