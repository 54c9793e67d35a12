"""A mail server that takes everything and counts: `python -m tests.bench.sink PORT`.

Besides SMTP it answers ZERO [milliseconds a reply] and STAT, a JSON line.
"""

import asyncio
import json
import sys
import time


class Sink:
    def __init__(self) -> None:
        self.zero(0)

    def zero(self, milliseconds: float) -> None:
        self.latency = milliseconds / 1000
        self.mails, self.connections, self.first, self.last = 0, 0, 0.0, 0.0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(reply: bytes) -> None:
            if self.latency:
                await asyncio.sleep(self.latency)
            writer.write(reply + b"\r\n")
            await writer.drain()

        try:
            await say(b"220 sink ESMTP")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb in {b"EHLO", b"HELO"}:
                    self.connections += 1
                    await say(b"250-sink\r\n250 SIZE 10485760")
                elif verb == b"DATA":
                    await say(b"354 go on")
                    await self._take(reader)
                    await say(b"250 taken")
                elif verb == b"QUIT":
                    await say(b"221 bye")
                    break
                elif verb in {b"ZERO", b"STAT"}:
                    writer.write(self._told(verb, line) + b"\r\n")
                else:
                    await say(b"250 ok")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        while await reader.readuntil(b"\r\n") != b".\r\n":
            pass
        self.mails += 1
        self.last = time.time()
        self.first = self.first or self.last

    def _told(self, verb: bytes, line: bytes) -> bytes:
        if verb == b"ZERO":
            self.zero(float(line[4:] or 0))
        return json.dumps(
            {
                "mails": self.mails,
                "connections": self.connections,
                "seconds": self.last - self.first,
                "last": self.last,
            }
        ).encode()


async def main(port: int) -> None:
    server = await asyncio.start_server(Sink().talk, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
