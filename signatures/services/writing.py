"""Writing: a snapshot into the file of its format, volumes into one archive."""

import errno
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signatures.exports import comma, objects, pdf, sheet, wording
from signatures.exports.columns import ORGANISER, Column
from signatures.exports.document import Document, OrganiserRow, Progress
from signatures.exports.presets import PRESETS
from signatures.exports.sandbox import Failed, NotPrinted, full
from signatures.exports.wish import CSV, JSON, PAPER, PDF, XLSX, Wish
from signatures.services import printing
from signatures.services.printing import Part
from signatures.services.snapshotting import Snapshot

MOST_OBJECTS = 8_000_000  # of one PDF/A, whose names for them end at 8,388,607
MOST_VOLUMES = 300
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment an archive can tell
_UNWRITTEN = gettext_lazy("The file could not be written. Whoever runs this site can see why.")
SUFFIXES = {PDF: "pdf", CSV: "csv", XLSX: "xlsx", JSON: "json", PAPER: "pdf"}


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    pages: int = 0
    parts: int = 1
    signed: bool = False


def suffix(kind: str, parts: int) -> str:
    return "zip" if parts > 1 else SUFFIXES[kind]


def write(snapshot: Snapshot, folder: Path, *, progress: Progress) -> Written:
    """Write the file into `folder`. Raises NotPrinted, or Moved when somebody erased their name."""
    kind = snapshot.wish.format
    with _disk():
        document = printing.document(snapshot)
        if kind == PDF:
            return _volumes(snapshot, document, folder, progress)
        out = folder / f"file.{SUFFIXES[kind]}"
        if kind == PAPER:
            return Written(out, pages=pdf.write_sheet(document, out, progress=progress).pages)
        _table(snapshot, document, out, progress)
        return Written(out)


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        detail = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise full(error) or Failed(_UNWRITTEN, detail) from error


def _table(snapshot: Snapshot, document: Document, out: Path, progress: Progress) -> None:
    rows: Iterable[OrganiserRow] = printing.organisers(snapshot)
    columns: Sequence[str | Column] = ORGANISER
    wish = snapshot.wish
    if wish.preset:
        preset = PRESETS[wish.preset]
        rows, columns = preset.people(rows), preset.columns(snapshot.letter.slug)
    if wish.format == XLSX:
        sheet.write(rows, out, snapshot=snapshot.moment, columns=columns, progress=progress)
        return
    with out.open("wb") as file:
        if wish.format == JSON:
            file.writelines(objects.stream(rows, document=document, progress=progress))
        else:
            plain = comma.stream(rows, columns=columns, bom=not wish.preset, progress=progress)
            file.writelines(plain)


def _volumes(snapshot: Snapshot, whole: Document, folder: Path, progress: Progress) -> Written:
    parts = printing.parts(snapshot, largest=MOST_OBJECTS // _objects(snapshot.wish))
    if len(parts) > MOST_VOLUMES:
        reason = _("That would make {count} volumes. Let each of them hold more.")
        raise NotPrinted(reason.format(count=f"{len(parts):,}"), "volumes")
    signed = whole.certificate is not None
    if len(parts) == 1:
        out = folder / "file.pdf"
        printed = pdf.write(whole, printing.printed(snapshot), out, progress=progress)
        return Written(out, pages=printed.pages, signed=signed)
    out, pages = folder / "file.zip", 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, part in enumerate(parts, start=1):
            document = printing.volume(whole, snapshot, part, number=number, of=len(parts))
            pages += _volume(document, snapshot, part, folder / "volume.pdf", progress)
            _put(archive, folder / "volume.pdf", _called(document))
    return Written(out, pages=pages, parts=len(parts), signed=signed)


def _objects(wish: Wish) -> int:
    """At most, in the PDF of a row: itself, its cells, and two more for a comment's paragraphs."""
    return 1 + len(wish.columns) + (2 if "comment" in wish.columns else 0)


def _volume(
    document: Document, snapshot: Snapshot, part: Part, out: Path, progress: Progress
) -> int:
    def over_all(done: int) -> None:
        progress(part.first + done)

    rows = printing.printed(snapshot, part)
    return pdf.write(document, rows, out, progress=over_all).pages


def _called(document: Document) -> str:
    """In the order of the volumes wherever they are listed."""
    digits = len(str(document.parts))
    with translation.override(wording.words(document.language)):
        return _("volume-{part}-of-{parts}.pdf").format(
            part=f"{document.part:0{digits}}", parts=document.parts
        )


def _put(archive: zipfile.ZipFile, volume: Path, name: str) -> None:
    """Stored, without a date: the archive is a function of what is in it."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = 0o100644 << 16
    with volume.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
        while piece := source.read(1 << 20):
            target.write(piece)
    volume.unlink()
