"""Go's own packages for transparency logs, which nobody here wrote, against ours (F3).

`static/checklog.go` is the recipe of docs/log-with-go.md; `go/checklog_test.go` beside it compares
byte by byte.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.log import lines, merkle, note, tiles
from signatures.log.edge import Edge
from signatures.log.folder import Folder
from signatures.log.merkle import leaf_hash
from signatures.log.published import Tree
from tests.logbook import KEY, ORIGIN, WITNESSES, checkpoint, story
from tests.processes import ROOT

RECIPE = ROOT / "static" / "checklog.go"
TEST = Path(__file__).parent / "go" / "checklog_test.go"
LEAVES, PROOFS = 10_000, 100_000  # proofs at most
SMALL = 24  # every pair of sizes up to it
OTHERS = 31 + SMALL * (SMALL + 1)  # proofs of growth, and of small trees
VKEYS = [str(key.verifier) for key in (KEY, *WITNESSES)]


def go(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Offline, with Debian's packages alone, and what was compiled before."""
    for source in (RECIPE, TEST):
        shutil.copy(source, folder)
    program = shutil.which("go")
    assert program, "make test installs golang-go and golang-golang-x-mod-dev"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(ROOT / "var"),
        "GOCACHE": str(Path.home() / ".cache" / "go-build"),  # Go's own place, kept between runs
        "CGO_ENABLED": "0",  # else it asks for a C compiler
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
    }
    return subprocess.run(
        [program, *words],
        cwd=folder,
        env=env | more,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )


class Grown:
    """A log that grew in steps as it does in life, with every checkpoint it has had."""

    def __init__(self, folder: Path, leaves: list[bytes], steps: list[int]) -> None:
        self.at = Folder(folder / "log")
        (folder / "checkpoints").mkdir(parents=True)
        edge, start = Edge(), 0
        for end in steps:
            self._write(edge, leaves, start, end)
            signed = checkpoint(end, edge.root)
            self.at.publish(signed)
            (folder / "checkpoints" / str(end)).write_bytes(signed)
            start = end

    def _write(self, edge: Edge, leaves: list[bytes], start: int, end: int) -> None:
        for tile, data in edge.extend([leaf_hash(one) for one in leaves[start:end]]):
            self.at.write(tile, data)
        for tile in tiles.touched(start, end):
            if tile.level == tiles.ENTRIES:
                held = leaves[tile.number * tiles.WIDTH :][: tile.width]
                self.at.write(tile, tiles.encode_bundle(held))


def proofs(grown: Grown, leaves: list[bytes], sizes: list[int]) -> Iterator[str]:
    """Of leaves, read from the tiles; from every size it has had; all of the small trees'."""
    count = min(len(leaves), PROOFS)
    for start in range(0, count, LEAVES):
        published = Tree(grown.at)  # forgets what it has read
        for place in range(start, min(count, start + LEAVES)):
            index = place * len(leaves) // count
            yield _line("inclusion", index, published.size, published.proof_of(index).hashes)
    for old in sizes:
        yield _line("consistency", old, published.size, published.growth_from(old))
    small = merkle.Tree(leaf_hash(one) for one in leaves[:SMALL])
    for size in range(1, SMALL + 1):
        for place in range(size):
            found = merkle.inclusion(place, size, small.node)
            yield _line("inclusion", place, size, found)
            found = merkle.consistency(place + 1, size, small.node)
            yield _line("consistency", place + 1, size, found)


def _line(kind: str, place: int, size: int, hashes: list[bytes] | tuple[bytes, ...]) -> str:
    return " ".join([kind, str(place), str(size), *map(lines.encoded, hashes)]) + "\n"


def compared(folder: Path, count: int) -> str:
    """What Go says to a log of so many random leaves; it must not complain."""
    chance = random.Random(6962)
    leaves = [chance.randbytes(chance.randrange(120)) for _ in range(count)]
    steps = sorted({1, 2, 255, 256, 257, count, *chance.sample(range(1, count), 25)})
    grown = Grown(folder, leaves, steps)
    (folder / "leaves").write_bytes(b"".join(len(one).to_bytes(2, "big") + one for one in leaves))
    (folder / "keys").write_text("\n".join(VKEYS))
    with (folder / "proofs").open("w") as file:
        file.writelines(proofs(grown, leaves, steps))
    said = go(folder, "test", "-vet=off", "-count=1", "-v", ".", GROUNDSWELL_LOG=str(folder))
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("--- PASS") == 5, said.stdout
    return said.stdout


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_go_finds_the_same_roots_tiles_and_proofs_and_no_forgery(
    tmp_path: Path, soak: bool
) -> None:
    leaves = 1_000_000 if soak else LEAVES
    said = compared(tmp_path, leaves)
    assert f"{min(leaves, PROOFS) + OTHERS} proofs equal" in said
    _go_is_read_here(tmp_path, leaves)


def _go_is_read_here(folder: Path, leaves: int) -> None:
    """The note that Go has signed meanwhile."""
    key = note.parse_key((folder / "from-go.key").read_text())
    read, signatures = note.opened((folder / "from-go").read_bytes(), [key])
    assert read.text.startswith(f"{ORIGIN}\n{leaves}\n")
    assert [signed.key for signed in signatures] == [key]


# --- The recipe for everybody ---------------------------------------------------------------------
class Checker:
    """`checklog`, as docs/log-with-go.md has it built, looking at a log like ours."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.entries = folder, story().raw
        built = go(folder, "build", "-o", "checklog", RECIPE.name)
        assert built.returncode == 0, built.stderr
        self.log = Grown(folder, self.entries, [1, 7, len(self.entries)])
        proof = Tree(self.log.at).proof_of(LAST_OF_A, extra=self.entries[LAST_OF_A])
        (folder / "totals.tlog-proof").write_bytes(bytes(proof))

    def __call__(self, *words: object, key: str = VKEYS[0]) -> str:
        done = subprocess.run(
            [self.folder / "checklog", "-key", key, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode == 0) is not done.stderr.startswith("WRONG: "), done
        assert done.returncode in {0, 1}
        return done.stdout + done.stderr


@pytest.fixture
def check(tmp_path: Path) -> Checker:
    return Checker(tmp_path)


LAST_OF_A = 14
A_STANDS = "4 signatures (5 signed, 1 withdrawn, 0 invalidated)"


def test_the_recipe_counts_and_proves_and_notices(check: Checker) -> None:
    log, witnesses = check.folder / "log", [f"-witness={key}" for key in VKEYS[1:]]
    said = check(*witnesses, log)
    assert f"All {len(check.entries)} entries are those that were signed." in said
    assert A_STANDS in said
    assert said.count("signatures (") == 2
    assert "tree of 7 entries" in check("-old", check.folder / "checkpoints" / "7", log)
    said = check("-proof", check.folder / "totals.tlog-proof")
    assert f"Entry {LAST_OF_A} is in the tree" in said
    assert A_STANDS in said
    assert "WRONG" in check(log, key=VKEYS[0].replace("example.org", "example.net"))
    assert "WRONG" in check("-witness", str(note.SigningKey("w", bytes(32), 4).verifier), log)
    bundle = log / "tile/entries/000.p" / str(len(check.entries))
    damaged = bytearray(bundle.read_bytes())
    damaged[-1] ^= 1
    bundle.write_bytes(damaged)
    assert "not the entry that was signed" in check(log)


def test_the_recipe_is_the_program_that_was_checked() -> None:
    told = (ROOT / "docs" / "log-with-go.md").read_text()
    assert told.endswith(f"```go\n{RECIPE.read_text()}```\n")
