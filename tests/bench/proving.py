"""Proofs and checks of a log of a million entries, read from its files, beside a tree in memory."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from signatures.log import leaf, merkle, tiles
from signatures.log.checkpoint import Checkpoint
from signatures.log.edge import Edge
from signatures.log.folder import Folder
from signatures.log.leaf import DAY, NONE, Entry, Kind
from signatures.log.merkle import leaf_hash
from signatures.log.note import SigningKey, signed
from signatures.log.published import Tree
from tests.bench import measuring
from tests.bench.installing import Sites
from tests.bench.measuring import Figure
from tests.processes import ROOT

LEAVES = 1_000_000
STEP = 64 * tiles.WIDTH  # leaves written together, as the publisher does
PROOFS = 500  # a round
FILES, MEMORY = "from the files", "a tree in memory, 64 MB of hashes"


def scenario(sites: Sites) -> Iterator[Figure]:
    log = Written(sites.folder / "proofs")
    found = measuring.interleaved({FILES: log.from_files, MEMORY: log.from_memory})
    yield measuring.compared(
        "log",
        f"inclusion proof at {LEAVES:,}, median",
        "ms",
        found,
        ours=FILES,
        beside=MEMORY,
        smaller_is_better=True,
        aim="≤ 5 ms",
        note=f"p99 {measuring.median(log.slow):.2f} ms",
    )
    yield measuring.alone(
        "log", f"verify.py, {LEAVES:,} entries from disk", "s", [log.checked()], aim="≤ 30 s"
    )


@dataclass(frozen=True)
class Timed:
    """Milliseconds each took."""

    values: list[float]

    def share(self, part: float) -> float:
        return sorted(self.values)[int(part * (len(self.values) - 1))]


class Written:
    """A log of one letter on the disk, and the same in memory."""

    def __init__(self, path: Path) -> None:
        self.path, self.slow = path, list[float]()
        self._folder, self._memory = Folder(path), merkle.Tree()
        self._chance, edge = random.Random(5), Edge()
        entries = _entries()
        for start in range(0, LEAVES, STEP):
            part = [next(entries) for _ in range(min(STEP, LEAVES - start))]
            self._write(edge, start, part)
        key = SigningKey("letters.example.org/log", bytes(32))
        text = Checkpoint(key.name, edge.size, edge.root).text
        self._folder.publish(signed(text, [key.sign(text)]))
        (path / "key").write_text(f"{key.verifier}\n")

    def _write(self, edge: Edge, start: int, part: list[bytes]) -> None:
        hashes = [leaf_hash(raw) for raw in part]
        for tile, data in edge.extend(hashes):
            self._folder.write(tile, data)
        for at in range(0, len(part), tiles.WIDTH):
            held = part[at : at + tiles.WIDTH]
            bundle = tiles.Tile(tiles.ENTRIES, (start + at) // tiles.WIDTH, len(held))
            self._folder.write(bundle, tiles.encode_bundle(held))
        for each in hashes:
            self._memory.append(each)

    def from_files(self) -> float:
        """As a request finds it: nothing is remembered from the proof before."""
        timed = self._timed(lambda index: Tree(self._folder).proof_of(index).hashes)
        self.slow.append(timed.share(0.99))
        return timed.share(0.5)

    def from_memory(self) -> float:
        read = self._memory.node
        return self._timed(lambda index: merkle.inclusion(index, LEAVES, read)).share(0.5)

    def _timed(self, prove: Callable[[int], object]) -> Timed:
        values = []
        for _ in range(PROOFS):
            index = self._chance.randrange(LEAVES)
            began = time.perf_counter()
            prove(index)
            values.append((time.perf_counter() - began) * 1_000)
        return Timed(values)

    def checked(self) -> float:
        """Seconds of `verify.py`, its start included."""
        began = time.perf_counter()
        program = [sys.executable, "-I", str(ROOT / "static" / "verify.py")]
        subprocess.run([*program, str(self.path), "--no-state"], check=True, capture_output=True)
        return time.perf_counter() - began


def _entries() -> Iterator[bytes]:
    """A text, and signatures of it."""
    letter, digest, hour = bytes(leaf.LETTER), sha256(b"text").digest(), 20_000 * DAY
    yield leaf.encode(Entry(Kind.VERSION, letter, hour, NONE, NONE, 0, 0, 0, digest))
    for number in range(1, LEAVES):
        commit = sha256(number.to_bytes(8, "big")).digest()
        yield leaf.encode(Entry(Kind.SIGNED, letter, hour, 0, number - 1, number, 0, 0, commit))
