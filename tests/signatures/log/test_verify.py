"""verify.py as a stranger runs it: on an honest log, on a cheating one, on a receipt."""

import http.server
import json
import random
import sys
import threading
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from signatures import mailbox
from signatures.log import commitment, cosignature, leaf, merkle, policy, receipt
from signatures.log.commitment import Signer
from signatures.log.leaf import Kind
from signatures.log.note import Line, SigningKey, Type, VerifierKey
from signatures.log.rejected import Rejected
from signatures.log.replay import audited
from tests.logbook import (
    KEY,
    NOW,
    POLICY,
    WITNESSES,
    Book,
    checkpoint,
    known_leaf,
    known_tree,
    letter_id,
    story,
    tiles_of,
    vectors,
)
from tests.verifier import PROGRAM, VERIFY, Said, run, within

A, B = letter_id("a"), letter_id("b")
VECTORS = Path(__file__).parents[2] / "vectors"
SIGNED, WITHDRAWN, CLOSED = 2, 8, 13


class Site:
    """A log as files, written by the log's own modules, and the verifier looking at it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder / "log", folder / "state"
        self.put("key", str(KEY.verifier).encode() + b" since 2026-01-01\n")
        self.put("policy", POLICY.text.encode())

    def put(self, path: str, data: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def publish(self, entries: list[bytes]) -> None:
        for tile, data in tiles_of(entries).items():
            self.put(tile.path, data)
        tree = merkle.Tree(map(merkle.leaf_hash, entries))
        self.put("checkpoint", checkpoint(tree.size, tree.root()))

    @property
    def text(self) -> str:
        """What the checkpoint's signatures are over."""
        return (self.folder / "checkpoint").read_text().partition("\n\n")[0] + "\n"

    def check(self, *words: object, inside: bool = True) -> Said:
        words = (self.folder, "--state", self.state, "--now", NOW + 12, *words)
        return within(*words) if inside else run(*words)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.publish(story().raw)
    return made


# --- An honest log --------------------------------------------------------------------------------
def test_an_honest_log_is_said_to_hold_letter_by_letter(site: Site):
    said = site.check(inside=False)
    assert (said.status, said.reason) == (0, "")
    a, b = (line for line in said.words.splitlines() if line.startswith("Letter "))
    assert a == (
        f"Letter {A.hex()}: 4 signatures count: 5 signed (4 by mail code, 1 by mail link),"
        " 1 withdrawn, 0 invalidated; 120 more on paper, counted apart; closed."
    )
    assert f"{B.hex()}: 2 signatures count" in b
    assert "16 entries, 16 of them read now" in said.words
    assert "2 of 2 witnesses have seen it (w0 12 s ago, w1 12 s ago)" in said.words


def test_it_knows_nothing_of_this_code():
    lines = PROGRAM.read_text().splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if is_import(line)}
    assert imported - sys.stdlib_module_names == {"cryptography"}


def is_import(line: str) -> bool:
    return line.strip().startswith(("import ", "from ")) and not line.endswith("log")


def test_both_read_the_known_roots_tiles_and_proofs():
    known = vectors()
    for size, root in known["roots"].items():
        tree = VERIFY.Tree()
        files = tiles_of([known_leaf(index) for index in range(int(size))])
        read = {tile.path: data for tile, data in files.items()}
        tree.grow(InMemory(read), int(size), lambda entries: None)
        assert (tree.size, tree.root.hex()) == (int(size), root)
    for level, number, width, path in known["tile_paths"]:
        assert VERIFY.tile_path("entries" if level == -1 else level, number, width) == path
    for name, refused in (("inclusion", False), ("inclusion_must_fail", True)):
        for each in known[name]:
            tree = VERIFY.Checkpoint("o", each["size"], known_tree().root(each["size"]))
            proof = [bytes.fromhex(word) for word in each["proof"]]
            leaf_hash = merkle.leaf_hash(known_leaf(each["index"]))
            assert fails(VERIFY.check_inclusion, leaf_hash, each["index"], tree, proof) is refused


class InMemory:
    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def read(self, name: str, most: int) -> bytes:
        return self._files[name]


def fails(call, *args: object) -> bool:
    try:
        call(*args)
    except VERIFY.Broken:
        return True
    return False


def test_both_read_the_known_entries_keys_and_checkpoint():
    known = vectors()
    entries = [bytes.fromhex(word) for word in known["petition"]["entries"]]
    replay = VERIFY.Replay()
    replay.take(entries)
    assert replay.findings == []
    assert (
        f"{known['petition']['count']} signatures count"
        in next(iter(replay.letters.values())).words
    )
    keys = [VERIFY.read_key(known["keys"]["log_vkey"])]
    witnesses = [VERIFY.read_key(vkey) for vkey in known["keys"]["witness_vkeys"]]
    text, signed = VERIFY.opened(known["checkpoint"]["signed"].encode(), [*keys, *witnesses])
    assert text == known["checkpoint"]["text"]
    assert list(signed.values()) == [None, *[known["checkpoint"]["time"]] * 2]


def test_which_text_was_signed_by_how_many_is_told_so_that_a_swap_shows(site: Site):
    book = Book()
    first = book.add(Kind.VERSION)
    for _ in range(3):
        book.add(Kind.SIGNED)
    second = book.add(Kind.VERSION)
    book.add(Kind.SIGNED)
    site.publish(book.raw)
    said = site.check("--state", site.state.with_name("other")).words
    again = site.check("--state", site.state.with_name("other")).words
    for words in (said, again):
        for index, signed in ((first, 3), (second, 1)):
            begins = leaf.decode(book.raw[index]).commit[:16].hex()
            line = f"{signed} signed the text at entry {index}; its SHA-256 begins {begins}."
            assert line in words


def test_entries_that_are_dated_back_or_ahead_are_noted(site: Site):
    book = Book()
    book.add(Kind.VERSION)
    site.publish(book.raw)
    assert "Noted" not in site.check("--state", site.state.with_name("other")).words
    book.add(Kind.SIGNED)  # of a day weeks before the log was looked at without it
    site.publish(book.raw)
    said = site.check("--state", site.state.with_name("other"))
    assert "they were dated back, or published late" in said.words, said.reason
    entry = leaf.decode(book.raw[-1])
    late = replace(entry, hour=NOW // 3600 + 100, prev=1, signed=2, commit=b"x" * 32)
    site.publish([*book.raw, leaf.encode(late)])
    said = site.check("--state", site.state.with_name("other"))
    assert "dated after today" in said.words, said.reason


def test_a_log_that_grows_is_read_on_and_nothing_twice(site: Site):
    long = Book()
    long.add(Kind.VERSION)
    for _ in range(600):
        long.add(Kind.SIGNED)
    for size in (1, 255, 256, 257, 512, 601):
        site.publish(long.raw[:size])
        said = site.check("--state", site.state.with_name("other"))
        assert said.status == 0, said.reason
    assert "601 entries, 89 of them read now" in said.words
    for number in (0, 1):
        (site.folder / f"tile/entries/00{number}").unlink()

    again = site.check("--state", site.state.with_name("other"))
    assert "601 entries, 0 of them read now" in again.words
    assert "Nothing was changed since it was checked 0 s ago." in again.words


def test_a_partial_tile_may_have_given_way_to_the_full_one(site: Site):
    book = Book()
    book.add(Kind.VERSION)
    for _ in range(299):
        book.add(Kind.SIGNED)
    site.publish(book.raw[:200])
    early = (site.folder / "checkpoint").read_bytes()
    site.publish(book.raw)
    for kind in ("0", "entries"):
        (site.folder / f"tile/{kind}/000.p/200").unlink()
    site.put("checkpoint", early)
    assert "200 entries" in site.check().words


# --- Cheating -------------------------------------------------------------------------------------
def change(at: int, **changed: object):
    def cheat(book: Book) -> None:
        book.entries[at] = replace(book.entries[at], **changed)

    return cheat


def add(kind: Kind, letter: str = "a", **named: int):
    def cheat(book: Book) -> None:
        book.add(kind, letter, **named)

    return cheat


def drop(book: Book) -> None:
    del book.entries[3]


def repeat_a_commitment(book: Book) -> None:
    book.entries[3] = replace(book.entries[3], commit=book.entries[2].commit)


CHEATS = {
    "an inflated total": (change(SIGNED, signed=7), "entry 2 breaks R3"),
    "a withdrawal forgotten": (change(CLOSED, withdrawn=0), "entry 13 breaks R3"),
    "paper counted in": (change(12, signed=125), "entry 12 breaks R3"),
    "a pointer past one": (change(3, prev=0), "entry 3 breaks R2"),
    "one dropped": (drop, "breaks R2"),
    "moved to another letter": (change(SIGNED, letter=B), "entry 2 breaks R2"),
    "another letter's text": (change(SIGNED, ref=1), "entry 2 breaks R4: it signs no version"),
    "withdrawn twice": (add(Kind.WITHDRAWN, ref=2), "entry 16 breaks R4: it cancels no"),
    "cancelled for another letter": (add(Kind.INVALIDATED, letter="b", ref=3), "breaks R4"),
    "closed with an old text": (change(CLOSED, ref=0), "entry 13 breaks R4: it does not name"),
    "an hour that goes back": (change(5, hour=1), "entry 5 breaks R5"),
    "signed after closing": (add(Kind.SIGNED), "entry 16 breaks R6"),
    "one commitment twice": (repeat_a_commitment, "entry 3 breaks R7"),
}


@pytest.mark.parametrize("name", CHEATS)
def test_f2_cheating_is_caught_and_named(site: Site, name: str):
    cheat, sentence = CHEATS[name]
    book = story()
    cheat(book)
    site.publish(book.raw)
    said = site.check()
    assert said.status == 1
    assert sentence in said.reason.splitlines()[0]


@pytest.mark.soak
def test_f2_two_auditors_agree_on_every_changed_byte(soak: bool):
    entries = story().raw
    for at, raw in enumerate(entries):
        for place in range(leaf.SIZE) if soak else range(at % 3, leaf.SIZE, 3):
            changed = bytearray(raw)
            changed[place] ^= 1
            lie = [*entries[:at], bytes(changed), *entries[at + 1 :]]
            replay = VERIFY.Replay()
            replay.take(lie)
            found = audited(lie).findings
            assert bool(found) is bool(replay.findings), (at, place)
            if found:
                first = replay.findings[0].split()[1]
                assert first == str(found[0].index), (at, place, found, replay.findings)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("tile/entries/000.p/16", "tile/0/000.p/16 does not hold the hashes"),
        ("tile/0/000.p/16", "tile/0/000.p/16 does not hold the hashes"),
    ],
)
def test_f2_a_damaged_file_is_named(site: Site, path: str, reason: str):
    data = bytearray((site.folder / path).read_bytes())
    data[100] ^= 1
    site.put(path, bytes(data))
    assert site.check().is_one_line(1, reason)


def test_f2_a_root_that_is_not_that_of_the_entries_is_caught(site: Site):
    site.put("checkpoint", checkpoint(16, bytes(32)))
    assert site.check().is_one_line(1, "its entries are not those it signed")


def test_f9_a_log_rolled_back_is_caught_and_the_evidence_is_kept(site: Site):
    assert site.check().status == 0
    first = (site.folder / "checkpoint").read_bytes()
    site.publish(story().raw[:12])
    assert site.check(inside=False).is_one_line(1, "rolled back: 12 entries; it had 16")
    evidence = site.state.with_name("state.evidence").read_bytes()
    assert evidence == first + b"\n" + (site.folder / "checkpoint").read_bytes()


@pytest.mark.parametrize("size", [16, 17, 300])
def test_f2_a_fork_is_caught_however_far_it_has_grown(site: Site, size: int):
    assert site.check().status == 0
    other = story()
    other.entries[7] = replace(other.entries[7], commit=sha256(b"another").digest())
    while len(other.entries) < size:
        other.add(Kind.SIGNED, "b")
    site.publish(other.raw)
    assert site.check().is_one_line(1, "forked" if size == 16 else "the past was changed")
    site.publish(story().raw)
    assert site.check().status == 0


def test_f2_a_fork_behind_a_full_tile_is_caught(site: Site):
    def book(word: bytes) -> Book:
        made = Book()
        made.add(Kind.VERSION)
        for _ in range(299):
            made.add(Kind.SIGNED)
        made.entries[9] = replace(made.entries[9], commit=sha256(word).digest())
        return made

    site.publish(book(b"one").raw[:256])
    assert site.check().status == 0
    site.publish(book(b"another").raw)
    assert site.check().is_one_line(1, "tile/1/000.p/1 does not hold")
    for path in (site.folder / "tile/1").rglob("*"):  # even if it lies there too
        if path.is_file():
            path.write_bytes(merkle.Tree(map(merkle.leaf_hash, book(b"one").raw[:256])).root())
    assert site.check().is_one_line(1, "the log was forked")


def test_another_log_at_the_same_place_is_caught(site: Site):
    assert site.check().status == 0
    other = replace(KEY, seed=bytes(32))
    text = checkpoint(16, bytes(32)).decode().partition("\n\n")[0] + "\n"
    site.put("checkpoint", f"{text}\n{other.sign(text)}".encode())
    site.put("key", f"{other.verifier}\n".encode())
    assert site.check().is_one_line(1, "not signed by the key it had before")


def test_a_new_key_is_believed_when_the_old_one_signs_beside_it(site: Site):
    new = replace(KEY, seed=bytes(32))
    text = site.text
    assert site.check().status == 0
    site.put("key", f"{KEY.verifier}\n{new.verifier}\n".encode())
    site.put("policy", b"quorum none\n")
    site.put("checkpoint", f"{text}\n{KEY.sign(text)}{new.sign(text)}".encode())
    assert new.verifier.id.hex() in site.check().words
    site.put("checkpoint", f"{text}\n{new.sign(text)}".encode())
    assert site.check().status == 0
    assert site.check("--key", KEY.verifier).is_one_line(1, "not signed by a known key")


def test_a_witness_is_no_log(site: Site):
    witness = SigningKey(KEY.name, bytes(32), Type.COSIGNATURE)
    site.put("key", f"{witness.verifier}\n".encode())
    site.put("policy", b"quorum none\n")
    site.put("checkpoint", f"{site.text}\n{witness.cosign(site.text, NOW)}".encode())
    assert site.check().is_one_line(1, "not signed by a known key")


def test_too_few_witnesses_are_said(site: Site):
    text = site.text
    site.put("checkpoint", f"{text}\n{KEY.sign(text)}{WITNESSES[0].cosign(text, NOW)}".encode())
    assert site.check().is_one_line(1, "1 of 2 witnesses have seen it (w0 12 s ago)")


# --- Bad input: one line with the reason ----------------------------------------------------------
TEXT = checkpoint(16, merkle.Tree(map(merkle.leaf_hash, story().raw)).root()).decode()
BODY, LINE = TEXT.partition("\n\n")[0], str(KEY.sign(TEXT.partition("\n\n")[0] + "\n"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "cut off"),
        (TEXT[:-1], "cut off"),
        (TEXT[:200], "cut off"),
        (BODY + "\n\n", "cut off"),
        ("\0" + TEXT, "control character"),
        (TEXT.replace("\n", "\r\n"), "control character"),
        ("A" * 300_000, "longer than 262144 bytes"),
        (TEXT + LINE, "signed twice by one key"),
        (BODY + "\n\n" + LINE.replace("— ", "- "), "dash"),
        (BODY + "\n\n" + LINE * 70, "more than 64"),
        (BODY + "\n\n" + LINE.replace("=\n", "\n"), "base64"),
        (TEXT.replace("\n16\n", "\n17\n"), "is bad"),
        (TEXT.replace("\n16\n", "\n016\n"), "is bad"),
        (BODY + "\n\n— stranger.example/log AAAAAAA=\n", "not signed by a known key"),
        (BODY + "\n\n" + LINE[:-3] + chr(ord(LINE[-3]) + 1) + "=\n", "loosely encoded base64"),
    ],
)
def test_a_checkpoint_as_it_should_not_be(site: Site, data: str, reason: str):
    site.put("checkpoint", data.encode())
    assert site.check().is_one_line(1, reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"letters.example.org/log\n{2**63}\n" + BODY.split("\n")[2], "2^63 or more"),
        ("letters.example.org/log\n9" + "9" * 5000 + "\n" + BODY.split("\n")[2], "2^63 or more"),
        ("letters.example.org/log\n-1\n" + BODY.split("\n")[2], "plain decimal"),
        ("letters.example.org/log\n016\n" + BODY.split("\n")[2], "plain decimal"),
        ("letters.example.org/log\n16\nAAAA", "not a hash of 32 bytes"),
        ("letters.example.org/log\n0\n" + BODY.split("\n")[2], "no entries but has a root"),
        ("letters.example.org/log\n16", "not the lines origin, size and root"),
        (f"letters.example.org/log\n{2**62}\n" + BODY.split("\n")[2], "give --most"),
        ("other.example/log\n16\n" + BODY.split("\n")[2], "of the log it names"),
    ],
)
def test_a_signed_checkpoint_that_says_nonsense(site: Site, body: str, reason: str):
    site.put("policy", b"quorum none\n")
    site.put("checkpoint", f"{body}\n\n{KEY.sign(body + chr(10))}".encode())
    assert site.check().is_one_line(2 if "--most" in reason else 1, reason)


def test_a_checkpoint_from_the_future_is_refused(site: Site):
    assert site.check("--now", NOW - 301).is_one_line(1, "from the future")


@pytest.mark.parametrize(
    ("path", "data", "status", "reason"),
    [
        ("key", b"", 1, "has none"),
        ("key", b"# nothing\n", 1, "has none"),
        ("key", b"letters.example.org/log+00000000+AYM=\n", 1, "unknown type or length"),
        ("key", str(KEY.verifier).replace("+8", "+9", 1).encode(), 1, "does not have the id"),
        ("key", b"\xff\n", 1, "not UTF-8"),
        ("policy", b"quorum none", 1, "cut off"),
        ("policy", b"quorum nobody\n", 1, "not understood"),
        ("policy", b"group g 1 x\nquorum g\n", 1, "unknown or not free"),
        ("policy", b"\n" * 300_000, 1, "longer than"),
        ("tile/entries/000.p/16", b"", 1, "as many whole entries"),
        ("tile/entries/000.p/16", b"\0\x54" + bytes(40), 1, "as many whole entries"),
        ("tile/entries/000.p/16", b"\0\0" * 256, 1, "as many whole entries"),
        ("tile/entries/000.p/16", bytes(20_000_000), 1, "longer than"),
        ("tile/0/000.p/16", bytes(511), 1, "another length"),
        ("tile/0/000.p/16", bytes(8_193), 1, "longer than"),
        ("tile/0/000.p/16", None, 2, "tile/0/000.p/16 is missing"),
        ("checkpoint", None, 2, "checkpoint is missing"),
    ],
)
def test_files_as_they_should_not_be(site: Site, path: str, data: bytes, status: int, reason: str):
    (site.folder / path).unlink()
    if data is not None:
        site.put(path, data)
    assert site.check().is_one_line(status, reason)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "required"),
        (["/nowhere"], "no such folder"),
        (["ftp://example.org/log"], "no such folder"),
        (["https://"], "the address has"),
        (["https:///log"], "the address has"),
        (["https://example.org//log"], "the address has"),
        (["https://exa mple.org/log"], "no address"),
        (["https://example.org:port/log"], "no address"),
        (["https://example.org/../log"], ".."),
        (["https://example.org/%2e%2e/log"], ".."),
        (["https://example.org/log?x"], "query"),
        (["https://a:b@example.org/log"], "password"),
        (["/", "--key", "x"], "--key: "),
        (["/", "--timeout", "0"], "--timeout"),
        (["/", "--now", "soon"], "invalid int"),
        (["/", "--policy", "/nowhere"], "No such file"),
        (["receipt", "/nowhere", "--email", "a@b.example"], "No such file"),
        (["receipt", "/nowhere"], "required"),
    ],
)
def test_an_unusable_command_line(words: list[str], reason: str):
    assert within(*words).is_one_line(2, reason)


def test_a_damaged_state_is_not_trusted(site: Site):
    assert site.check().status == 0
    good = site.state.read_bytes()
    for data in (b"", good[:-1], good[:50], good[:60] + b"x" + good[61:]):
        site.state.write_bytes(data)
        assert site.check().is_one_line(2, "is damaged; move it away")


def mangled(chance: random.Random, text: str) -> bytes:
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice([0, 0, 1, 2, 5, 40]))
    lines = text.splitlines(keepends=True)
    put = ["", "\n", " ", "+", "=", "— ", "0", "\x00", "é", "A" * 70, text[end : end + 1]]
    return (text[:start] + chance.choice([*put, *lines]) + text[end:]).encode()


@pytest.mark.soak
def test_f2_two_readers_agree_on_what_is_refused(soak: bool):
    chance = random.Random(5)
    believed = VERIFY.read_policy(POLICY.text.encode())

    def both(theirs, ours, *reads: bytes) -> None:
        assert refuses(Rejected, theirs, *reads) is refuses(VERIFY.Broken, ours, *reads), reads

    for _ in range(30_000 if soak else 300):
        both(policy.parse, VERIFY.read_policy, mangled(chance, POLICY.text))
        both(
            lambda data: receipt.parse(data).check(POLICY, now=NOW),
            lambda data: followed(VERIFY.Receipt.read(data), believed),
            mangled(chance, RECEIPT.decode()),
        )
        both(
            lambda data: ours_opened(receipt.parse(data)),
            lambda data: opened(VERIFY.Receipt.read(data), believed),
            mangled(chance, PARTED.decode()),
        )
        both(
            lambda data: POLICY.accept(data, now=NOW),
            lambda data: enough(VERIFY.trusted(data, believed.logs, believed, NOW)),
            mangled(chance, TEXT),
        )


def test_f2_a_cut_receipt_is_refused_wherever_it_is_cut():
    believed = VERIFY.read_policy(POLICY.text.encode())
    for length in range(len(RECEIPT)):
        with pytest.raises(VERIFY.Broken):
            followed(VERIFY.Receipt.read(RECEIPT[:length]), believed)


def refuses(error: type[Exception], call, *reads: bytes) -> bool:
    try:
        call(*reads)
    except error:
        return True
    return False


def enough(found) -> None:
    if not found.enough:
        raise VERIFY.Broken("too few")


def followed(held, believed) -> None:
    found = VERIFY.trusted(held.note, believed.logs, believed, NOW)
    enough(found)
    leaf_hash = merkle.leaf_hash(held.entry)
    VERIFY.check_inclusion(leaf_hash, held.index, found.tree, held.proof)


def opened(held, believed) -> None:
    followed(held, believed)
    HOLDER.check(held)


def ours_opened(held: receipt.Receipt) -> None:
    held.check(POLICY, now=NOW)
    held.check_holder(JOAN.address, JOAN.name)


def test_an_ml_dsa_cosignature_is_checked(site: Site):
    private = MLDSA44PrivateKey.generate()
    key = VerifierKey("pq/w", Type.ML_DSA_COSIGNATURE, private.public_key().public_bytes_raw())
    signature = private.sign(cosignature.ml_dsa_message(site.text, NOW, key.name))
    line = Line(key.name, key.id, NOW.to_bytes(8, "big") + signature)
    site.put("policy", f"witness w {key}\nquorum w\n".encode())
    site.put("checkpoint", f"{site.text}\n{KEY.sign(site.text)}{line}".encode())
    assert "1 of 1 witnesses have seen it (w 12 s ago)" in site.check().words
    line = replace(line, signature=line.signature[:-1] + b"~")
    site.put("checkpoint", f"{site.text}\n{KEY.sign(site.text)}{line}".encode())
    assert site.check().is_one_line(1, "a signature of pq/w is bad")


# --- At its address -------------------------------------------------------------------------------
ODD = {
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: /log/checkpoint\r\nContent-Length: 0\r\n\r\n",
    "error": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    "nonsense": b"nonsense\r\n\r\n",
    "short": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nabc",
    "endless": b"HTTP/1.1 200 OK\r\n\r\n" + b"A" * 400_000,
    "slow": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nabc",
}


class Served(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def __init__(self, site: Site, manner: str, *args: object) -> None:
        self._site, self._manner = site, manner
        super().__init__(*args)

    def do_GET(self) -> None:
        if self._manner in ODD:
            self.wfile.write(ODD[self._manner])
            self.close_connection = True
            if self._manner == "slow":
                self.rfile.read(1)
            return
        name = self.path.removeprefix("/log/")
        if name == "/.well-known/groundswell-log-policy":
            name = "policy"
        file = self._site.folder / name
        found = file.is_file()
        data = file.read_bytes() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def served(site: Site):
    servers = []

    def start(manner: str = "") -> str:
        handler = partial(Served, site, manner)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/log"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_log_is_read_from_its_address(site: Site, served):
    said = run(served() + "/", "--state", site.state, "--now", NOW)
    assert "16 entries, 16 of them read now" in said.words, said.reason


@pytest.mark.parametrize(
    ("manner", "status", "reason"),
    [
        ("redirect", 2, "a redirect, which is not followed"),
        ("error", 2, "status 503"),
        ("nonsense", 2, "cannot be fetched"),
        ("short", 2, "cannot be fetched"),
        ("endless", 1, "longer than"),
        ("slow", 2, "no answer within 0.3 s"),
    ],
)
def test_an_odd_server_is_named(served, manner: str, status: int, reason: str):
    said = within(served(manner), "--no-state", "--timeout", "0.3")
    assert said.is_one_line(status, reason)


# --- Receipts -------------------------------------------------------------------------------------
SEED, MAILBOX = sha256(b"seed").digest(), sha256(b"mailbox").digest()
JOAN = Signer("Joan", "joan.q@example.org", 1, MAILBOX)


def joans() -> list[bytes]:
    book = story()
    commit = commitment.commitment(SEED, A, JOAN.values())
    book.entries[SIGNED] = replace(book.entries[SIGNED], commit=commit)
    return book.raw


ENTRIES = joans()
TREE = merkle.Tree(map(merkle.leaf_hash, ENTRIES))
RECEIPT = receipt.make(
    index=SIGNED,
    hashes=merkle.inclusion(SIGNED, TREE.size, TREE.node),
    checkpoint=checkpoint(TREE.size, TREE.root()),
    entry=ENTRIES[SIGNED],
    seed=SEED,
)
PARTED = receipt.make(
    index=SIGNED,
    hashes=merkle.inclusion(SIGNED, TREE.size, TREE.node),
    checkpoint=checkpoint(TREE.size, TREE.root()),
    entry=ENTRIES[SIGNED],
    seed=SEED,
    parts=commitment.parts(SEED, A, JOAN.values()),
)
HOLDER = VERIFY.Holder(JOAN.address, JOAN.name, None, b"")
OWN = ("--email", "Joan.Q@example.org", "--name", "Joan", "--mailbox", MAILBOX.hex())


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.tlog-proof"
    file.write_bytes(RECEIPT)
    return file


def asked(file: Path, *words: object) -> Said:
    return within("receipt", file, "--key", KEY.verifier, "--no-state", *words)


def test_a_receipt_is_said_to_be_its_holders(mine: Path):
    said = run("receipt", mine, "--key", KEY.verifier, "--no-state", *OWN)
    assert said.status == 0, said.reason
    assert "as entry 2, for this address and name." in said.words
    assert "verified by mail code" in said.words


def test_what_the_log_says_later_of_a_receipts_entry_is_told(site: Site, mine: Path):
    site.publish(ENTRIES)
    assert site.check().status == 0
    kept = ("--state", site.state, "--now", NOW + 60)
    said = within("receipt", mine, *kept, *OWN)
    assert "cancelled later: it was withdrawn, as of 48 s ago" in said.words, said.reason
    assert f"whose SHA-256 begins {leaf.decode(ENTRIES[0]).commit[:16].hex()}." in said.words
    site.state.unlink()
    site.publish(story().raw)
    assert site.check().status == 0
    assert within("receipt", mine, *kept, *OWN).is_one_line(1, "the log was forked")


def test_one_entry_given_to_two_people_is_found_by_one_of_them(mine: Path):
    theirs = ("--email", "sam@example.org", "--name", "Joan", "--mailbox", MAILBOX.hex())
    assert asked(mine, *theirs).is_one_line(1, "somebody else's")
    assert asked(mine, "--email", JOAN.address).is_one_line(2, "--mailbox")


def test_a_receipt_with_its_five_parts_opens_by_address_alone(mine: Path):
    """Which of the fields is whose is told without the mailbox's digest, a secret of the site."""
    mine.write_bytes(PARTED)
    assert "for this address." in asked(mine, *OWN[:2]).words
    assert "for this address and name." in asked(mine, *OWN[:4]).words
    assert asked(mine, *OWN[:3], "Jo").is_one_line(1, "the address is right but not the name")
    assert asked(mine, "--email", "sam@example.org").is_one_line(1, "somebody else's")
    held = receipt.parse(PARTED).proof
    mine.write_bytes(bytes(replace(held, extra=held.extra[:149] + bytes(32) + held.extra[181:])))
    assert asked(mine, *OWN[:2]).is_one_line(1, "somebody else's")


@pytest.mark.parametrize("known", vectors()["petition"]["signers"], ids=lambda k: str(k["index"]))
def test_both_read_the_known_receipts(tmp_path: Path, known):
    file = tmp_path / "known"
    file.write_text(known["receipt"])
    name, email, _, mailbox, answers = (bytes.fromhex(word) for word in known["values_hex"])
    said = within(
        *("receipt", file, "--key", vectors()["keys"]["log_vkey"], "--no-state"),
        *("--email", email.decode(), "--name", name.decode()),
        *("--mailbox", mailbox.hex(), "--answers", answers.decode()),
    )
    assert f"as entry {known['index']}, for this address" in said.words, said.reason


def test_mailboxes_are_compared_as_the_signing_compares_them():
    for typed, canonical in {
        "Joan@Example.org": "joan@example.org",
        "joan+x@example.org": "joan@example.org",
        "J.O.A.N+x@googlemail.com": "joan@gmail.com",
        "joan@bücher.example": "joan@xn--bcher-kva.example",
        "joan-q@pm.me": "joanq@proton.me",
        "joan.q@ya.ru": "joan-q@yandex.ru",
        "any@joan.fastmail.com": "joan@fastmail.com",
        "joan@straße.example": "joan@xn--strae-oqa.example",
    }.items():
        assert canonical in VERIFY.spellings(typed)
    same = json.loads((VECTORS / "mailboxes.json").read_text("utf-8"))["same"]
    for one, other in same:
        for typed, signed in ((one, other), (other, one)):
            assert mailbox.parse(signed).canonical in VERIFY.spellings(typed)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "no receipt"),
        (RECEIPT.decode()[:60], "no receipt"),
        (RECEIPT.decode()[:-9], "cut off"),
        ("A" * 400_000, "longer than"),
        (RECEIPT.decode().replace("extra ", "extra A"), "base64"),
        (RECEIPT.decode().replace("index 2", "index 02"), "plain decimal"),
        (RECEIPT.decode().replace("index 2", f"index {2**63}"), "2^63"),
        (RECEIPT.decode().replace("index 2", "index 99"), "beyond the end"),
        (RECEIPT.decode().replace("index 2", "index 3"), "does not lead to"),
        (RECEIPT.decode().replace("index 2\n", "index 2\n" + "A" * 43 + "=\n"), "too long"),
        (RECEIPT.decode().replace("index 2\n", "index 2\nAAAA\n"), "not a hash"),
        (RECEIPT.decode().replace("index 2\n", "index 2\n" + ("A" * 43 + "=\n") * 64), "63 lines"),
        (RECEIPT.decode() * 2, "not the lines origin"),
        ("c2sp.org/tlog-proof@v1\nindex 2\n\n" + TEXT, "no receipt of a signature"),
        ("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 2\n\n" + TEXT, "not that of a signature"),
    ],
)
def test_a_receipt_as_it_should_not_be(mine: Path, data: str, reason: str):
    mine.write_text(data)
    assert asked(mine, *OWN).is_one_line(1, reason)


@pytest.mark.soak
def test_f2_any_changed_byte_of_a_receipt_is_caught(mine: Path, soak: bool):
    text = policy.Policy(POLICY.logs, POLICY.witnesses, POLICY.groups, "both").text
    file = mine.with_name("policy")
    file.write_text(text)
    for at in range(0, len(RECEIPT), 1 if soak else 40):
        changed = bytearray(RECEIPT)
        changed[at] ^= 1
        mine.write_bytes(bytes(changed))
        said = within("receipt", mine, "--policy", file, "--no-state", "--now", NOW, *OWN)
        assert (said.status, said.words) == (1, ""), (at, said.reason)
