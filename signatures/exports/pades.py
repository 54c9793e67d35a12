"""The signature of a document: PAdES, level B-B (ETSI EN 319 142-1), appended to a finished file.

What was written stays as it is, byte for byte; one section follows it. Its size depends on the
certificate alone, and of the file nothing is read but its last lines and, in chunks, its digest.
"""

import asyncio
import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from django.utils import timezone

from signatures.exports.certificate import Certificate
from signatures.exports.ends import Ends

_CHUNK = 1 << 20
_SPARE = 4096  # bytes of an envelope beside its certificates: attributes, names, the signature
_RANGE = 48  # bytes for the four numbers of a byte range
# PAdES in a PDF older than 2.0 is an extension, and the catalog names it.
_EXTENSION = b"/Extensions << /ESIC << /BaseVersion /1.7 /ExtensionLevel 1 >> >>"


class Misfit(Exception):
    """The file doesn't end as we were told, or its parts aren't as `Ends` promises."""


@dataclass(frozen=True, slots=True)
class Words:
    """What viewers show beside the signature, in the letter's language."""

    name: str = ""  # who signs; else whom the certificate names
    reason: str = ""
    location: str = ""


_SILENT = Words()


def sign(
    path: Path,
    ends: Ends,
    certificate: Certificate,
    *,
    words: Words = _SILENT,
    at: datetime | None = None,
) -> None:
    """Sign the whole file in place, or leave it as it was. Raises Misfit or OSError."""
    before = path.stat().st_size
    try:
        with path.open("r+b") as file:
            _agree(file, ends, before)
            room = _room(certificate)
            section, hole = _section(before, ends, _entry(certificate, words, at, room))
            file.seek(before)
            file.write(section)
            envelope = _envelope(_digest(file, hole), certificate)
            assert len(envelope) <= room, "names and attributes take a fraction of what is spare"
            file.seek(hole.start + 1)
            file.write(envelope.hex().encode())
    except BaseException:
        os.truncate(path, before)
        raise


def _agree(file: BinaryIO, ends: Ends, size: int) -> None:
    """Signing a file with the ends of another one would damage it without a word."""
    file.seek(max(0, size - 64))
    if not re.search(rb"startxref\s+%d\s+%%%%EOF\s*\Z" % ends.startxref, file.read()):
        raise Misfit("another last section")
    file.seek(ends.startxref)
    if not re.match(rb"%d 0 obj" % (ends.next_number - 1), file.read(32)):
        raise Misfit("the last section is no stream, or not the last object")


def _entry(certificate: Certificate, words: Words, at: datetime | None, room: int) -> bytes:
    """The signature dictionary, with room for the range and the envelope (ISO 32000-1 §12.8.1)."""
    moment = (at or timezone.now()).astimezone(UTC)
    said = {
        b"Name": words.name or certificate.subject,
        b"Reason": words.reason,
        b"Location": words.location,
    }
    return b"".join(
        [
            b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached",
            moment.strftime(" /M (D:%Y%m%d%H%M%S+00'00')").encode(),
            *(b" /%b %b" % (key, _text(value)) for key, value in said.items() if value),
            b" /ByteRange [" + b" " * _RANGE + b"] /Contents <" + b"00" * room + b"> >>",
        ]
    )


def _text(value: str) -> bytes:
    return b"<FEFF" + value.encode("utf-16-be").hex().upper().encode() + b">"


def _section(start: int, ends: Ends, entry: bytes) -> tuple[bytes, range]:
    """What is appended at `start`, and where in the file its envelope goes, brackets included."""
    signature, widget, table = range(ends.next_number, ends.next_number + 3)
    objects = {
        ends.catalog[0]: _catalog(ends.catalog[1], widget),
        ends.first_page[0]: _page(ends.first_page[1], widget),
        widget: _widget(signature, ends.first_page[0]),
        signature: entry,
    }
    section = bytearray(b"\n")
    offsets = {}
    for number, body in objects.items():
        offsets[number] = start + len(section)
        section += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    offsets[table] = start + len(section)
    section += _cross_reference(table, offsets, ends)
    section += b"startxref\n%d\n%%%%EOF\n" % offsets[table]

    opening = section.index(b"/Contents <", offsets[signature] - start) + len(b"/Contents ")
    hole = range(start + opening, start + section.index(b">", opening) + 1)
    rest = start + len(section) - hole.stop
    covered = b"0 %d %d %d" % (hole.start, hole.stop, rest)
    place = section.index(b"/ByteRange [", offsets[signature] - start) + len(b"/ByteRange [")
    section[place : place + _RANGE] = covered.ljust(_RANGE)
    return bytes(section), hole


def _catalog(old: bytes, widget: int) -> bytes:
    """With a form of one field; SigFlags: there are signatures, so only append (§12.7.2)."""
    if b"/AcroForm" in old:
        raise Misfit("the catalog has a form already")
    extension = b"" if b"/Extensions" in old else b" " + _EXTENSION
    return _with(old, b"/AcroForm << /Fields [%d 0 R] /SigFlags 3 >>" % widget + extension)


def _page(old: bytes, widget: int) -> bytes:
    """With the field's widget among its annotations, tabbed by structure (ISO 14289-1 §7.18.3)."""
    tabs = b"" if b"/Tabs" in old else b" /Tabs /S"
    if b"/Annots" not in old:
        return _with(old, b"/Annots [%d 0 R]" % widget + tabs)
    added, times = re.subn(rb"/Annots\s*\[", b"/Annots [%d 0 R " % widget, old)
    if times != 1:
        raise Misfit("the first page's annotations stand elsewhere")
    return _with(added, tabs)


def _with(dictionary: bytes, entries: bytes) -> bytes:
    whole = dictionary.strip()
    if not (whole.startswith(b"<<") and whole.endswith(b">>")):
        raise Misfit("not a dictionary")
    return whole[:-2] + b" " + entries + b" >>"


def _widget(signature: int, page: int) -> bytes:
    """The field and its widget in one; it shows nothing.

    Without extent it needs no appearance (ISO 19005-3 §6.3.3), outside the page it is not part of
    the structure (ISO 14289-1 §7.18.1); it prints, as every annotation must (ISO 19005-3 §6.3.2).
    """
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature) /TU (Signature) /F 132"
        b" /Rect [-1 -1 -1 -1] /P %d 0 R /V %d 0 R >>" % (page, signature)
    )


def _cross_reference(number: int, offsets: dict[int, int], ends: Ends) -> bytes:
    """A stream of its own, as the section before it has (§7.5.8)."""
    ordered = sorted(offsets.items())
    rows = b"".join(b"\x01%b\x00" % offset.to_bytes(6, "big") for _, offset in ordered)
    index = b" ".join(b"%d 1" % key for key, _ in ordered)
    permanent = ends.identifier.hex().encode()
    changed = hashlib.sha256(ends.identifier + rows).hexdigest()[:32].encode()
    info = b" /Info %b" % ends.info if ends.info else b""
    return (
        b"%d 0 obj\n<< /Type /XRef /W [1 6 1] /Index [%b] /Size %d /Prev %d /Root %d 0 R%b"
        b" /ID [<%b> <%b>] /Length %d >>\nstream\n%b\nendstream\nendobj\n"
    ) % (
        number, index, number + 1, ends.startxref, ends.catalog[0], info,
        permanent, changed, len(rows), rows,
    )  # fmt: skip


def _digest(file: BinaryIO, hole: range) -> bytes:
    """SHA-256 of everything but the envelope."""
    digest = hashlib.sha256()
    file.seek(0)
    left = hole.start
    while left and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    file.seek(hole.stop)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()


def _room(certificate: Certificate) -> int:
    everyone = (certificate.leaf, *certificate.chain)
    return _SPARE + sum(len(one.public_bytes(Encoding.DER)) for one in everyone)


def _envelope(digest: bytes, certificate: Certificate) -> bytes:
    """The CMS SignedData over the digest, with the signing certificate named in it, in DER."""
    from pyhanko.sign.signers import SimpleSigner  # 45 MB that only signing needs

    everything = pkcs12.serialize_key_and_certificates(
        None, certificate.key, certificate.leaf, certificate.chain, NoEncryption()
    )
    signer = SimpleSigner.load_pkcs12_data(everything, [])
    # In a thread of its own, where no event loop runs, whoever calls us.
    with ThreadPoolExecutor(1) as alone:
        making = signer.async_sign(digest, "sha256", use_pades=True)
        envelope: bytes = alone.submit(asyncio.run, making).result().dump()
    return envelope
