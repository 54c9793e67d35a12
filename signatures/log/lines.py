"""Numbers and bytes as C2SP writes them in lines of text; each value has exactly one spelling.

Every function takes the exception of the format it reads for, so that a caller meets one type.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from signatures.log.rejected import Rejected

HASH = 32  # bytes
LIMIT = 2**63  # sizes, indexes and times are below it: other languages have signed integers

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def encoded(raw: bytes) -> str:
    """Standard base64 with padding, RFC 4648 section 4."""
    return b64encode(raw).decode("ascii")


def decoded(text: str, *, what: str, error: type[Rejected]) -> bytes:
    """The bytes of `text`; line ends, missing padding and stray low bits are refused.

    RFC 4648 sections 3.3 and 3.5. Go's decoder passes stray bits, so that one note has two
    spellings there; here it has one.
    """
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise error(f"{what} is not base64") from None
    if encoded(raw) != text:
        raise error(f"{what} is loosely encoded base64")
    return raw


def digest(text: str, *, what: str, error: type[Rejected]) -> bytes:
    """A SHA-256 hash, 32 bytes, from its base64."""
    raw = decoded(text, what=what, error=error)
    if len(raw) != HASH:
        raise error(f"{what} is not a hash of 32 bytes")
    return raw


def number(text: str, *, what: str, error: type[Rejected]) -> int:
    """A decimal number below 2^63, ASCII digits, no sign, no leading zero."""
    if not _NUMBER.fullmatch(text):
        raise error(f"{what} is not a plain decimal number")
    if (value := int(text)) >= LIMIT:
        raise error(f"{what} is 2^63 or more")
    return value


def text_of(data: bytes, *, limit: int, what: str, error: type[Rejected]) -> str:
    """At most `limit` bytes of UTF-8 with no control character below 0x20 but the line end."""
    if len(data) > limit:
        raise error(f"{what} is longer than {limit} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise error(f"{what} is not UTF-8") from None
    if any(character < " " and character != "\n" for character in text):
        raise error(f"{what} contains a control character")
    return text
