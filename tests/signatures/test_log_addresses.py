"""The log's files at their addresses: what is there, what is not, and what everybody may do."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Letter
from signatures.log import leaf, merkle, note, policy, proof, tiles
from signatures.log.folder import Folder
from signatures.log.leaf import Kind
from signatures.log.merkle import leaf_hash
from signatures.log.tiles import Tile
from signatures.models import Chain, LogEntry, LogKey
from tests import make
from tests.logbook import KEY, Book, checkpoint, letter_id, tiles_of
from tests.logbook import POLICY as BELIEVED
from tests.processes import ROOT

pytestmark = pytest.mark.django_db

FILES = [
    "/log/checkpoint",
    "/log/key",
    "/.well-known/groundswell-log-policy",
    "/verify.py",
    "/checklog.go",
]


class Shelf:
    """A log of single entries in the folder that the settings name."""

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder)
        self.entries: list[bytes] = []

    def publish(self, entries: list[bytes], *, ahead: int = 0) -> None:
        """So many of the entries are written that no checkpoint reaches yet."""
        self.entries = entries
        for tile, data in tiles_of(entries).items():
            self.folder.write(tile, data)
        reached = entries[: len(entries) - ahead]
        root = merkle.root(map(leaf_hash, reached))
        self.folder.publish(checkpoint(len(reached), root))


@pytest.fixture
def shelf(tmp_path, settings):
    settings.LOG_DIR = tmp_path / "log"
    made = Shelf(settings.LOG_DIR)
    made.publish([b"entry %d" % number for number in range(600)], ahead=30)
    return made


@pytest.fixture
def client():
    return Client(headers={"origin": "https://paper.example"})


def test_the_checkpoint_is_read_as_it_was_signed_and_kept_for_a_moment_only(client, shelf):
    answer = client.get("/log/checkpoint")
    assert answer.content == shelf.folder.checkpoint()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=2"
    assert BELIEVED.accept(answer.content).checkpoint.size == 570


def test_tiles_and_bundles_are_read_for_ever(client, shelf):
    for tile in tiles.of_size(570):
        answer = client.get(f"/log/{tile.path}")
        assert answer.status_code == 200, tile
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Type"] == "application/octet-stream"
        if tile.level == tiles.ENTRIES:
            start = tile.number * tiles.WIDTH
            held = tiles.decode_bundle(answer.content, tile.width)
            assert held == shelf.entries[start : start + tile.width]
        elif tile.level == 0:
            assert answer.content == b"".join(
                leaf_hash(one) for one in shelf.entries[tile.number * 256 :][: tile.width]
            )


def test_a_partial_tile_is_there_in_every_width_a_checkpoint_has_reached(client, shelf):
    whole = client.get("/log/tile/0/002.p/58").content
    assert [client.get(f"/log/tile/0/002.p/{width}").content for width in (1, 57)] == [
        whole[:32],
        whole[: 57 * 32],
    ]
    full = client.get("/log/tile/0/001").content
    assert client.get("/log/tile/0/001.p/9").content == full[: 9 * 32]


def test_nothing_is_shown_that_no_checkpoint_reaches(client, shelf):
    assert shelf.folder.read(Tile(0, 2, 88))
    answer = client.get("/log/tile/0/002.p/88")
    assert (answer.status_code, answer.content) == (404, b"no such tile yet\n")
    assert answer["Cache-Control"] == "no-store"
    assert client.get("/log/tile/entries/002.p/59").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "0/000.p/0", "0/000.p/256", "0/000.p/257", "0/000.p/08", "0/000.p/-1", "0/000.p/", "0/000/",
        "0/../../highwater", "..", "../highwater", "0/..%2f..%2fhighwater", "%2e%2e/highwater",
        "0//000", "./0/000", "0/0", "0/0000", "00/000", "0/x000/000", "64/000", "100/000", "-1/000",
        "entries/", "entries/000.p", "Entries/000", "0/x" + "999/x" * 9 + "999", "0/1e3",
        "0/\u0661\u0662\u0663", "0/000%00", "0/000.p/1/1", "highwater",
        "0/" + "9" * 5000,
        "0/x999/x999/x999/x999/x999/x999/999.p/9" + "9" * 400,
    ],
)  # fmt: skip
def test_other_paths_are_refused_in_one_line(client, shelf, path):
    answer = client.get(f"/log/tile/{path}")
    assert (answer.status_code, answer.content) == (400, b"no tile has such a path\n")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["0/003", "1/000", "5/000", "entries/x999/999", "63/x001/000.p/1"])
def test_a_tile_that_is_not_there_yet_is_told_so_in_one_line(client, shelf, path):
    answer = client.get(f"/log/tile/{path}")
    assert (answer.status_code, answer.content) == (404, b"no such tile yet\n")
    assert answer["Access-Control-Allow-Origin"] == "*", "so that a script sees the 404"


def test_before_the_first_checkpoint_there_is_none(client, tmp_path, settings):
    settings.LOG_DIR = tmp_path / "nothing"
    for path in ("/log/checkpoint", "/log/tile/0/000"):
        answer = client.get(path)
        assert (answer.status_code, answer.content) == (404, b"the log has no checkpoint yet\n")
    assert client.get("/log/key").status_code == 200


@pytest.mark.parametrize("path", [*FILES, "/log/tile/0/000", "/log/tile/entries/002.p/58"])
def test_t58_everybody_may_read_the_log_and_nobody_is_told_more(client, shelf, path):
    read = client.get(path)
    assert read["Access-Control-Allow-Origin"] == "*"
    assert not read.cookies
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == read["ETag"]
    again = client.get(path, headers={"if-none-match": read["ETag"], "cookie": "sessionid=x"})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == read["Cache-Control"]
    for method in ("post", "put", "patch", "delete", "options"):
        refused = getattr(client, method)(path)
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")


def test_keys_stand_with_the_time_they_signed_the_newest_first(client):
    old = note.SigningKey(KEY.name, bytes(32)).verifier
    begin, change = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, 12, tzinfo=UTC)
    LogKey.objects.create(vkey=str(old), since=begin, until=change)
    LogKey.objects.create(vkey=str(KEY.verifier), since=change)
    assert client.get("/log/key").content.decode().splitlines() == [
        f"{KEY.verifier} # since 2026-06-01T12:00:00Z",
        f"{old} # since 2026-05-01T00:00:00Z until 2026-06-01T12:00:00Z",
    ]
    found = policy.parse(client.get("/.well-known/groundswell-log-policy").content)
    assert [log.key for log in found.logs] == [KEY.verifier, old]


@pytest.mark.parametrize(
    ("name", "kind"), [("verify.py", "text/x-python"), ("checklog.go", "text/plain")]
)
def test_what_checks_the_log_is_fetched_as_it_is(client, name, kind):
    answer = client.get(f"/{name}")
    assert answer.content == (ROOT / "static" / name).read_bytes()
    assert answer["Content-Type"] == f"{kind}; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


# --- Of one letter --------------------------------------------------------------------------------
def test_a_text_is_the_very_bytes_that_were_hashed(client):
    letter = make.letter(slug="aller")
    answer = client.get("/letters/aller/revisions/1.txt")
    assert hashlib.sha256(answer.content).hexdigest() == letter.revision.sha256
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    for number in ("2", "0", "9" * 30, "9" * 5000):
        assert client.get(f"/letters/aller/revisions/{number}.txt").status_code == 404


def entries_of(letter: Letter) -> list[bytes]:
    """A text and four signatures, and another letter's between them."""
    book = Book()
    for name, kind in (("a", Kind.VERSION), ("b", Kind.VERSION), *[("a", Kind.SIGNED)] * 4):
        book.add(kind, name)
    book.add(Kind.SIGNED, "b")
    own = {letter_id("a"): letter.uid.bytes}
    return [
        leaf.encode(replace(entry, letter=own.get(entry.letter, entry.letter)))
        for entry in book.entries
    ]


def test_a_letters_totals_are_one_proof(client, shelf):
    letter = make.letter(slug="aller")
    missing = client.get("/letters/aller/totals.tlog-proof")
    assert (missing.status_code, missing.content.count(b"\n")) == (404, 1)
    entries = entries_of(letter)
    LogEntry.objects.bulk_create(
        LogEntry(index=index, entry=raw) for index, raw in enumerate(entries)
    )
    Chain.objects.update_or_create(letter=letter, defaults={"last": 5, "version": 0})
    for ahead, newest in ((0, 5), (1, 5), (2, 4), (4, 2), (5, 0), (6, 0)):
        shelf.publish(entries, ahead=ahead)
        found = proof.parse(client.get("/letters/aller/totals.tlog-proof").content)
        assert (found.index, found.extra) == (newest, entries[newest])
        found.check(leaf_hash(entries[newest]), BELIEVED)


def test_a_letter_that_no_checkpoint_reaches_has_no_proof_yet(client, shelf):
    letter, other = make.letter(slug="aller"), make.letter(slug="weser")
    entries = entries_of(other)
    entries += [leaf.encode(replace(leaf.decode(entries[0]), letter=letter.uid.bytes))]
    LogEntry.objects.bulk_create(
        LogEntry(index=index, entry=raw) for index, raw in enumerate(entries)
    )
    Chain.objects.update_or_create(letter=letter, defaults={"last": len(entries) - 1})
    shelf.publish(entries, ahead=1)
    answer = client.get("/letters/aller/totals.tlog-proof")
    assert answer.content == b"the letter is in no checkpoint yet\n"
    shelf.publish(entries)
    assert client.get("/letters/aller/totals.tlog-proof").status_code == 200


def test_nothing_is_told_of_letters_that_are_not_there(client):
    make.letter(slug="draft", published=False)
    gone = make.letter(slug="gone")
    Letter.objects.filter(pk=gone.pk).update(taken_down_at=timezone.now())
    for end in ("totals.tlog-proof", "revisions/1.txt"):
        for slug in ("draft", "never"):
            answer = client.get(f"/letters/{slug}/{end}")
            assert (answer.status_code, answer.content) == (404, b"There is no such letter.\n")
        answer = client.get(f"/letters/gone/{end}")
        assert (answer.status_code, answer.content) == (410, b"This letter was taken down.\n")
