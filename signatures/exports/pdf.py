"""The document that is handed over."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from signatures.exports import sandbox, typesetting
from signatures.exports.document import Document, Progress, Row
from signatures.exports.sandbox import Failed, Limits, Printed, TooComplex

__all__ = ["Failed", "Limits", "Printed", "TooComplex", "write"]


def write(
    document: Document,
    rows: Iterator[Row],
    out: Path,
    *,
    progress: Progress,
    limits: Limits | None = None,
) -> Printed:
    """Write the PDF whole, or leave `out` as it was and raise TooComplex or Failed.

    The same document and rows give the same bytes. Rows are taken one at a time.
    """
    return sandbox.run(
        typesetting.job(document),
        typesetting.rows(document, rows),
        out,
        limits=limits or configured(),
        progress=progress,
    )


def configured() -> Limits:
    """What the installation allows one document."""
    return Limits(
        memory=settings.EXPORT_MEMORY_MB * 1_000_000, seconds=settings.EXPORT_MINUTES * 60
    )
