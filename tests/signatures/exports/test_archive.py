"""Fit for the archive: ISO 19005-3, PDF/A-3a.

We found no independent checker in the packages, so each clause a program can judge has a test, here
and in the files on fonts and on access. Numbers are those of the standard.
"""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pypdf.generic import IndirectObject

from tests import paper
from tests.anatomy import Anatomy

SENDER = "Friends of the Aller & <others>"
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
}


@pytest.fixture(scope="module")
def xmp(made: Anatomy) -> ET.Element:
    return ET.fromstring(made.root["/Metadata"].get_data())


def said(xmp: ET.Element, name: str) -> str:
    found = xmp.find(f".//{name}", NAMES)
    assert found is not None
    return "".join(found.itertext()).strip()


def test_6_2_2_every_page_names_its_own_resources(made: Anatomy) -> None:
    for number in made.page_numbers:
        page = made.reader.get_object(IndirectObject(number, 0, made.reader))
        assert "/Resources" in dict.keys(page)


def test_a_6_1_2_the_header_says_which_pdf_and_that_it_is_binary(made: Anatomy) -> None:
    first, second = made.raw.split(b"\n")[:2]
    assert first == b"%PDF-1.7"
    assert second[:1] == b"%"
    assert len([byte for byte in second[1:] if byte > 127]) >= 4


def test_a_6_1_3_the_trailer_has_an_identifier_and_no_encryption(made: Anatomy) -> None:
    trailer = made.reader.trailer
    one, two = trailer["/ID"]
    assert len(one.original_bytes) == len(two.original_bytes) == 16
    assert "/Encrypt" not in trailer
    assert made.raw.endswith(b"%%EOF\n")
    assert made.raw.count(b"startxref") == 1


def test_a_6_1_5_the_information_and_the_metadata_say_the_same(
    made: Anatomy, xmp: ET.Element
) -> None:
    info = made.reader.metadata
    assert info["/Title"] == said(xmp, "dc:title") == "Give the Aller its water back"
    assert info["/Author"] == said(xmp, "dc:creator") == SENDER
    assert info["/Producer"] == said(xmp, "pdf:Producer")
    assert info["/Creator"] == said(xmp, "xmp:CreatorTool") == "Groundswell"
    assert info["/CreationDate"] == "D:20261120091400Z"
    assert info["/ModDate"] == info["/CreationDate"]
    assert said(xmp, "xmp:CreateDate") == said(xmp, "xmp:ModifyDate") == "2026-11-20T09:14:00Z"
    assert set(info) <= {"/Title", "/Author", "/Producer", "/Creator", "/CreationDate", "/ModDate"}


def test_a_6_1_7_streams_are_as_long_as_they_say_and_use_no_lzw(made: Anatomy) -> None:
    found = list(re.finditer(rb"/Length (\d+)>>\nstream\n", made.raw))
    assert len(found) > 20
    for match in found:
        assert made.raw[match.end() + int(match[1]) :].startswith(b"\nendstream\nendobj\n")
    assert made.raw.count(b"\nstream\n") == len(found)
    for _, stream in made.streams():
        assert stream.get("/Filter", "/FlateDecode") == "/FlateDecode"
        assert not {"/F", "/FFilter", "/FDecodeParms"} & set(stream)


def test_a_6_1_8_and_6_1_13_names_strings_numbers_and_objects_stay_within_limits(
    made: Anatomy,
) -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            for key in value:
                assert len(key.encode()) <= 127
                check(dict.__getitem__(value, key))
        elif isinstance(value, list):
            for i in range(len(value)):
                check(list.__getitem__(value, i))
        elif isinstance(value, str):
            assert len(value.encode()) <= 32767
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert abs(value) < 2**31

    count = 0
    for _, found in made.objects():
        check(found)
        count += 1
    assert 500 < count < 8_388_607
    for page in made.pages:
        left, bottom, right, top = page["/MediaBox"]
        assert 3 <= right - left <= 14400
        assert 3 <= top - bottom <= 14400


def test_a_6_1_13_graphic_states_are_not_nested_too_deep(made: Anatomy) -> None:
    for page in made.pages:
        depth = 0
        for _, operator in made.operations(page):
            depth += {b"q": 1, b"Q": -1}.get(operator, 0)
            assert 0 <= depth <= 28
        assert depth == 0


def test_a_6_2_3_colours_are_meant_as_srgb(made: Anatomy) -> None:
    (intent,) = made.root["/OutputIntents"]
    intent = intent.get_object()
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/OutputConditionIdentifier"]
    profile = intent["/DestOutputProfile"]
    assert profile["/N"] == 3
    data = profile.get_data()
    assert data[36:40] == b"acsp"
    assert data[12:16] in (b"prtr", b"mntr", b"scnr", b"spac")
    assert data[16:20] == b"RGB "
    assert data[8] <= 4


def test_a_6_2_4_no_colour_needs_another_device(made: Anatomy) -> None:
    ours = {b"rg", b"RG", b"g", b"G"}
    for page in made.pages:
        used = {operator for _, operator in made.operations(page)}
        assert not used & {b"k", b"K", b"cs", b"CS", b"sc", b"SC", b"scn", b"SCN", b"sh"}
        assert used & ours
    for _, stream in made.streams():
        if stream.get("/Subtype") == "/Image":
            assert stream["/ColorSpace"] in ("/DeviceRGB", "/DeviceGray")


OPERATORS = set(
    b"q Q cm w J j M d ri i gs m l c v y h re S s f F f* B B* b b* n W W* g G rg RG Do "
    b"BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* Tj TJ BMC BDC EMC".split()
)


def test_a_6_2_2_only_known_operators_stand_in_the_content(made: Anatomy) -> None:
    for page in made.pages:
        assert {operator for _, operator in made.operations(page)} <= OPERATORS


def test_a_6_2_5_graphic_states_have_no_transfer_function_or_halftone(made: Anatomy) -> None:
    for page in made.pages:
        for state in page["/Resources"]["/ExtGState"].values():
            assert set(state.get_object()) <= {"/ca", "/CA", "/Type"}  # 6.2.10: no blend mode


def test_a_6_2_8_images_are_not_smoothed_and_stand_alone(made: Anatomy) -> None:
    images = [stream for _, stream in made.streams() if stream.get("/Subtype") == "/Image"]
    assert len(images) >= 4  # two emoji, each with its mask
    for image in images:
        assert not {"/Alternates", "/OPI", "/Interpolate"} & set(image)
        assert image["/BitsPerComponent"] == 8


def test_a_6_2_9_nothing_is_drawn_by_reference_or_postscript(made: Anatomy) -> None:
    for _, stream in made.streams():
        assert not {"/Ref", "/PS", "/Subtype2"} & set(stream)
        assert stream.get("/Subtype") != "/PS"


def test_a_6_4_and_6_5_nothing_runs(made: Anatomy) -> None:
    assert not {"/AA", "/OpenAction", "/AcroForm", "/Perms", "/OCProperties"} & set(made.root)
    assert "/JavaScript" not in made.root["/Names"]
    for _, found in made.objects():
        if isinstance(found, dict) and found.get("/Type") != "/StructElem":
            assert found.get("/S") not in ("/JavaScript", "/Launch", "/GoToR", "/SubmitForm")
    for page in made.pages:
        assert "/AA" not in page


def test_a_6_6_metadata_are_plain_and_name_both_standards(made: Anatomy, xmp: ET.Element) -> None:
    stream = made.root["/Metadata"]
    assert stream["/Type"] == "/Metadata"
    assert stream["/Subtype"] == "/XML"
    assert "/Filter" not in stream
    head = stream.get_data().split(b"?>")[0]
    assert b"encoding" not in head
    assert b"bytes" not in head
    assert (said(xmp, "pdfaid:part"), said(xmp, "pdfaid:conformance")) == ("3", "A")
    assert said(xmp, "pdfuaid:part") == "1"


def test_a_6_6_2_3_the_schema_that_isnt_predefined_is_described(xmp: ET.Element) -> None:
    (described,) = xmp.findall(".//ext:schemas/rdf:Bag/rdf:li", NAMES)
    assert described.findtext("schema:namespaceURI", namespaces=NAMES) == NAMES["pdfuaid"]
    assert described.findtext("schema:prefix", namespaces=NAMES) == "pdfuaid"
    (one,) = described.findall("schema:property/rdf:Seq/rdf:li", NAMES)
    assert one.findtext("property:name", namespaces=NAMES) == "part"
    assert one.findtext("property:valueType", namespaces=NAMES) == "Integer"
    assert one.findtext("property:category", namespaces=NAMES) == "internal"
    assert one.findtext("property:description", namespaces=NAMES)


def test_a_6_8_what_is_attached_are_associated_files(made: Anatomy, tmp_path: Path) -> None:
    log = paper.checkpoint()
    expected = {
        "checkpoint.txt": ("/Supplement", "/text/plain", log.note),
        "policy.txt": ("/Supplement", "/text/plain", log.policy),
        "signatories.csv": ("/Data", "/text/csv", None),
        "totals.tlog-proof": ("/Supplement", "/text/plain", log.proof),
    }
    listed = made.root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert listed[::2] == list(expected), "a name tree is in order"
    specs = [each.get_object() for each in listed[1::2]]
    assert [each.get_object() for each in made.root["/AF"]] == specs
    for place, (spec, name) in enumerate(zip(specs, expected, strict=True), start=1):
        relationship, kind, known = expected[name]
        data = attached(made, spec, name, relationship, kind)
        assert known in (None, data)
        out = tmp_path / name
        command = ["pdfdetach", "-save", str(place), "-o", str(out), str(made.path)]
        subprocess.run(command, check=True)
        assert out.read_bytes() == data
    assert hashlib.sha256((tmp_path / "signatories.csv").read_bytes()).hexdigest() in paper.text(
        made.path
    )


def attached(made: Anatomy, spec: Any, name: str, relationship: str, kind: str) -> bytes:
    """What is inside, described as the standard wants it."""
    assert spec["/Type"] == "/Filespec"
    assert spec["/F"] == spec["/UF"] == name
    assert spec["/Desc"]
    assert spec["/AFRelationship"] == relationship
    inside = spec["/EF"]["/F"]
    assert spec["/EF"]["/UF"].indirect_reference == inside.indirect_reference
    assert inside["/Type"] == "/EmbeddedFile"
    assert inside["/Subtype"] == kind
    data: bytes = inside.get_data()
    assert inside["/Params"]["/Size"] == len(data)
    assert inside["/Params"]["/CheckSum"].original_bytes == hashlib.md5(data).digest()
    assert inside["/Params"]["/ModDate"] == made.reader.metadata["/ModDate"]
    return data


def answer(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*command], check=False, capture_output=True, text=True)


def test_other_programs_find_nothing_wrong(made: Anatomy) -> None:
    checked = subprocess.run(
        ["qpdf", "--check", str(made.path)], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    command = ["pdfinfo", "-struct", str(made.path)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    assert told.stderr == ""
    assert told.stdout.startswith("Document\n")
