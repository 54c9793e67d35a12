"""The signatories as one JSON document (RFC 8259), written as it goes.

docs/exports.md describes it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date
from typing import Any

from signatures.exports.columns import ORGANISER, Column, Signatory, Value, chosen, reader
from signatures.exports.document import Document, Progress

_EVERY = 500  # rows in one piece
VERSION = 1  # raised when a key goes or changes its meaning, not when one is added


def stream(
    rows: Iterable[Signatory],
    *,
    document: Document,
    columns: Sequence[str | Column] = ORGANISER,
    withheld: str = "",
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """The document in pieces: what is known of the letter, then `signatures`, one a line.

    Holds a few hundred rows at a time. Keys are those of the columns, dates ISO 8601.
    """
    picked = chosen(columns)
    keys = [column.key for column in picked]
    cells = reader(picked, withheld=withheld)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    piece = [encode(_facts(document))[:-1] + ',"signatures":[']
    done = 0
    for done, row in enumerate(rows, start=1):
        values = map(_plain, cells(row))
        comma = "," if done > 1 else ""
        piece.append(f"{comma}\n{encode(dict(zip(keys, values, strict=True)))}")
        if done % _EVERY == 0:
            yield _taken(piece)
            if progress:
                progress(done)
    piece.append("\n]}\n")
    yield _taken(piece)
    if progress:
        progress(done)


def _facts(document: Document) -> dict[str, Any]:
    hours = document.anonymous_hours
    return {
        "version": VERSION,
        "letter": {
            "title": document.title,
            "url": document.url,
            "language": document.language,
            "revision": document.revision,
            "sha256": document.revision_sha256,
            **({"names_erased_after_hours": hours} if hours else {}),
        },
        "counts": {
            "signatures": document.count,
            "withheld": document.withheld_count,
            "withdrawn": document.withdrawn_count,
            "invalidated": document.invalidated_count,
            "paper": document.paper_count,
        },
        "snapshot": f"{document.snapshot.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "order": document.sort,
    }


def _plain(value: Value) -> str | int | bool:
    return value.isoformat() if isinstance(value, date) else value


def _taken(piece: list[str]) -> bytes:
    """UTF-8. A `<` stands only in strings: written as a number, it ends no script around it."""
    text = "".join(piece).replace("<", "\\u003c")
    piece.clear()
    return text.encode(errors="backslashreplace")  # half a surrogate pair, as JSON writes it
