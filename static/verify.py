"""Checks a transparency log of signatures, or one receipt, without trusting who runs it.

    python verify.py https://letters.example.org/log     the whole log, from its address
    python verify.py some/folder                         the same from a copy on disk
    python verify.py receipt mine.tlog-proof --email joan@example.org [--name Joan]

Needs Python 3.11 or newer and `cryptography` (pip install cryptography); nothing else, and nothing
of Groundswell. Formats: RFC 6962 (hashes), C2SP signed-note, tlog-checkpoint, tlog-tiles,
tlog-cosignature, tlog-policy, tlog-proof. It reads every entry, recomputes every hash, checks every
signature and the rules of the counting, and keeps what it saw: the next run reads only what is new
and finds out if the past was changed. Ends with 0 if all holds, 1 if something does not (a line
says what; up to 20 if entries break the rules), 2 if it could not be checked.
"""

import argparse
import hmac
import http.client
import json
import os
import re
import struct
import sys
import tempfile
import threading
import time
from array import array
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn
from unicodedata import normalize

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TILE, HASH, ENTRY, NOWHERE, TOP = 256, 32, 84, 2**64 - 1, 2**63
TEXT_BYTES = 256 * 1024  # a checkpoint, a list of keys, a policy
PROOF_BYTES = TEXT_BYTES + 64 * 1024
BUNDLE_BYTES = TILE * (2 + 65_535)
AHEAD = 300  # seconds a witness's clock may be ahead of ours
DAY = 86_400  # seconds
FINDINGS = 20  # one lie makes later entries wrong too


class Broken(Exception):
    """Something that was checked does not hold."""


class Unchecked(Exception):
    """It could not be checked."""


class Missing(Unchecked):
    """There is no such file, here or there."""


# --- Reading strictly: each value has one spelling ------------------------------------------------
def base64(text: str, what: str) -> bytes:
    try:
        raw = b64decode(text.encode("ascii"), validate=True)
    except (BadBase64, ValueError):
        raise Broken(f"{what} is not base64") from None
    if b64encode(raw).decode() != text:
        raise Broken(f"{what} is loosely encoded base64")
    return raw


def digest(text: str, what: str) -> bytes:
    raw = base64(text, what)
    if len(raw) != HASH:
        raise Broken(f"{what} is not a hash of 32 bytes")
    return raw


def number(text: str, what: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]*", text, re.ASCII):
        raise Broken(f"{what} is not a plain decimal number")
    if len(text) > 19 or int(text) >= TOP:
        raise Broken(f"{what} is 2^63 or more")
    return int(text)


def text_of(data: bytes, what: str, most: int = TEXT_BYTES, allowed: str = "\n") -> str:
    if len(data) > most:
        raise Broken(f"{what} is longer than {most} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Broken(f"{what} is not UTF-8") from None
    if any(letter < " " and letter not in allowed for letter in text):
        raise Broken(f"{what} contains a control character")
    return text


def shown(text: str, most: int = 120) -> str:
    """What others wrote, without anything a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:most])


def check_name(name: str, what: str) -> None:
    if not name or "+" in name or any(each.isspace() or each < " " for each in name):
        raise Broken(f"{what} is empty or contains a space or a plus")


# --- Keys, signed notes, checkpoints --------------------------------------------------------------
PLAIN, COSIGNATURE, ML_DSA = 0x01, 0x04, 0x06
KEY_LENGTHS = {PLAIN: 32, COSIGNATURE: 32, ML_DSA: 1312}


@dataclass(frozen=True)
class Key:
    """A public key: whose, which of the types above, its bytes, its four bytes of id."""

    name: str
    type: int
    public: bytes
    id: bytes

    @property
    def vkey(self) -> str:
        body = b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{body}"

    def time_of(self, text: str, signature: bytes) -> int | None:
        """Raise `Broken` unless the signature is good; a cosignature tells its time."""
        try:
            if self.type == PLAIN:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
                return None
            seconds, rest = int.from_bytes(signature[:8], "big"), signature[8:]
            if seconds >= TOP:
                raise Broken("the time of a cosignature is 2^63 or more")
            if self.type == COSIGNATURE:
                message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
                Ed25519PublicKey.from_public_bytes(self.public).verify(rest, message)
            else:
                self._check_ml_dsa(text, seconds, rest)
        except (InvalidSignature, ValueError):
            raise Broken(f"a signature of {shown(self.name)} is bad") from None
        return seconds

    def _check_ml_dsa(self, text: str, seconds: int, signature: bytes) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
        except ImportError:
            raise Unchecked("a witness signs with ML-DSA: update cryptography") from None
        tree = Checkpoint.read(text)
        names = [self.name.encode(), tree.origin.encode()]
        if max(map(len, names)) > 255:
            raise Broken("a cosigned name is longer than 255 bytes")
        parts = [b"subtree/v1\n\0", bytes([len(names[0])]), names[0], struct.pack(">Q", seconds)]
        parts += [bytes([len(names[1])]), names[1], struct.pack(">QQ", 0, tree.size), tree.root]
        MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, b"".join(parts))


def read_key(vkey: str) -> Key:
    """`<name>+<id in hex>+<base64 of type and key>`; the base64 may contain a plus."""
    name, _, rest = vkey.partition("+")
    key_id, plus, body = rest.partition("+")
    check_name(name, "the name of a key")
    raw = base64(body, "a key")
    if not plus or len(raw) < 2 or KEY_LENGTHS.get(raw[0]) != len(raw) - 1:
        raise Broken("a key has another form than name+id+key, or an unknown type or length")
    own = sha256(name.encode("utf-8", "replace") + b"\n" + raw).digest()[:4]
    if own.hex() != key_id:
        raise Broken("a key does not have the id that is written with it")
    return Key(name, raw[0], raw[1:], own)


def read_keys(data: bytes) -> list[Key]:
    """The log's keys, one a line; what follows a key in its line (its period) is for people."""
    lines = text_of(data, "the list of keys", allowed="\n\t").split("\n")
    words = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    if not 0 < len(words) <= 64:
        raise Broken("the list of keys has none, or more than 64")
    return [read_key(word) for word in words]


@dataclass(frozen=True)
class Checkpoint:
    """How large the log says it is, and the one hash over all of it."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise Broken("the checkpoint has not the lines origin, size and root")
        check_name(lines[0], "the checkpoint's origin")
        size = number(lines[1], "the checkpoint's size")
        root = digest(lines[2], "the checkpoint's root")
        if size == 0 and root != sha256().digest():
            raise Broken("the checkpoint is of no entries but has a root of some")
        return cls(lines[0], size, root)


def opened(data: bytes, keys: Iterable[Key]) -> tuple[str, dict[Key, int | None]]:
    """The text of a signed note and the known keys that signed it, one bad signature spoils it."""
    text, gap, signatures = text_of(data, "the checkpoint").rpartition("\n\n")
    lines = signatures.split("\n")
    if not gap or len(lines) < 2 or lines.pop():
        raise Broken("the checkpoint is cut off, or has no signatures")
    if len(lines) > 64:
        raise Broken("the checkpoint has more than 64 signatures")
    known = {(key.name, key.id): key for key in keys}
    good: dict[Key, int | None] = {}
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, space, encoded = rest.partition(" ")
        if dash != "—" or not space:
            raise Broken("a line of signature has another form than dash, name and signature")
        check_name(name, "a signature's name")
        raw = base64(encoded, "a signature")
        if len(raw) < 5:
            raise Broken("a signature is too short")
        if key := known.get((name, raw[:4])):
            if key in good:
                raise Broken("the checkpoint is signed twice by one key")
            good[key] = key.time_of(text + "\n", raw[4:])
    return text + "\n", good


@dataclass
class Policy:
    """Whom to believe: keys of logs, witnesses by their names, groups in order, the quorum."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: list[tuple[str, int, list[str]]] = field(default_factory=list)
    quorum: str = "none"
    text: str = "quorum none\n"

    def reached(self, names: Iterable[str]) -> bool:
        seen = {"none", *names}
        for name, threshold, members in self.groups:
            if len(seen.intersection(members)) >= threshold:
                seen.add(name)
        return self.quorum in seen


def read_policy(data: bytes) -> Policy:
    text = text_of(data, "the policy", allowed="\n\t")
    if not text.endswith("\n"):
        raise Broken("the policy is cut off")
    policy = Policy(quorum="", text=text)
    for line in text[:-1].split("\n"):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        if words[0] and not words[0].startswith("#"):
            _read_line(policy, words)
        if len(policy.logs) + len(policy.witnesses) + len(policy.groups) > 256:
            raise Broken("the policy names more than 256 logs, witnesses and groups")
    if not policy.quorum:
        raise Broken("the policy has no quorum")
    return policy


def _read_line(policy: Policy, words: list[str]) -> None:
    names = {"none", *policy.witnesses, *(name for name, _, _ in policy.groups)}
    match words:
        case ["log", vkey, *url] if len(url) < 2:
            policy.logs.append(_only(read_key(vkey), {PLAIN}, policy.logs))
        case ["witness", name, vkey, *url] if len(url) < 2 and name not in names:
            key = _only(read_key(vkey), {COSIGNATURE, ML_DSA}, policy.witnesses.values())
            policy.witnesses[name] = key
        case ["group", name, least, *members] if members and name not in names:
            most = {"all": len(members), "any": 1}.get(least) or number(least, "a threshold")
            used = {"none"}.union(*(each for _, _, each in policy.groups))
            if not set(members) <= names - used or len(set(members)) < len(members):
                raise Broken("a group of the policy has members that are unknown or not free")
            if not 0 < most <= len(members):
                raise Broken("a group of the policy needs more members than it has")
            policy.groups.append((name, most, members))
        case ["quorum", name] if name in names and not policy.quorum:
            policy.quorum = name
        case _:
            raise Broken("a line of the policy is not understood")


def _only(key: Key, types: set[int], others: Iterable[Key]) -> Key:
    if key.type not in types or key in others:
        raise Broken("a key of the policy stands there twice, or is of the wrong type")
    return key


@dataclass
class Trusted:
    """A checkpoint that is signed by a key we believe, and who else saw it."""

    tree: Checkpoint
    note: bytes
    signers: list[Key]
    seen: dict[str, int]
    enough: bool
    policy: Policy

    def witnesses(self, now: float) -> str:
        """In words, how many witnesses saw it and how long ago."""
        if not self.policy.witnesses:
            return "no witness is asked"
        said = [f"{shown(name)} {ago(now - at)}" for name, at in self.seen.items()]
        text = f"{len(said)} of {len(self.policy.witnesses)} witnesses have seen it"
        return f"{text} ({', '.join(said)})" if said else text


def trusted(note: bytes, keys: list[Key], policy: Policy, now: float) -> Trusted:
    """The checkpoint in a note, if one of the log's keys signed it; else `Broken`."""
    text, signed = opened(note, [*keys, *policy.witnesses.values()])
    tree = Checkpoint.read(text)
    own = {key for key in keys if key.type == PLAIN and key.name == tree.origin}
    signers = [key for key in signed if key in own]
    if not signers:
        raise Broken("the checkpoint is not signed by a known key of the log it names")
    seen = {name: signed[key] or 0 for name, key in policy.witnesses.items() if key in signed}
    if any(at > now + AHEAD for at in seen.values()):
        raise Broken("the checkpoint is from the future: a witness's time is ahead of this clock")
    return Trusted(tree, note, signers, seen, policy.reached(seen), policy)


def ago(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{int(seconds / unit)} {name} ago"
    return f"{max(0, int(seconds))} s ago"


# --- Where a log is read --------------------------------------------------------------------------
class Folder:
    """A log as files."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).absolute()
        self.name = str(self._path)
        if not self._path.is_dir():
            raise Unchecked("there is no such folder, and an address begins with https://")

    def read(self, name: str, most: int) -> bytes:
        if not (path := self._path / name).is_file():
            raise Missing(f"{name} is missing")
        return read_file(path, name, most)

    def policy(self) -> bytes:
        return self.read("policy", TEXT_BYTES)


class Site:
    """A log at its address: one kept connection, no redirects, bounded bytes and time."""

    def __init__(self, address: str, seconds: float) -> None:
        scheme, _, rest = address.rstrip("/").partition("://")
        host, slash, path = rest.partition("/")
        steps = path.split("/") if slash else []
        plain = all(
            re.fullmatch(r"[A-Za-z0-9._~-]+", step, re.ASCII) for step in [host[:1], *steps]
        )
        if not plain or {".", ".."} & set(steps) or set("@?#") & set(host):
            raise Unchecked("the address has a query, a password, .. or an odd character in it")
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        try:
            self._connection = kind(host, timeout=seconds)
        except (ValueError, http.client.HTTPException):
            raise Unchecked("the address is no address") from None
        self._prefix = "".join(f"/{step}" for step in steps)
        self.name = f"{scheme}://{host.lower()}{self._prefix}"
        self._seconds, self._used = seconds, False

    def read(self, name: str, most: int) -> bytes:
        return self._get(f"{self._prefix}/{name}", name, most)

    def policy(self) -> bytes:
        return self._get("/.well-known/groundswell-log-policy", "the policy", TEXT_BYTES)

    def _get(self, path: str, name: str, most: int) -> bytes:
        for attempt in (1, 2):
            late = threading.Event()
            watch = threading.Timer(self._seconds, self._hang_up, [late])
            watch.start()
            try:
                data = self._answer(path, name, most)
                if late.is_set():  # without a length, a cut answer looks whole
                    raise TimeoutError
                return data
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._connection.close()
                if late.is_set() or isinstance(error, TimeoutError):
                    raise Unchecked(f"{name}: no answer within {self._seconds:g} s") from None
                if attempt == 2 or not self._used:  # a kept connection may have been closed
                    why = type(error).__name__
                    raise Unchecked(f"{name} cannot be fetched ({why})") from None
                self._used = False
            finally:
                watch.cancel()
        raise AssertionError("the second attempt ends the loop")

    def _hang_up(self, late: threading.Event) -> None:
        late.set()
        if sock := self._connection.sock:
            with suppress(OSError):
                sock.shutdown(2)

    def _answer(self, path: str, name: str, most: int) -> bytes:
        headers = {"User-Agent": "verify.py", "Accept-Encoding": "identity"}
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        if answer.status != 200:
            self._connection.close()
            if answer.status in {404, 410}:
                raise Missing(f"{name} is missing")
            if 300 <= answer.status < 400:
                raise Unchecked(f"{name} is answered by a redirect, which is not followed")
            raise Unchecked(f"{name} is answered with status {answer.status}")
        declared = answer.length
        data = answer.read(most + 1)
        if len(data) > most:
            self._connection.close()
        elif declared is not None and len(data) != declared:
            raise http.client.IncompleteRead(b"")
        self._used = True
        return within(data, name, most)


def read_file(path: Path, name: str, most: int) -> bytes:
    with path.open("rb") as file:
        return within(file.read(most + 1), name, most)


def within(data: bytes, name: str, most: int) -> bytes:
    if len(data) > most:
        raise Broken(f"{name} is longer than {most} bytes")
    return data


Source = Folder | Site


def tile_path(level: int | str, number: int, width: int) -> str:
    """`tile/0/x001/x234/067.p/8`: groups of three digits, the width where it is not full."""
    digits = f"{number:0{(len(str(number)) + 2) // 3 * 3}}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{place}" + (f".p/{width}" if width < TILE else "")


def read_tile(source: Source, level: int | str, number: int, width: int) -> tuple[str, bytes]:
    """A tile's path and bytes; a partial one may have given way to the full one."""
    most = BUNDLE_BYTES if level == "entries" else TILE * HASH
    full, path = tile_path(level, number, TILE), tile_path(level, number, width)
    try:
        return path, source.read(path, most)
    except Missing:
        with suppress(Missing):
            return full, source.read(full, most)
        raise


# --- The tree -------------------------------------------------------------------------------------
def folded(hashes: list[bytes]) -> bytes:
    """RFC 6962's root of at least one hash: pairs from the left, an odd last one goes up."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=False)
        above = [sha256(b"\1" + left + right).digest() for left, right in pairs]
        hashes = above + hashes[len(hashes) & ~1 :]
    return hashes[0]


def entries_in(data: bytes, path: str, width: int) -> list[bytes]:
    """The first `width` entries of a bundle, which may be longer only where its path says so."""
    many = width if ".p/" in path else TILE
    step = ENTRY + 2
    if len(data) == many * step and data[::step] + data[1::step] == b"\0" * many + b"T" * many:
        return [data[at + 2 : at + step] for at in range(0, width * step, step)]
    found, at = [], 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        found.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(found) != many:
        raise Broken(f"{path} does not hold as many whole entries as it should")
    return found[:width]


class Tree:
    """The right edge of the tree: at each level the hashes of the tile that is not yet full."""

    def __init__(self, levels: list[list[bytes]] | None = None) -> None:
        self.levels = levels or [[]]

    @property
    def size(self) -> int:
        return sum(len(hashes) << (8 * level) for level, hashes in enumerate(self.levels))

    @property
    def root(self) -> bytes:
        rest: list[bytes] = []
        for hashes in self.levels:
            if hashes or rest:
                rest = [folded([*hashes, *rest])]
        return rest[0] if rest else sha256().digest()

    def grow(self, source: Source, size: int, take: Callable[[list[bytes]], None]) -> None:
        """Read all entries up to `size`, checking each tile against them; hand the new ones out."""
        if size == self.size:
            return
        for at in range(self.size // TILE, -(-size // TILE)):
            if at % 64 == 63 and sys.stderr.isatty():
                print(f"\r{at * TILE} of {size} entries ", end="", file=sys.stderr, flush=True)
            width, known = min(TILE, size - at * TILE), self.levels[0]
            path, data = read_tile(source, "entries", at, width)
            entries = entries_in(data, path, width)
            hashes = [sha256(b"\0" + entry).digest() for entry in entries]
            if hashes[: len(known)] != known:
                raise Broken(f"{path} differs from what was read before: the past was changed")
            self._fill(source, 0, at, hashes, len(known))
            take(entries[len(known) :])
        for level, hashes in enumerate(self.levels[1:], 1):
            if hashes:
                self._compare(source, level, size >> (8 * level + 8), hashes)

    def _fill(
        self, source: Source, level: int, at: int, hashes: list[bytes], known: int = 0
    ) -> None:
        if level == 0 or len(hashes) == TILE:
            self._compare(source, level, at, hashes)
        if len(self.levels) == level:
            self.levels.append([])
        self.levels[level] = hashes
        if len(hashes) == TILE:
            self.levels[level] = []
            above = self.levels[level + 1] if level + 1 < len(self.levels) else []
            self._fill(source, level + 1, at // TILE, [*above, folded(hashes)])

    def _compare(self, source: Source, level: int, at: int, hashes: list[bytes]) -> None:
        path, data = read_tile(source, level, at, len(hashes))
        if len(data) != (len(hashes) if ".p/" in path else TILE) * HASH:
            raise Broken(f"{path} has another length than its width says")
        if data[: len(hashes) * HASH] != b"".join(hashes):
            raise Broken(f"{path} does not hold the hashes of the entries below it")


def check_inclusion(leaf: bytes, index: int, tree: Checkpoint, proof: list[bytes]) -> None:
    """RFC 9162 section 2.1.3.2."""
    if index >= tree.size:
        raise Broken("the receipt's entry lies beyond the end of its checkpoint's tree")
    at, last, root = index, tree.size - 1, leaf
    for step in proof:
        if last == 0:
            raise Broken("the receipt's proof is too long")
        if at % 2 or at == last:
            root = sha256(b"\1" + step + root).digest()
            while at and not at % 2:
                at, last = at >> 1, last >> 1
        else:
            root = sha256(b"\1" + root + step).digest()
        at, last = at >> 1, last >> 1
    if last:
        raise Broken("the receipt's proof is too short")
    if root != tree.root:
        raise Broken("the receipt's proof does not lead to the checkpoint's root")


# --- The rules of the counting --------------------------------------------------------------------
LAYOUT = struct.Struct(">BBBB16sIQQIII32s")
VERSION, SIGNED, WITHDRAWN, INVALIDATED, CLOSED, DELIVERED, PAPER = 1, 16, 17, 18, 32, 33, 34
METHODS = {
    0: "by mail link",
    1: "by mail code",
    2: "by single sign-on",
    16: "keyed in from paper",
    17: "imported",
}
DETAILS = {kind: {0} for kind in (VERSION, WITHDRAWN, CLOSED, DELIVERED, PAPER)}
DETAILS |= {SIGNED: set(METHODS), INVALIDATED: set(range(8))}
BARE = {WITHDRAWN, INVALIDATED, CLOSED}  # kinds that commit to nothing
OTHER, A_VERSION, STANDS, WAS_WITHDRAWN, WAS_INVALIDATED = range(5)
SHORT = 16  # bytes kept of each commitment: enough to find a second one


@dataclass
class Letter:
    """One letter as counted here, never as its entries say."""

    number: int
    last: int = NOWHERE
    version: int = NOWHERE
    signed: int = 0
    withdrawn: int = 0
    invalidated: int = 0
    paper: int = 0
    closed: bool = False
    methods: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)  # how many signed the one at each index

    @property
    def totals(self) -> list[int]:
        return [self.signed, self.withdrawn, self.invalidated]

    @property
    def words(self) -> str:
        count = self.signed - self.withdrawn - self.invalidated
        methods = ", ".join(f"{many} {METHODS[int(by)]}" for by, many in self.methods.items())
        return (
            f"{count} signatures count: {self.signed} signed{methods and f' ({methods})'},"
            f" {self.withdrawn} withdrawn, {self.invalidated} invalidated;"
            f" {self.paper} more on paper, counted apart; {'closed' if self.closed else 'open'}"
        )


def malformed(raw: bytes) -> str:
    """What is wrong with an entry by itself, or nothing."""
    if len(raw) != ENTRY:
        return "R1: it is not 84 bytes long"
    version, kind, detail, flags = raw[:4]
    if version != 1 or flags or detail not in DETAILS.get(kind, ()):
        return "R1: its version, kind, method, reason or flags are unknown"
    if kind in BARE:
        if any(raw[52:]):
            return "R1: it commits to something, which its kind does not"
    elif not any(raw[52:]):
        return "R7: its commitment is zero"
    ref = int.from_bytes(raw[24:32], "big")
    if kind == VERSION and ref != NOWHERE:
        return "R1: a version refers to nothing"
    if kind == PAPER and not 0 < ref < 2**32:
        return "R1: a batch on paper has between 1 and 2^32 people"
    return ""


class Replay:
    """Reads entries in order and finds which of the rules R1 to R7 they break."""

    def __init__(self) -> None:
        self.letters: dict[bytes, Letter] = {}
        self.findings: list[str] = []
        self.hour = 0
        self.letter_of = array("I")
        self.marks = bytearray()
        self.commits = bytearray()
        self.seen: set[bytes] = set()

    def take(self, entries: Iterable[bytes]) -> None:
        for raw in entries:
            if len(self.findings) >= FINDINGS:
                return
            broken = malformed(raw)
            if broken:
                self._found(broken)
                self._append(0, OTHER, bytes(SHORT))
            else:
                self._follow(LAYOUT.unpack(raw))

    def _found(self, broken: str) -> None:
        self.findings.append(f"entry {len(self.marks)} breaks {broken}")

    def _append(self, letter: int, mark: int, commit: bytes) -> None:
        self.letter_of.append(letter)
        self.marks.append(mark)
        self.commits += commit

    def _follow(self, values: tuple[Any, ...]) -> None:
        _, kind, detail, _, name, hour, ref, prev, signed, withdrawn, invalidated, commit = values
        letter = self.letters.get(name)
        if letter is None:
            letter = self.letters[name] = Letter(len(self.letters) + 1)
            if kind != VERSION:
                self._found("R2: a letter begins with a version of its text")
        if prev != letter.last:
            self._found("R2: it does not point to its letter's entry before")
        if hour < self.hour:
            self._found("R5: its hour lies before an earlier entry's")
        here, mark, short = len(self.marks), OTHER, commit[:SHORT]
        if kind == SIGNED:
            mark = STANDS
            self._signature(letter, ref, short, str(detail))
        elif kind == VERSION:
            mark, letter.version = A_VERSION, here
            letter.texts[str(here)] = 0
        else:
            self._event(letter, kind, ref)
        if [signed, withdrawn, invalidated] != letter.totals:
            self._found("R3: its totals are not those of its letter's entries")
        letter.last, self.hour = here, max(hour, self.hour)
        self._append(letter.number, mark, short)

    def begins(self, index: int) -> str:
        """The first half of what entry `index` commits to, in hex: of a text, of its SHA-256."""
        return bytes(self.commits[SHORT * index : SHORT * (index + 1)]).hex()

    def _mark(self, letter: Letter, index: int) -> int:
        mine = index < len(self.marks) and self.letter_of[index] == letter.number
        return self.marks[index] if mine else OTHER

    def _signature(self, letter: Letter, ref: int, short: bytes, method: str) -> None:
        if self._mark(letter, ref) != A_VERSION:
            self._found("R4: it signs no version of its letter")
        if letter.closed:
            self._found("R6: it signs a letter that is closed")
        if short in self.seen:
            self._found("R7: its commitment stands there already")
        self.seen.add(short)
        letter.signed += 1
        letter.methods[method] = letter.methods.get(method, 0) + 1
        letter.texts[str(ref)] = letter.texts.get(str(ref), 0) + 1

    def _event(self, letter: Letter, kind: int, ref: int) -> None:
        if kind == PAPER:
            letter.paper += ref
        elif kind in {CLOSED, DELIVERED}:
            letter.closed = letter.closed or kind == CLOSED
            if ref != letter.version:
                self._found("R4: it does not name its letter's current version")
        else:
            letter.withdrawn += kind == WITHDRAWN
            letter.invalidated += kind == INVALIDATED
            if self._mark(letter, ref) == STANDS:
                self.marks[ref] = WAS_WITHDRAWN if kind == WITHDRAWN else WAS_INVALIDATED
            else:
                self._found("R4: it cancels no signature of its letter that stands")


# --- What is kept for the next time ---------------------------------------------------------------
MAGIC = b"groundswell verify 1\n"


@dataclass
class Kept:
    """The log as it was when it was last found in order."""

    when: float
    note: bytes
    keys: list[Key]  # that signed it
    former: list[Key]  # that signed earlier ones
    policy: Policy
    at: Checkpoint
    tree: Tree
    replay: Replay
    remarks: list[str] = field(default_factory=list)  # of this run; kept nowhere

    def save(self, path: Path) -> None:
        head = json.dumps(
            {
                "when": self.when,
                "note": self.note.decode(),
                "keys": [key.vkey for key in self.keys],
                "former": [key.vkey for key in self.former],
                "policy": self.policy.text,
                "levels": [b"".join(hashes).hex() for hashes in self.tree.levels],
                "hour": self.replay.hour,
                "letters": {name.hex(): vars(each) for name, each in self.replay.letters.items()},
            }
        ).encode()
        replay = self.replay
        parts = [MAGIC, struct.pack("<Q", len(head)), head, replay.letter_of.tobytes()]
        body = b"".join([*parts, replay.marks, replay.commits])
        write(path, body + sha256(body).digest())

    @classmethod
    def load(cls, path: Path) -> "Kept | None":
        try:
            return cls._parse(path.read_bytes())
        except FileNotFoundError:
            return None
        except (Broken, ValueError, KeyError, TypeError, AttributeError, struct.error):
            why = f"the kept state is damaged; move it away to begin anew: {path}"
            raise Unchecked(why) from None

    @classmethod
    def _parse(cls, data: bytes) -> "Kept":
        if not data.startswith(MAGIC) or sha256(data[:-HASH]).digest() != data[-HASH:]:
            raise ValueError
        (length,) = struct.unpack_from("<Q", data, len(MAGIC))
        start = len(MAGIC) + 8
        head, blob = json.loads(data[start : start + length]), data[start + length : -HASH]
        raw = [bytes.fromhex(word) for word in head["levels"]]
        tree = Tree([[each[at : at + HASH] for at in range(0, len(each), HASH)] for each in raw])
        at = Checkpoint.read(head["note"].rpartition("\n\n")[0] + "\n")
        replay, size = Replay(), at.size
        if (tree.size, tree.root) != (size, at.root) or len(blob) != size * (5 + SHORT):
            raise ValueError
        replay.letter_of.frombytes(blob[: 4 * size])
        replay.marks += blob[4 * size : 5 * size]
        replay.commits += blob[5 * size :]
        for index, mark in enumerate(replay.marks):
            if mark >= STANDS:
                replay.seen.add(bytes(replay.commits[SHORT * index : SHORT * (index + 1)]))
        replay.hour = head["hour"]
        replay.letters = {bytes.fromhex(n): Letter(**each) for n, each in head["letters"].items()}
        keys, former = ([read_key(vkey) for vkey in head[name]] for name in ("keys", "former"))
        policy = read_policy(head["policy"].encode())
        return cls(head["when"], head["note"].encode(), keys, former, policy, at, tree, replay)


def write(path: Path, data: bytes) -> None:
    """All of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
    Path(name).replace(path)


def usual_place(source: str) -> Path:
    """Where the state of a log is kept: in the user's own folder, one file for each address."""
    given = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME")
    try:
        base = Path(given) if given else Path.home() / ".local" / "state"
    except RuntimeError:
        raise Unchecked("there is no folder of your own: give --state or --no-state") from None
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", source.partition("://")[2] or source)[-60:]
    return base / "groundswell" / f"{plain}-{sha256(source.encode()).hexdigest()[:8]}"


# --- Checking a whole log -------------------------------------------------------------------------
@dataclass
class Options:
    """What was asked on the command line."""

    source: str
    keys: list[Key]
    policy: bytes | None
    state: Path | None  # None: keep nothing
    now: float
    seconds: float
    most: int


def source_of(name: str, seconds: float) -> Source:
    return Site(name, seconds) if re.match(r"https?://", name) else Folder(name)


def optional(read: Callable[[], bytes]) -> bytes | None:
    try:
        return read()
    except Missing:
        return None


def accepted(source: Source, note: bytes, asked: Options, kept: Kept | None) -> Trusted:
    """The checkpoint if those sign it whom the user, or the state kept, or else the log names."""
    raw = optional(source.policy) if asked.policy is None else asked.policy
    policy = Policy() if raw is None else read_policy(raw)
    given = asked.keys or (policy.logs if asked.policy is not None else [])
    before, listed = kept.keys if kept and not given else [], None
    if not given:
        listed = optional(lambda: source.read("key", TEXT_BYTES))
    keys = given or [*before, *([] if listed is None else read_keys(listed)), *policy.logs]
    if not keys:
        raise Unchecked("no key of the log is known; give one with --key")
    found = trusted(note, keys, policy, asked.now)
    if before and not set(found.signers) & set(before):
        raise Broken("the checkpoint is not signed by the key it had before; a new one: --key")
    if policy.logs and not set(found.signers) & set(policy.logs):
        raise Broken("the policy names other keys than those that signed the checkpoint")
    return found


def check_log(asked: Options) -> tuple[Kept, Trusted, Kept | None]:
    """Read what is new, check all, keep it; what is kept now, the checkpoint, what was before."""
    source, path = source_of(asked.source, asked.seconds), asked.state
    kept = Kept.load(path) if path else None
    found = accepted(source, source.read("checkpoint", TEXT_BYTES), asked, kept)
    try:
        state = followed(source, found, asked, kept)
    except Broken as broken:
        if path is None or kept is None:
            raise
        evidence = path.with_name(f"{path.name}.evidence")
        write(evidence, kept.note + b"\n" + found.note)
        raise Broken(f"{broken} (both checkpoints are kept in {evidence})") from None
    if path:
        state.save(path)
    return state, found, kept


def followed(source: Source, found: Trusted, asked: Options, kept: Kept | None) -> Kept:
    """All that the log has now, from what was kept on."""
    new, tree, replay, former = found.tree, Tree(), Replay(), list[Key]()
    if new.size > asked.most:
        raise Unchecked(f"the log says it has {new.size} entries; to read so many give --most")
    if kept:
        continues(kept, new, asked.now)
        tree, replay = kept.tree, kept.replay
        former = [key for key in kept.keys + kept.former if key not in found.signers]
    days: list[int] = []

    def take(entries: list[bytes]) -> None:
        days.append(int.from_bytes(entries[0][20:24], "big"))
        replay.take(entries)

    tree.grow(source, new.size, take)
    if tree.root != new.root:
        why = "the log was forked" if kept else "its entries are not those it signed"
        raise Broken(f"the checkpoint's root is not that of the entries: {why}")
    if replay.findings:
        raise Broken("\n".join(replay.findings))
    if not found.enough:
        raise Broken(f"fewer witnesses than the policy asks: {found.witnesses(asked.now)}")
    said = list(remarks(days[0] if days else None, replay.hour, asked.now, kept))
    return Kept(asked.now, found.note, found.signers, former, found.policy, new, tree, replay, said)


def remarks(first: int | None, last: int, now: float, kept: Kept | None) -> Iterator[str]:
    """What breaks no rule and should be known: entries whose day cannot be the one they were made.

    `first` is the hour of the first entry read now. An entry names its day; one that the log did
    not have at the end of that day was entered, or published, later than it says."""
    if last * 3600 > now + DAY:
        yield "Noted: its newest entries are dated after today, so their days tell nothing."
    if kept and first is not None and first * 3600 + DAY + AHEAD < kept.when:
        day = time.strftime("%Y-%m-%d", time.gmtime(first * 3600))
        yield (
            f"Noted: the log now has entries of {day} that it did not have when it was checked"
            f" {ago(now - kept.when)}: they were dated back, or published late."
        )


def continues(kept: Kept, new: Checkpoint, now: float) -> None:
    """What two checkpoints alone can show."""
    last = f"when it was checked {ago(now - kept.when)}"
    if new.origin != kept.at.origin:
        raise Broken(f"this is another log: its origin was {shown(kept.at.origin)} {last}")
    if new.size < kept.at.size:
        raise Broken(f"the log was rolled back: {new.size} entries; it had {kept.at.size} {last}")
    if new.size == kept.at.size and new.root != kept.at.root:
        raise Broken(f"the log was forked: of the same size it had another root {last}")


def say_log(asked: Options) -> None:
    state, found, kept = check_log(asked)
    fresh = state.at.size - (kept.at.size if kept else 0)
    size, signers = state.at.size, ", ".join(f"{shown(k.name)} ({k.id.hex()})" for k in state.keys)
    print(f"The log {shown(state.at.origin)} holds: {size} entries, {fresh} of them read now.")
    print("Every hash, signature, pointer and total is right.")
    if kept:
        print(f"Nothing was changed since it was checked {ago(asked.now - kept.when)}.")
    print(f"Its checkpoint is signed by {signers}; {found.witnesses(asked.now)}.")
    if kept and kept.policy.text != found.policy.text:
        print("Whom to believe (the log's policy) has changed since it was last checked.")
    if not asked.keys and asked.policy is None:
        print("The key was taken from the log: compare it with one from elsewhere, or give --key.")
    for name, letter in state.replay.letters.items():
        print(f"Letter {name.hex()}: {letter.words}.")
        for at, many in letter.texts.items():
            begins = state.replay.begins(int(at))
            print(f"  {many} signed the text at entry {at}; its SHA-256 begins {begins}.")
    for remark in state.remarks:
        print(remark)
    print("Not shown by any log: that every address belongs to another person.")


# --- Checking a receipt ---------------------------------------------------------------------------
@dataclass
class Receipt:
    """A signature's entry, what opens it, and the proof that the log holds it."""

    index: int
    proof: list[bytes]
    note: bytes
    entry: bytes
    seed: bytes
    parts: list[bytes]  # the five commitments to fields, where the receipt carries them

    @classmethod
    def read(cls, data: bytes) -> "Receipt":
        text = text_of(data, "the receipt", PROOF_BYTES)
        head, gap, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != "c2sp.org/tlog-proof@v1" or not gap:
            raise Broken("the file is no receipt, or is cut off")
        if not lines or not lines[0].startswith("extra "):
            raise Broken("the file is a proof, but no receipt of a signature")
        extra = base64(lines.pop(0)[6:], "the receipt's extra line")
        if not lines or not lines[0].startswith("index "):
            raise Broken("the receipt has no index")
        index = number(lines.pop(0)[6:], "the receipt's index")
        if len(lines) > 63:
            raise Broken("the receipt's proof has more than 63 lines")
        proof = [digest(line, "a line of the receipt's proof") for line in lines]
        kind, entry, seed, rest = extra[:1], extra[1:85], extra[85:117], extra[117:]
        if (kind, len(extra)) not in {(b"\1", 117), (b"\2", 117 + 5 * HASH)}:
            raise Broken("the receipt's extra line is not that of a signature")
        if malformed(entry) or entry[1] != SIGNED:
            raise Broken("the receipt's entry is no signature")
        parts = [rest[at : at + HASH] for at in range(0, len(rest), HASH)]
        return cls(index, proof, note.encode(), entry, seed, parts)

    def part(self, field: int, value: bytes) -> bytes:
        """The commitment to one of the five fields: the address is field 1, the name field 0."""
        salt = hmac.digest(self.seed, b"letterlog/salt/v1\0" + bytes([field]), "sha256")
        head = b"letterlog/field/v1\0" + bytes([field]) + self.entry[4:20]
        return hmac.digest(salt, head + value, "sha256")

    def commits_to(self, parts: list[bytes]) -> bool:
        whole = sha256(b"letterlog/commit/v1\0\5" + b"".join(parts)).digest()
        return hmac.compare_digest(whole, self.entry[52:])


PROVIDERS = (  # the domains of one mailbox, the first of them stands for all; what is left out
    ("gmail.com googlemail.com", "."),
    ("icloud.com me.com mac.com", ""),
    ("proton.me protonmail.com protonmail.ch pm.me", "._-"),
    ("yandex.ru yandex.com yandex.by yandex.kz yandex.ua yandex.com.tr ya.ru narod.ru", ""),
)
FASTMAIL = re.compile(
    r"([^.]+)\.(fastmail\.(?:com|fm|cn|co\.uk|de|es|in|jp|mx|net|nl|org|se|to|tw|uk|us))"
)


def spellings(address: str) -> Iterator[str]:
    """As typed, and as mailboxes are compared: small letters, no tag, the providers' own rules."""
    typed = address.strip()
    local, _, written = typed.lower().rpartition("@")
    bare = local.partition("+")[0] or local
    yield from (typed, typed.lower())
    for domain in domains(written):
        name, home = bare, domain
        if found := FASTMAIL.fullmatch(domain):
            name, home = found.groups()
        for known, dropped in PROVIDERS:
            if home in known.split():
                home = known.split()[0]
                name = "".join(letter for letter in name if letter not in dropped) or name
                name = name.replace(".", "-") if home == "yandex.ru" else name
        yield from (f"{local}@{domain}", f"{bare}@{domain}", f"{name}@{home}")


def domains(written: str) -> Iterator[str]:
    """In ASCII, by the older rules (ß is ss) and by the newer, which know every letter."""
    with suppress(UnicodeError):
        yield written.encode("idna").decode()
    with suppress(UnicodeError):
        labels = normalize("NFKC", written).replace("\u3002", ".").split(".")
        codes = (label.encode("punycode").decode() for label in labels)
        pairs = zip(labels, codes, strict=True)
        yield ".".join(label if label.isascii() else f"xn--{code}" for label, code in pairs)


@dataclass
class Holder:
    """Who says the receipt is theirs."""

    email: str
    name: str | None
    mailbox: bytes | None
    answers: bytes

    def check(self, receipt: Receipt) -> str:
        """In words what the entry commits to; `Broken` if it is somebody else's."""
        given = [receipt.part(1, each.encode()) for each in dict.fromkeys(spellings(self.email))]
        names = [normalize("NFC", self.name).encode()] if self.name is not None else []
        if receipt.parts:
            if not receipt.commits_to(receipt.parts):
                raise Broken("the entry is not of this receipt: damaged, or somebody else's")
            if receipt.parts[1] not in given:
                raise Broken("it does not open with this address: damaged, or somebody else's")
            if self.name is not None and receipt.parts[0] != receipt.part(0, names[0]):
                raise Broken("the address is right but not the name: was it changed since?")
            return "this address" if self.name is None else "this address and name"
        if self.mailbox is None:
            raise Unchecked("the log holds its entry; whose it is shows only with --mailbox")
        end = [receipt.part(3, self.mailbox), receipt.part(4, self.answers)]
        classes = [receipt.part(2, bytes([each])) for each in range(256)]
        for name in (*names, b""):
            first = receipt.part(0, name)
            for address in given:
                if any(receipt.commits_to([first, address, each, *end]) for each in classes):
                    return "this address and name" if name else "this address, without a name"
        raise Broken("the entry is of another address or name: the receipt is somebody else's")


def say_receipt(receipt: Receipt, holder: Holder, asked: Options) -> None:
    kept = Kept.load(asked.state) if asked.state else None
    origin = Checkpoint.read(opened(receipt.note, [])[0]).origin
    if kept and kept.at.origin != origin:
        raise Broken("the receipt is of another log than the one checked before")
    found = _believed(receipt, asked, kept)
    if not found.enough:
        raise Broken(f"fewer witnesses than the policy asks: {found.witnesses(asked.now)}")
    leaf = sha256(b"\0" + receipt.entry).digest()
    check_inclusion(leaf, receipt.index, found.tree, receipt.proof)
    since = _since(receipt, found.tree, kept, asked) if kept else "run verify.py on the log to see."
    whose = holder.check(receipt)
    version = int.from_bytes(receipt.entry[24:32], "big")
    print(f"The log {shown(origin)} holds this signature, as entry {receipt.index}, for {whose}.")
    print(f"It is of letter {receipt.entry[4:20].hex()}, verified {METHODS[receipt.entry[2]]}.")
    if kept and receipt.index < kept.at.size:
        begins = kept.replay.begins(version)
        print(f"It is under the text at entry {version}, whose SHA-256 begins {begins}.")
    print(f"The checkpoint of {found.tree.size} entries is signed; {found.witnesses(asked.now)}.")
    print(f"Whether it was cancelled later: {since}")
    print("Not shown: that nobody else was dropped. Only who keeps a receipt can show that.")


def _believed(receipt: Receipt, asked: Options, kept: Kept | None) -> Trusted:
    """The receipt's checkpoint, by keys given or kept; without either, those the log lists."""
    if kept and not asked.keys and asked.policy is None:
        return trusted(receipt.note, kept.keys + kept.former, kept.policy, asked.now)
    if asked.policy is not None or asked.keys:
        policy = read_policy(asked.policy) if asked.policy else Policy()
        return trusted(receipt.note, asked.keys or policy.logs, policy, asked.now)
    source = source_of(asked.source, asked.seconds)
    return accepted(source, receipt.note, asked, None)


def _since(receipt: Receipt, tree: Checkpoint, kept: Kept, asked: Options) -> str:
    """What the log, as it was last checked, says of the receipt's entry."""
    when, index, replay = ago(asked.now - kept.when), receipt.index, kept.replay
    fork = tree.size == kept.at.size and tree.root != kept.at.root
    if index < kept.at.size:
        letter = replay.letters.get(receipt.entry[4:20])
        fork |= letter is None or replay.letter_of[index] != letter.number
        fork |= not receipt.entry[52:].startswith(replay.commits[SHORT * index :][:SHORT])
    if fork:
        raise Broken(f"the log was forked: checked {when}, it held something else at this place")
    if index >= kept.at.size:
        return f"the log was last checked {when}, before this entry; check it again."
    said = {STANDS: "it stands", WAS_WITHDRAWN: "it was withdrawn"}
    end = "; newer: run verify.py on the log." if replay.marks[index] == STANDS else "."
    return f"{said.get(replay.marks[index], 'it was invalidated')}, as of {when}{end}"


# --- The command line -----------------------------------------------------------------------------
class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise Unchecked(f"{shown(message)} (verify.py --help)")


def parser(receipt: bool) -> Parser:
    made = Parser(prog="verify.py receipt" if receipt else "verify.py", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    if receipt:
        made.add_argument("file", help="the .tlog-proof")
        made.add_argument("--email", required=True, help="the address you signed with")
        made.add_argument("--name", help="the name you signed with")
        made.add_argument("--mailbox", help="your mailbox's digest, 64 hex digits (old receipts)")
        made.add_argument("--answers", default="", help="your answers as JSON (old receipts)")
        made.add_argument("--log", dest="source", help="address or folder, if it has moved")
    else:
        made.add_argument("source", help="address of the log, or a folder with a copy")
    made.add_argument("--key", action="append", default=[], help="the log's key, from elsewhere")
    made.add_argument("--policy", type=Path, help="whom to believe, a file in place of the log's")
    made.add_argument("--state", type=Path, help="where to keep what was seen")
    made.add_argument("--no-state", action="store_true", help="keep nothing, look at nothing kept")
    made.add_argument("--timeout", type=float, default=20, help="seconds for each file (20)")
    made.add_argument("--most", type=int, default=20_000_000, help="entries read at most")
    made.add_argument("--now", type=int, help="take this for the time, in seconds since 1970")
    return made


def options(given: argparse.Namespace, source: str) -> Options:
    try:
        keys = [read_key(vkey) for vkey in given.key]
    except Broken as broken:
        raise Unchecked(f"--key: {broken}") from None
    policy = read_file(given.policy, "the policy", TEXT_BYTES) if given.policy else None
    now = given.now if given.now is not None else time.time()
    if not 0 < given.timeout <= 3600:
        raise Unchecked("--timeout is between 0 and 3600 seconds")
    name = source_of(source, given.timeout).name if not given.state else source
    state = None if given.no_state else given.state or usual_place(name)
    return Options(source, keys, policy, state, now, given.timeout, given.most)


def run(words: list[str]) -> None:
    if words[:1] != ["receipt"]:
        given = parser(receipt=False).parse_args(words)
        return say_log(options(given, given.source))
    given = parser(receipt=True).parse_args(words[1:])
    receipt = Receipt.read(read_file(Path(given.file), "the receipt", PROOF_BYTES))
    origin = Checkpoint.read(opened(receipt.note, [])[0]).origin
    asked = options(given, given.source or f"https://{origin}")
    try:
        mailbox = bytes.fromhex(given.mailbox) if given.mailbox else None
    except ValueError:
        raise Unchecked("--mailbox is 64 hexadecimal digits") from None
    holder = Holder(given.email, given.name, mailbox, given.answers.encode())
    return say_receipt(receipt, holder, asked)


def main(words: list[str]) -> int:
    try:
        run(words)
    except Broken as broken:
        print(f"WRONG: {broken}", file=sys.stderr)
        return 1
    except OSError as error:
        about = f"{error.filename}: " if error.filename else ""
        print(f"NOT CHECKED: {shown(f'{about}{error.strerror or error}', 1000)}", file=sys.stderr)
        return 2
    except (Unchecked, UnicodeError, MemoryError) as error:
        why = shown(str(error), 1000) or "out of memory"
        print(f"NOT CHECKED: {why}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
