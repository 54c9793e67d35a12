"""What a mail server says about a mail of ours that it could not hand over (RFC 3464), and which
mail that was. What comes in may have been made by anybody, so all work is bounded.

Which mail: by the random id in the address it came back to (`worker.envelope`), else in the
returned mail's own Return-Path or Message-ID. Only a permanent failure counts (status 5.x.x).
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

LIMIT = 256_000  # bytes that are read; the status stands before the mail that is returned
PARTS = 20  # of a mail, in all depths; no server makes half as many
STEPS = 50  # servers on the way: more is a loop

_NESTING = re.compile(rb"boundary|message/|multipart/", re.IGNORECASE)
_HEX = "[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
_VERP = re.compile(rf"\+({_HEX})(?:-\d{{1,4}})?@", re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"<({_HEX})(?:\.\d{{1,4}})?@", re.IGNORECASE)
_CAME_TO = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
_DAEMON = re.compile(r"\b(?:mailer-daemon|postmaster|mail-?daemon|mdaemon)\b", re.IGNORECASE)
_AUTOMATIC = re.compile(r"auto[-_]?repl|vacation|auto-notified", re.IGNORECASE)
_PERMANENT = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.])55[0-4](?=[\s\-])")
_PASSING = re.compile(r"(?<![\d.])4\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.])4[25]\d(?=[\s\-])")


class NotABounce(Exception):
    """The mail says nothing about a mail of ours that failed for good; `reason` in a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Bounce:
    """The outbox message whose mail can't be handed over, now or later."""

    message: uuid.UUID


def read(mail: bytes, *, came_to: str = "") -> Bounce:
    """The bounce in a mail; `came_to` is the envelope's recipient, if known. Raises NotABounce."""
    mail = mail[:LIMIT]
    if len(_NESTING.findall(mail)) > 3 * PARTS:
        raise NotABounce("nested")
    try:
        message = message_from_bytes(mail)
        parts = list(_parts(message))
    except (MessageError, LookupError, ValueError, RecursionError):
        raise NotABounce("unreadable") from None
    if len(message.get_all("Received", [])) > STEPS:
        raise NotABounce("loop")
    _say_permanent(message, parts)
    return Bounce(_which(message, parts, came_to))


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= PARTS:
            raise NotABounce("nested")
        yield part


def _say_permanent(message: Message, parts: list[Message]) -> None:
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if statuses:
        verdicts = {verdict for part in statuses for verdict in _verdicts(part)}
        if verdicts != {"failed"}:
            raise NotABounce("passing" if verdicts else "unreadable")
    elif not _plainly_permanent(message, parts):
        raise NotABounce("no report")


def _verdicts(status: Message) -> Iterator[str]:
    """For each recipient that a report names: "failed" for good, or else."""
    for block in status.walk():
        action = _text(block, "Action").strip().lower()
        if action:
            permanent = action == "failed" and _text(block, "Status").strip().startswith("5.")
            yield "failed" if permanent else "other"


def _plainly_permanent(message: Message, parts: list[Message]) -> bool:
    """Servers that write their own kind of report: from a daemon, and sure of what they say."""
    if _AUTOMATIC.search(_text(message, "Precedence") + _text(message, "X-Autoreply")):
        return False
    null = _text(message, "Return-Path").strip() == "<>"
    if not (null or message.get("X-Failed-Recipients") or _DAEMON.search(_text(message, "From"))):
        return False
    if _AUTOMATIC.search(_text(message, "Auto-Submitted")) and not _DAEMON.search(
        _text(message, "From")
    ):
        return False
    words = next((_decoded(part) for part in parts if part.get_content_type() == "text/plain"), "")
    words = words.partition("\nReturn-Path:")[0][:20_000]  # what follows is the mail itself
    return bool(_PERMANENT.search(words)) and not _PASSING.search(words)


def _which(message: Message, parts: list[Message], came_to: str) -> uuid.UUID:
    addresses = [came_to, *(_text(message, name) for name in _CAME_TO)]
    inside = [_text(part, "Return-Path") for part in parts[1:]]
    for text in (*addresses, *inside):
        if found := _VERP.search(text):
            return uuid.UUID(found[1])
    texts = [_text(part, "Message-ID") for part in parts[1:]]
    texts += [
        _decoded(part) for part in parts if not part.is_multipart()
    ]  # quoted, or headers alone
    for text in texts:
        if found := _VERP.search(text) or _MESSAGE_ID.search(text):
            return uuid.UUID(found[1])
    raise NotABounce("unknown")


def _text(part: Message, header: str) -> str:
    return " ".join(str(value) for value in part.get_all(header, []))[:2_000]


def _decoded(part: Message) -> str:
    """A part's text, as far as anybody can read it."""
    payload = part.get_payload(decode=True)
    return payload.decode("latin-1").replace("\r\n", "\n") if isinstance(payload, bytes) else ""
