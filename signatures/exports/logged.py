"""The page on which a document's totals can be compared with the public log."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from signatures.counting.totals import totals
from signatures.exports import wording
from signatures.exports.codes import code
from signatures.exports.document import Checkpoint, Document

_GROUP = 4  # letters of the root that stand together
_LINE = 4  # groups on a line
_NAMED = 3  # witnesses; the others are a number


def context(document: Document, spoken: str) -> dict[str, Any]:
    """What the page says besides the document; empty where there is no checkpoint."""
    log = document.checkpoint
    if log is None:
        return {"log": None}
    return {
        "log": log,
        "root": _grouped(log.root),
        "qr": code(address(log)),
        "same": totals(log) == document.totals,
        "witnesses": [(name, _moment(at, spoken)) for name, at in log.witnesses[:_NAMED]],
    }


def address(log: Checkpoint) -> str:
    """Where to check, with what to compare behind the hash sign, which no server is sent."""
    return f"{log.check}#size={log.size}&root={quote(log.root, safe='')}"


def _grouped(root: str) -> list[list[str]]:
    """Lines of groups that an eye can keep while it looks at another page."""
    groups = [root[at : at + _GROUP] for at in range(0, len(root), _GROUP)]
    return [groups[at : at + _LINE] for at in range(0, len(groups), _LINE)]


def _moment(at: datetime, spoken: str) -> str:
    in_utc = at.astimezone(UTC)
    return f"{wording.day(in_utc.date(), spoken)}, {in_utc:%H:%M:%S} UTC"
