"""A signed document: what was written stays, and every changed byte shows."""

import os
import re
import resource
import subprocess
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from signatures.exports import certificate, pades
from signatures.exports.ends import Ends
from signatures.exports.press.writing import File
from tests import certificates

AT = datetime(2026, 11, 20, 9, 14, tzinfo=UTC)
PAGE = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<<>>%b>>"


def paper(path: Path, *, page: bytes = b"", filler: int = 0) -> Ends:
    """A document of one page, with as many bytes of nothing beside it as asked for."""
    with path.open("wb") as out:
        file = File(out)
        catalog, pages, first, content, info, ballast = range(file.number(6), 7)
        body = PAGE % (pages, content, page)
        root = b"<</Type/Catalog/Pages %d 0 R/Lang(en)>>" % pages
        file.plain(catalog, root)
        file.plain(first, body)
        file.pack(pages, b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % first)
        file.pack(info, b"<</Title(Aller)>>")
        file.stream(content, b"", b"0 0 100 100 re f")
        chunks = (os.urandom(1_000_000) for _ in range(filler // 1_000_000))
        file.stream_of(ballast, b"", filler, chunks)
        end = file.close(root=catalog, info=info)
    return Ends(
        next_number=end.next_number,
        startxref=end.startxref,
        catalog=(catalog, root),
        first_page=(first, body),
        info=b"%d 0 R" % info,
        identifier=end.identifier,
    )


def own(key: certificates.Key | None = None) -> certificate.Certificate:
    key = key or certificates.key()
    return certificate.Certificate(key, certificates.issued("letters.example.org", key), ())


def pdfsig(path: Path, home: Path) -> str:
    """What poppler says, in a home where nobody ever trusted anything."""
    return subprocess.run(
        ["pdfsig", str(path)],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TZ": "UTC"},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def validated(signature: Any, trust: ValidationContext) -> Any:
    """In a thread: pyHanko wants a loop of its own, and a browser's may run in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(validate_pdf_signature, signature, trust).result()


def accepted(path: Path) -> bool:
    """Whether pyHanko finds the one signature whole, valid, trusted and over the entire file."""
    with path.open("rb") as file:
        try:
            (signature,) = PdfFileReader(file, strict=False).embedded_signatures
            trust = ValidationContext(trust_roots=[signature.signer_cert])
            status = validated(signature, trust)
        except Exception:  # noqa: BLE001 - it stops in many ways, and none of them accepts
            return False
    return status.bottom_line and status.coverage == SignatureCoverageLevel.ENTIRE_FILE


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    path = tmp_path_factory.mktemp("signed") / "letter.pdf"
    ends = paper(path)
    before = path.read_bytes()
    words = pades.Words(reason="Überreicht am Montag", location="https://letters.example.org/")
    pades.sign(path, ends, own(), words=words, at=AT)
    return path, before


@pytest.mark.parametrize(
    "make",
    [
        certificates.key,
        lambda: certificates.key(ec.SECP384R1()),
        lambda: certificates.key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "P-521", "RSA"],
)
def test_poppler_and_pyhanko_find_it_valid_and_over_the_whole_file(tmp_path, make):
    path = tmp_path / "letter.pdf"
    ends = paper(path)
    pades.sign(path, ends, own(make()), at=AT)
    said = pdfsig(path, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signing Time: Nov 20 2026 09:14:00" in said
    assert accepted(path)
    subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=True)


def test_with_our_own_certificate_poppler_says_that_nobody_vouches(tmp_path, settings):
    settings.DATA_DIR, settings.PDF_CERTIFICATE = tmp_path, ""
    path = tmp_path / "letter.pdf"
    pades.sign(path, paper(path), certificate.current())
    said = pdfsig(path, tmp_path)
    assert "Signature is Valid." in said
    assert "Certificate issuer is unknown." in said
    assert f"Signer Certificate Common Name: {certificate.describe().subject}" in said


def test_what_was_written_stays_byte_for_byte(signed):
    path, before = signed
    assert path.read_bytes().startswith(before)
    assert path.stat().st_size - len(before) < 16_000


def test_every_changed_byte_shows(signed, tmp_path):
    """Of all that is covered, and of the signature itself at the end of its envelope."""
    whole = signed[0].read_bytes()
    hole = range(whole.index(b"/Contents <") + 10, whole.rindex(b"> >>") + 1)
    used = hole.start + len(whole[hole.start : hole.stop - 1].rstrip(b"0"))
    copy = tmp_path / "changed.pdf"
    copy.write_bytes(whole)
    assert accepted(copy)  # so that what follows is the byte's doing
    unnoticed = []
    for at in [
        *range(0, hole.start, 17),
        *range(used - 60, used),
        *range(hole.stop, len(whole), 5),
    ]:
        changed = bytearray(whole)
        changed[at] = ord("0") if whole[at] == ord("1") else ord("1")
        copy.write_bytes(changed)
        if accepted(copy):
            unnoticed.append(at)
    assert unnoticed == []


def test_poppler_sees_a_changed_word_too(signed, tmp_path):
    path, _ = signed
    copy = tmp_path / "changed.pdf"
    copy.write_bytes(path.read_bytes().replace(b"/Lang(en)", b"/Lang(de)", 1))
    assert "Digest Mismatch." in pdfsig(copy, tmp_path)


def test_what_is_added_afterwards_is_not_covered(signed, tmp_path):
    copy = tmp_path / "longer.pdf"
    copy.write_bytes(signed[0].read_bytes() + b"\n% more\n")
    assert "Not total document signed" in pdfsig(copy, tmp_path)
    assert not accepted(copy)


def test_the_envelope_is_a_baseline_signature(signed):
    """ETSI EN 319 142-1 §6.3: who signed is itself signed; the time stands in the dictionary."""
    with signed[0].open("rb") as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        attributes = {one["type"].native for one in signature.signer_info["signed_attrs"]}
        entry = signature.sig_object
        assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}
        assert entry["/SubFilter"] == "/ETSI.CAdES.detached"
        assert entry["/M"] == "D:20261120091400+00'00'"
        assert entry["/Name"] == "letters.example.org"
        assert entry["/Reason"] == "Überreicht am Montag"
        assert "/Cert" not in entry
        assert len(signature.signed_data["signer_infos"]) == 1  # ISO 19005-3 §6.4.3


def test_the_field_keeps_archive_and_accessibility(signed):
    """ISO 19005-3 §6.3.2, §6.3.3, §6.4; ISO 14289-1 §7.18: it prints, shows nothing, has a name."""
    reader: Any = PdfReader(signed[0])
    form, page = reader.trailer["/Root"]["/AcroForm"], reader.pages[0]
    (field,) = [one.get_object() for one in form["/Fields"]]
    assert [one.get_object() for one in page["/Annots"]] == [field]
    assert form["/SigFlags"] == 3
    assert "/NeedAppearances" not in form
    assert page["/Tabs"] == "/S"
    assert field["/F"] & 4
    assert not field["/F"] & (1 | 2 | 32 | 256)  # invisible, hidden, no view, toggle
    left, bottom, right, top = field["/Rect"]
    assert (left, bottom) == (right, top)
    assert right < page.cropbox.left
    assert top < page.cropbox.bottom
    assert field["/TU"]
    assert not {"/A", "/AA", "/AP", "/StructParent"} & set(field)
    assert reader.trailer["/ID"][0] != reader.trailer["/ID"][1]
    assert reader.metadata.title == "Aller"


def test_links_on_the_first_page_stay(tmp_path):
    path = tmp_path / "letter.pdf"
    link = b"<</Type/Annot/Subtype/Link/Rect[9 9 99 99]/Contents(aller)/F 4>>"
    pades.sign(path, paper(path, page=b"/Tabs/S/Annots [%b]" % link), own())
    page: Any = PdfReader(path).pages[0]
    kinds = sorted(one.get_object()["/Subtype"] for one in page["/Annots"])
    assert kinds == ["/Link", "/Widget"]
    assert accepted(path)


def test_those_who_vouch_are_in_the_envelope(tmp_path):
    path = tmp_path / "letter.pdf"
    ends = paper(path)
    keys = [certificates.key() for _ in range(9)]
    names = [f"Authority {n} of a long chain" for n in range(8)]
    chain = [
        certificates.issued(name, key, by=(issuer, by), authority=True)
        for name, key, issuer, by in zip(
            names, keys, [*names[1:], names[7]], [*keys[1:8], keys[7]], strict=False
        )
    ]
    leaf = certificates.issued("letters.example.org", keys[8], by=(names[0], keys[0]))
    pades.sign(path, ends, certificate.Certificate(keys[8], leaf, tuple(chain)))
    with path.open("rb") as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        inside = {one.sha256 for one in signature.other_embedded_certs}
        assert inside == {one.fingerprint(hashes.SHA256()) for one in chain}
        root = next(one for one in signature.other_embedded_certs if one.self_signed != "no")
        status = validated(signature, ValidationContext(trust_roots=[root]))
        assert status.bottom_line
    assert "Signature is Valid." in pdfsig(path, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"startxref": 17},
        {"next_number": 3},
        {"catalog": (1, b"<</Type/Catalog/AcroForm 9 0 R>>")},
        {"catalog": (1, b"/Type/Catalog")},
        {"first_page": (3, b"<</Type/Page/Annots 9 0 R>>")},
    ],
    ids=["another file", "another section", "a form", "no dictionary", "annotations elsewhere"],
)
def test_ends_of_something_else_leave_the_file_as_it_was(tmp_path, wrong):
    path = tmp_path / "letter.pdf"
    told = paper(path).told() | Ends.told(_ends(wrong, paper(path)))
    before = path.read_bytes()
    with pytest.raises(pades.Misfit):
        pades.sign(path, Ends.heard(told), own())
    assert path.read_bytes() == before


def _ends(changes, ends: Ends) -> Ends:
    return Ends(**({name: getattr(ends, name) for name in Ends.__slots__} | changes))


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "letter.pdf"
    ends, key = paper(path), own()
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 4000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            pades.sign(path, ends, key)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    pades.sign(path, ends, key)
    assert accepted(path)


def test_a_large_file_is_signed_in_little_memory(tmp_path):
    path = tmp_path / "letter.pdf"
    ends, key = paper(path, filler=60_000_000), own()
    pades.sign(tmp_path / "letter.pdf", ends, key)  # loads what is loaded once
    os.truncate(path, ends.startxref + _rest(path, ends))
    tracemalloc.start()
    pades.sign(path, ends, key)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    assert "Total document signed" in pdfsig(path, tmp_path)


def _rest(path: Path, ends: Ends) -> int:
    """How many bytes the unsigned file has from its last section on."""
    with path.open("rb") as file:
        file.seek(ends.startxref)
        found = re.search(rb"startxref\n%d\n%%%%EOF\n" % ends.startxref, file.read(1_000_000))
    assert found
    return found.end()
