"""Two installations, each with its own database and folder, are witnesses for each other."""

import base64
import random
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from signatures.log import checkpoint, note, policy
from signatures.log.checkpoint import Checkpoint
from signatures.log.note import SigningKey, Type
from signatures.log.rejected import Rejected
from tests import migrated
from tests.flows import crowd
from tests.flows.rows import ask
from tests.installation import Installation
from tests.processes import Process, eventually

KILLS = 30


class Peer:
    """An installation's web and clock; nobody signs there, but its letters are logged."""

    def __init__(self, folder: Path, name: str) -> None:
        self.installation = Installation(folder, {"STATIC_HASHED": "no", "LOG_INTERVAL": "1"})
        self.name = name
        self.processes: dict[int, Process] = {}
        origin = f"localhost:{self.installation.port}/log"
        self.log = SigningKey(origin, self._seed("log"))
        self.witness = SigningKey(
            origin.replace("/log", "/witness"), self._seed("witness"), Type.COSIGNATURE
        )
        for setting, key in (("LOG_KEY", self.log), ("WITNESS_KEY", self.witness)):
            self.installation.env[setting] = f"1:{base64.b64encode(key.seed).decode()}"

    def _seed(self, of: str) -> bytes:
        return sha256(f"{self.name} {of}".encode()).digest()

    def trusts(self, other: "Peer") -> None:
        """Ask the other one for its word, and give ours for its log."""
        line = f"witness {other.name} {other.witness.verifier} {other.installation.url}/log\n"
        self.installation.env |= {
            "WITNESSES": f"{line}quorum {other.name}\n",
            "WITNESSED_LOGS": f"{other.log.verifier}\n",
        }

    def serve(self) -> None:
        self.processes[0] = self.installation.spawn(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--blocking-threads",
            "2", "--port", str(self.installation.port), "config.wsgi:application", log="web",
        )  # fmt: skip

    def tick(self) -> None:
        self.processes[1] = self.installation.spawn(
            "manage.py", "clock", "--skip-checks", log="clock"
        )

    def grow(self, number: int) -> None:
        """One more letter."""
        file = self.installation.folder / "more.md"
        file.write_text(crowd.LETTER.replace("slug: aller", f"slug: aller-{number}"))
        publish(self.installation, file)

    def crash(self, which: int) -> None:
        """Kill web or clock at any moment, and start it again as an operator's system does."""
        self.processes[which].end()
        [self.serve, self.tick][which]()

    def read(self, path: str) -> bytes:
        with (
            suppress(OSError),
            urllib.request.urlopen(self.installation.url + path, timeout=10) as answer,
        ):
            return bytes(answer.read())
        return b""

    def is_cosigned_by(self, other: "Peer", *, above: int = -1) -> Checkpoint:
        """Our newest tree, once it has more leaves than that and the other one's word is on it."""
        trusted = policy.Policy(
            [policy.Log(self.log.verifier)],
            [policy.Witness(other.name, other.witness.verifier)],
            quorum=other.name,
        )

        def newest() -> Checkpoint | None:
            with suppress(Rejected):
                tree = trusted.accept(self.read("/log/checkpoint"), int(time.time())).checkpoint
                return tree if tree.size > above else None
            return None

        what = f"{other.name} cosigned no tree of {self.name} above {above}"
        found: Checkpoint = eventually(newest, what, every=0.2)
        return found

    def has_seen(self, other: "Peer") -> Checkpoint:
        """The newest tree of the other one's that we cosigned."""
        digest = sha256(other.log.name.encode()).hexdigest()
        return checkpoint.parse(note.parse(self.read(f"/log/witness/{digest}/checkpoint")).text)

    def frozen(self) -> str:
        [(reason,)] = ask(self.installation, "SELECT frozen_because FROM signatures_head") or [
            ("",)
        ]
        return str(reason)


def publish(installation: Installation, file: Path) -> None:
    installation.manage(
        "create_letter", str(file), "--organiser", "otto@example.org", "--publish", "--skip-checks"
    )


@pytest.fixture
def beginning(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """A database with one letter that no log has yet."""
    folder = tmp_path / "beginning"
    folder.mkdir()
    migrated.copy(migrated_sqlite, folder)
    (folder / "letter.md").write_text(crowd.LETTER)
    publish(Installation(folder, {}), folder / "letter.md")
    return folder / "db.sqlite3"


@pytest.fixture
def pair(tmp_path: Path, beginning: Path) -> Iterator[tuple[Peer, Peer]]:
    made = []
    for name in ("ada", "bea"):
        (tmp_path / name).mkdir()
        migrated.copy(beginning, tmp_path / name)
        made.append(Peer(tmp_path / name, name))
    ada, bea = made
    ada.trusts(bea)
    bea.trusts(ada)
    yield ada, bea
    for peer in made:
        peer.installation.end()


@pytest.mark.soak
def test_t95_two_installations_witness_each_other_and_notice_when_one_is_put_back(
    pair: tuple[Peer, Peer], migrated_sqlite: Path, soak: bool
) -> None:
    ada, bea = pair
    for peer in pair:
        peer.serve()
    for peer in pair:  # whoever is not there yet is asked again, but ten seconds later
        eventually(lambda peer=peer: peer.read("/log/witness/key"), "no answer", every=0.2)
    for peer in pair:
        peer.tick()
    both = ((ada, bea), (bea, ada))
    sizes = {one.name: one.is_cosigned_by(other, above=0).size for one, other in both}
    chance = random.Random(27)
    for number in range(KILLS if soak else 0):
        one, other = chance.choice(both)
        chance.choice(pair).crash(chance.randrange(2))
        one.grow(number)
        chance.choice(pair).crash(chance.randrange(2))
        sizes[one.name] = one.is_cosigned_by(other, above=sizes[one.name]).size
    for one, other in both:
        assert one.frozen() == ""
        assert other.has_seen(one) == one.is_cosigned_by(other)

    # Database and high-water file together, as a whole machine is put back: only others remember.
    bea.installation.stop()
    shutil.rmtree(bea.installation.folder)
    bea.installation.folder.mkdir()
    migrated.copy(migrated_sqlite, bea.installation.folder)
    bea.tick()
    eventually(lambda: bea.frozen() == "witness", "nobody noticed", every=0.2)
