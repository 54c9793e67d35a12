"""How many may listen: in this process, and from one network address."""

from collections import Counter


class Full(Exception):
    """There is no place left; the reader asks for the count instead."""


class Places:
    """Clients are told apart by a digest; whoever has left is not remembered."""

    def __init__(self, *, streams: int, per_client: int) -> None:
        self.taken = 0
        self._streams = streams
        self._per_client = per_client
        self._by_client: Counter[str] = Counter()

    def take(self, client: str) -> None:
        if self.taken >= self._streams or self._by_client[client] >= self._per_client:
            if not self._by_client[client]:
                del self._by_client[client]
            raise Full
        self.taken += 1
        self._by_client[client] += 1

    def leave(self, client: str) -> None:
        self.taken -= 1
        self._by_client[client] -= 1
        if not self._by_client[client]:
            del self._by_client[client]

    def close(self) -> None:
        """Nobody gets a place any more."""
        self._streams = 0
