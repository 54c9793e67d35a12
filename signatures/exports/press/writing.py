"""A PDF written as it comes (ISO 32000-1, 7.5): eight bytes of each object stay in memory.

Everything that isn't a stream goes into object streams, and one cross-reference stream ends the
file. No clock and no chance: the same calls give the same bytes, and the identifier is a digest of
what was written.
"""

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

MOST = 8_388_607  # indirect objects (ISO 19005-3, 6.1.13)
_HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"  # the second line says: not a text
_PACK = 250  # objects in one object stream
_PLAIN, _PACKED = 1 << 56, 2 << 56  # kinds of entries, in fields of 1, 5 and 2 bytes
_FREE = 65_535  # object 0; any other number is written before the end
_ROWS = 1 << 16  # entries compressed at a time


class TooManyObjects(Exception):
    """More objects than an archive's readers must be able to hold."""


class End(NamedTuple):
    startxref: int
    next_number: int
    identifier: bytes


class File:
    """Objects get a number first and are written when they are known."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._digest = hashlib.sha256()
        self._entries = array("Q", [_FREE])
        self._numbers: list[int] = []
        self._bodies: list[bytes] = []
        self._write(_HEADER)

    def number(self, count: int = 1) -> int:
        """The first of `count` consecutive numbers, for objects that are written later."""
        first = len(self._entries)
        if first + count > MOST:
            raise TooManyObjects
        self._entries.extend([0] * count)
        return first

    def pack(self, number: int, body: bytes) -> None:
        """Write an object that isn't a stream, beside others."""
        self._numbers.append(number)
        self._bodies.append(body)
        if len(self._bodies) >= _PACK:
            self._flush()

    def plain(self, number: int, body: bytes) -> None:
        """Write an object by itself, where a later section can find it without a search."""
        self._entries[number] = _PLAIN | self._at << 16
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def stream(self, number: int, extra: bytes, data: bytes, *, deflated: bool = False) -> None:
        """Write a stream; `extra` is what its dictionary says besides filter and length."""
        if not deflated:
            data = zlib.compress(data, 6)
        self.stream_of(number, extra + b"/Filter/FlateDecode", len(data), (data,))

    def stream_of(self, number: int, extra: bytes, length: int, parts: Iterable[bytes]) -> None:
        """Write a stream of `length` bytes that come in `parts`, as they are."""
        self._entries[number] = _PLAIN | self._at << 16
        self._write(b"%d 0 obj\n<<%b/Length %d>>\nstream\n" % (number, extra, length))
        for part in parts:
            self._write(part)
        self._write(b"\nendstream\nendobj\n")

    def close(self, *, root: int, info: int) -> End:
        """Write the cross references; nothing can be written any more."""
        while self._bodies:
            self._flush()
        assert 0 not in self._entries
        number = self.number()
        startxref = self._at
        self._entries[number] = _PLAIN | startxref << 16
        identifier = self._digest.digest()[:16]
        data = _references(self._entries)
        said = b"<%b>" % identifier.hex().encode()
        extra = b"/Type/XRef/W[1 5 2]/Size %d/Root %d 0 R/Info %d 0 R/ID[%b%b]" % (
            *(number + 1, root, info, said, said),
        )
        predicted = b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 8>>"
        self.stream_of(number, extra + predicted, len(data), (data,))
        self._write(b"startxref\n%d\n%%%%EOF\n" % startxref)
        return End(startxref, number + 1, identifier)

    def _flush(self) -> None:
        bodies, numbers = self._bodies[:_PACK], self._numbers[:_PACK]
        del self._bodies[:_PACK], self._numbers[:_PACK]
        stream = self.number()
        head, at = [], 0
        for i, (number, body) in enumerate(zip(numbers, bodies, strict=True)):
            self._entries[number] = _PACKED | stream << 16 | i
            head.append(b"%d %d" % (number, at))
            at += len(body) + 1
        start = b" ".join(head) + b"\n"
        extra = b"/Type/ObjStm/N %d/First %d" % (len(bodies), len(start))
        self.stream(stream, extra, start + b"\n".join(bodies))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._at += len(data)


def _references(entries: "array[int]") -> bytes:
    """The entries deflated, each row as its difference to the one above (PNG's filter "up").

    Neighbours mostly differ in their last byte by one, so a million of them take a few kilobytes.
    """
    packer = zlib.compressobj(6)
    parts: list[bytes] = []
    above = bytes(8)
    for start in range(0, len(entries), _ROWS):
        rows = entries[start : start + _ROWS]
        if sys.byteorder == "little":
            rows.byteswap()
        data = rows.tobytes()
        changes = _minus(data, above + data[:-8])
        filtered = bytearray(b"\2" * (9 * len(rows)))
        for column in range(8):
            filtered[column + 1 :: 9] = changes[column::8]
        parts.append(packer.compress(filtered))
        above = data[-8:]
    parts.append(packer.flush())
    return b"".join(parts)


def _minus(one: bytes, other: bytes) -> bytes:
    """Each byte of `one` less that of `other`, modulo 256.

    All at once, as two long numbers; the high bits are kept apart, so that nothing is borrowed.
    """
    low = int.from_bytes(b"\x7f" * len(one))
    high = int.from_bytes(b"\x80" * len(one))
    a, b = int.from_bytes(one), int.from_bytes(other)
    return (((a | high) - (b & low)) ^ ((a ^ ~b) & high)).to_bytes(len(one))
