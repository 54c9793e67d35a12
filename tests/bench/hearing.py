"""A process of many readers: opens streams, notes when each count arrives, tells it at the end.

python -m tests.bench.hearing PORT PATH STREAMS; it says "open" when all have heard the first word,
and ends when its input does: one line of JSON, {count: [arrival on the monotonic clock, …]}.
"""

import json
import re
import resource
import select
import socket
import sys
import time
from collections import defaultdict

AT_ONCE = 100  # connections on their way
FROM_ONE_ADDRESS = 200
COUNT = re.compile(rb'"count":(\d+)')


class Crowd:
    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._poll = select.epoll()
        self._lines: dict[int, socket.socket] = {}
        self.heard: defaultdict[int, list[float]] = defaultdict(list)
        self.first = self.lost = 0

    def open(self, streams: int) -> None:
        for number in range(streams):
            line = socket.socket()
            address = number // FROM_ONE_ADDRESS  # (number, FROM_ONE_ADDRESS)
            line.bind((f"127.0.{1 + address // 200}.{1 + address % 200}", 0))
            line.connect(("127.0.0.1", self._port))
            line.sendall(self._request)
            line.setblocking(False)
            self._lines[line.fileno()] = line
            self._poll.register(line, select.EPOLLIN)
            while number + 1 - self.first - self.lost > AT_ONCE:
                self.listen(0.1)
        while self.first + self.lost < streams:
            self.listen(0.1)
        self.heard.clear()

    def listen(self, seconds: float) -> None:
        for number, _ in self._poll.poll(seconds, 512):
            data = self._lines[number].recv(65_536)
            if not data:
                self._poll.unregister(number)
                self.lost += 1
                continue
            now = time.monotonic()
            for found in COUNT.findall(data):
                self.heard[int(found)].append(now)
            self.first += data.startswith(b"HTTP/1.1 200")


def main(port: int, path: str, streams: int) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(port, path)
    crowd.open(streams)
    print("open", crowd.lost, flush=True)
    over = select.poll()
    over.register(sys.stdin, select.POLLIN | select.POLLHUP)
    while not over.poll(0):
        crowd.listen(0.05)
    print(json.dumps(crowd.heard))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
