"""What makes the file one for the archive and for everybody: PDF/A-3a and PDF/UA-1.

Metadata in XMP (ISO 19005-3, 6.6; ISO 14289-1, 5), the attached data (ISO 19005-3, 6.8), and what
WeasyPrint does that the standards forbid.
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.sax.saxutils import escape

import pydyf

from signatures.exports.press.writing import File

_STEP = 1 << 20
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part>
{properties}</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Which part of ISO 14289 the file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


class Attachment(NamedTuple):
    """A file that goes inside: the data that was printed, what the log says of them."""

    source: BinaryIO
    name: str
    type: str  # "text/csv"
    description: str
    relationship: str = "Data"


def describe(pdf: Any, metadata: Any) -> None:
    """Say in XMP what the information dictionary says, and which standards the file follows."""
    xmp = _XMP.format(properties="".join(_properties(pdf, metadata)))
    number = int(pdf.catalog["Metadata"].split()[0])
    stream = pydyf.Stream([xmp.encode()], {"Type": "/Metadata", "Subtype": "/XML"})
    stream.number = number
    pdf.objects[number] = stream


def _properties(pdf: Any, metadata: Any) -> Iterator[str]:
    yield _alternatives("dc:title", metadata.title or "")
    if metadata.authors:
        # The information dictionary has one author: the same words here.
        yield f"<dc:creator><rdf:Seq>{_item(', '.join(metadata.authors))}</rdf:Seq></dc:creator>\n"
    if metadata.description:
        yield _alternatives("dc:description", metadata.description)
    plain = {
        "pdf:Producer": pdf.info["Producer"].string,
        "pdf:Keywords": ", ".join(metadata.keywords),
        "xmp:CreatorTool": metadata.generator,
        "xmp:CreateDate": metadata.created,
        "xmp:ModifyDate": metadata.modified,
    }
    for name, value in plain.items():
        if value:
            yield f"<{name}>{escape(value)}</{name}>\n"


def _alternatives(name: str, text: str) -> str:
    item = f'<rdf:li xml:lang="x-default">{escape(text)}</rdf:li>'
    return f"<{name}><rdf:Alt>{item}</rdf:Alt></{name}>\n"


def _item(text: str) -> str:
    return f"<rdf:li>{escape(text)}</rdf:li>"


def amend(pdf: Any) -> None:
    """Take out what WeasyPrint writes and the standards forbid.

    Images that ask for smoothing (ISO 19005-3, 6.2.8), maps of glyphs in fonts that have none
    (ISO 32000-1, table 117).
    """
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream):
            if item.extra.get("Subtype") == "/Image":
                item.extra.pop("Interpolate", None)
        elif isinstance(item, dict) and item.get("Subtype") == "/CIDFontType0":
            item.pop("CIDToGIDMap", None)


def attach(
    file: File, attachment: Attachment, *, modified: bytes, folder: Path
) -> tuple[int, bytes]:
    """Write an attached file, a piece at a time; its file specification and its name as PDF has it.

    `modified` is a PDF date as a string object.
    """
    with tempfile.TemporaryFile(dir=folder) as packed:
        size, digest = _deflate(attachment.source, packed)
        length = packed.tell()
        packed.seek(0)
        number = file.number(2)
        said = b"/Size %d/CheckSum<%b>/ModDate %b" % (size, digest.encode(), modified)
        kind = b"/Type/EmbeddedFile/Subtype%b" % pydyf.name(attachment.type)
        extra = b"%b/Filter/FlateDecode/Params<<%b>>" % (kind, said)
        file.stream_of(number, extra, length, iter(lambda: packed.read(_STEP), b""))
    name = pydyf.String(attachment.name).data
    body = b"<</Type/Filespec/F %b/UF %b/Desc %b/AFRelationship/%b/EF<</F %d 0 R/UF %d 0 R>>>>"
    description = pydyf.String(attachment.description).data
    relationship = attachment.relationship.encode()
    file.pack(number + 1, body % (name, name, description, relationship, number, number))
    return number + 1, name


def _deflate(source: BinaryIO, into: Any) -> tuple[int, str]:
    size, digest, packer = 0, hashlib.md5(usedforsecurity=False), zlib.compressobj(6)
    source.seek(0, os.SEEK_SET)
    while piece := source.read(_STEP):
        size += len(piece)
        digest.update(piece)
        into.write(packer.compress(piece))
    into.write(packer.flush())
    return size, digest.hexdigest()
