"""A mail server for tests, on a thread of its own: it can be slow, refuse, hang or break off."""

import asyncio
import email
import email.policy
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Self

from tests.processes import eventually, free_port


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived: the envelope, the parsed message and the connection it came over."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    connection: int

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class SmtpSink:
    """Takes every mail until told otherwise. The attributes may be changed at any time.

    latency          seconds before every reply, as a far server has
    temporary        how many recipients are first answered 451, then taken
    refused          recipients answered 550, for good
    hang             True: take connections and commands, answer nothing more
    resets           how many times the connection is reset after the body, before the answer
    lost_replies     like resets, but the mail was taken: the sender cannot know
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.temporary = 0
        self.refused: set[str] = set()
        self.hang = False
        self.resets = 0
        self.lost_replies = 0
        self.mails: list[Mail] = []
        self.connections = 0
        self.on_mail: Callable[[Mail], None] | None = None
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="smtp-sink", daemon=True)
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What EMAIL_URL is set to."""
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in list(self.mails) if address in mail.recipients]

    def wait(self, count: int = 1, *, to: str | None = None, within: float = 60) -> list[Mail]:
        """The mails (to one address), as soon as there are at least `count`."""

        def found() -> list[Mail]:
            return self.to(to) if to else list(self.mails)

        eventually(
            lambda: len(found()) >= count,
            f"{count} mails{' to ' + to if to else ''}, only {len(found())} so far",
            within=within,
        )
        return found()

    def reset(self) -> None:
        """Forget the mails and every trouble asked for."""
        self.latency, self.hang = 0.0, False
        self.temporary = self.resets = self.lost_replies = self.connections = 0
        self.refused, self.on_mail = set(), None
        self.mails.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=512)
        )
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await Conversation(self, reader, writer, self.connections).run()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


class Conversation:
    """One connection, command by command."""

    def __init__(
        self,
        sink: SmtpSink,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
    ) -> None:
        self.sink, self.reader, self.writer, self.number = sink, reader, writer, number
        self.sender = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        await self._say("220 sink ESMTP")
        while line := await self.reader.readline():
            verb = line[:4].upper()
            if verb in {b"EHLO", b"HELO"}:
                await self._say("250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 26214400")
            elif verb == b"MAIL":
                self.sender, self.recipients = _address(line), []
                await self._say("250 ok")
            elif verb == b"RCPT":
                await self._say(self._recipient(_address(line)))
            elif verb == b"DATA":
                await self._data()
            elif verb == b"QUIT":
                await self._say("221 bye")
                return
            else:
                await self._say("250 ok")

    def _recipient(self, address: str) -> str:
        if address in self.sink.refused:
            return "550 5.1.1 no such mailbox"
        if self.sink.temporary > 0:
            self.sink.temporary -= 1
            return "451 4.2.0 try again later"
        self.recipients.append(address)
        return "250 ok"

    async def _data(self) -> None:
        if not self.recipients:
            await self._say("554 no valid recipients")
            return
        await self._say("354 go on")
        lines = []
        while (line := await self.reader.readuntil(b"\n")) not in {b".\r\n", b".\n"}:
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.sink.resets > 0:
            self.sink.resets -= 1
            self._break_off()
        self._keep(b"".join(lines))
        if self.sink.lost_replies > 0:
            self.sink.lost_replies -= 1
            self._break_off()
        await self._say("250 taken")

    def _keep(self, raw: bytes) -> None:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        mail = Mail(self.sender, tuple(self.recipients), message, raw, self.number)
        self.sink.mails.append(mail)
        if self.sink.on_mail is not None:
            self.sink.on_mail(mail)

    def _break_off(self) -> None:
        """RST instead of FIN: what a crashed server or a firewall leaves behind."""
        link: socket.socket = self.writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise ConnectionResetError

    async def _say(self, reply: str) -> None:
        if self.sink.latency:
            await asyncio.sleep(self.sink.latency)
        while self.sink.hang:  # noqa: ASYNC110 - set from another thread, where an Event cannot be
            await asyncio.sleep(0.05)
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()


def _address(line: bytes) -> str:
    text = line.decode("utf8", errors="replace")
    return text[text.find("<") + 1 : text.find(">")]
