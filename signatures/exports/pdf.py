"""The document that is handed over, and the sheet for signing on paper."""

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from signatures.exports import certificate, comma, measures, pades, sandbox, typesetting, wording
from signatures.exports.document import Attached, Document, Progress, Row
from signatures.exports.ends import Ends
from signatures.exports.sandbox import Failed, Limits, NoRoom, NotPrinted, Part, Printed, TooComplex

__all__ = ["Failed", "Limits", "NoRoom", "NotPrinted", "Printed", "TooComplex", "write"]

_NAME = "signatories.csv"
CHECKPOINT, PROOF, POLICY = "checkpoint.txt", "totals.tlog-proof", "policy.txt"


def write(
    document: Document,
    rows: Iterable[Row],
    out: Path,
    *,
    progress: Progress,
    limits: Limits | None = None,
) -> Printed:
    """Write the PDF whole, or leave `out` as it was and raise NotPrinted.

    The rows are taken one at a time and attached as data: exactly those and the columns printed.
    Unsigned, the same document and rows give the same bytes; with `document.certificate` it is
    signed last.
    """
    with sandbox.whole(out) as part, _Data(document, out.parent).opened() as data:
        answer = sandbox.run(
            _lines(document, data, rows),
            part,
            limits=limits or configured(),
            progress=progress,
            files=(data.handle,),
        )
        if document.certificate:
            _sign(document, part, answer)
    return sandbox.printed(answer)


def write_sheet(
    document: Document,
    out: Path,
    *,
    progress: Progress | None = None,
    limits: Limits | None = None,
) -> Printed:
    """Write a blank sheet for signatures by hand, or leave `out` as it was; see `write`."""
    with sandbox.whole(out) as part:
        answer = sandbox.run(
            [{"html": typesetting.sheet(document)}],
            part,
            limits=limits or configured(),
            progress=progress or (lambda _done: None),
        )
    return sandbox.printed(answer)


def configured() -> Limits:
    """What the installation allows one document."""
    return Limits(
        memory=settings.EXPORT_MEMORY_MB * 1_000_000, seconds=settings.EXPORT_MINUTES * 60
    )


class _Data:
    """The rows as they are printed, in a nameless file that grows while they are."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.handle = -1
        self._document = document
        self._folder = folder
        self._file: Any = None
        self._digest = hashlib.sha256()
        self._size = self._rows = 0

    @contextmanager
    def opened(self) -> Iterator["_Data"]:
        """The press reads through a handle of its own, which has its own place in the file."""
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".csv")
        with os.fdopen(handle, "wb") as self._file:
            try:
                self.handle = os.open(name, os.O_RDONLY)
            finally:
                Path(name).unlink()
            try:
                yield self
            finally:
                os.close(self.handle)

    def pass_on(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, each written before it is given on."""
        written: deque[Row] = deque()

        def noted() -> Iterator[Row]:
            for row in rows:
                written.append(row)
                yield row

        for piece in comma.stream(noted(), columns=self._columns(), withheld=self._withheld()):
            self._digest.update(piece)
            self._size += len(piece)
            self._rows += len(written)
            self._file.write(piece)
            while written:
                yield written.popleft()

    def attached(self) -> Attached:
        self._file.flush()
        return Attached(
            name=_NAME, sha256=self._digest.hexdigest(), size=self._size, rows=self._rows
        )

    def told(self) -> dict[str, Any]:
        with override(wording.words(self._document.language)):
            description = _("The signatories printed in this document, as data")
        return {
            "fd": self.handle,
            "name": _NAME,
            "type": "text/csv",
            "description": description,
            "relationship": "Data",
        }

    def _columns(self) -> list[str]:
        """Those printed, and the one that stands as a heading above its rows."""
        printed = dict.fromkeys(measures.printed(self._document))
        if self._document.grouping:
            printed[self._document.grouping] = None
        return list(printed)

    def _withheld(self) -> str:
        with override(wording.words(self._document.language)):
            return _("name withheld")


def _lines(document: Document, data: _Data, rows: Iterable[Row]) -> Iterator[object]:
    """What the press is told: the job, the rows, that they are over, and what follows them."""
    yield typesetting.job(document)
    yield from typesetting.rows(document, data.pass_on(rows))
    yield None
    attached = data.attached()
    files = [data.told(), *_of_the_log(document)]
    yield {"method": typesetting.method(document, attached), "attachments": files}


def _of_the_log(document: Document) -> Iterator[dict[str, Any]]:
    """What checks the totals without us, under names that other programs look for."""
    log = document.checkpoint
    if log is None:
        return
    with override(wording.words(document.language)):
        files = (
            (CHECKPOINT, log.note, _("The state of the public log, as signed")),
            (PROOF, log.proof, _("The proof that the log holds the totals of this letter")),
            (POLICY, log.policy, _("The keys of the log and of its witnesses")),
        )
    for name, held, description in files:
        yield {
            "text": held.decode(),
            "name": name,
            "type": "text/plain",
            "description": description,
            "relationship": "Supplement",
        }


def _sign(document: Document, part: Part, answer: dict[str, Any]) -> None:
    assert document.certificate is not None
    found = certificate.current()
    if found.fingerprint != document.certificate.fingerprint:
        raise Failed(_("The certificate was replaced meanwhile. Try again."), "certificate")
    with override(wording.words(document.language)):
        reason = _("Signatures of the letter “{title}”").format(title=document.title)
    words = pades.Words(reason=reason, location=document.url)
    pades.sign(part.path, Ends.heard(answer["ends"]), found, words=words)
