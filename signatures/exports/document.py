"""What an export prints, as plain data: whoever has the database hands these over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

Progress = Callable[[int], None]  # told how many rows are done


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One signatory as the public and the target see them; a withheld one carries empty strings.

    `position` is the place in this list, never the signature's number. `country` is a code
    (ISO 3166-1 alpha-2).
    """

    position: int
    name: str
    title: str = ""
    affiliation: str = ""
    place: str = ""
    country: str = ""
    signed_on: date
    comment: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganiserRow:
    """One signatory as the organiser sees them: withheld fields are filled in, and say so.

    `email` is empty unless the signer asked for updates: no other address leaves the installation.
    """

    position: int
    name: str
    title: str = ""
    affiliation: str = ""
    place: str = ""
    country: str = ""
    signed_on: date
    comment: str = ""
    withheld: bool = False
    email: str = ""
    updates: bool = False
    language: str = ""
    ref: str = ""
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A letter to be delivered: everything printed besides the rows, as of `snapshot`.

    `count` is what remains of the confirmed signatures after the `withdrawn_count` and
    `invalidated_count` that had been confirmed; `paper_count` is counted apart.
    `body_html` comes as campaigns.text.to_html made it: marked safe. A mere string is printed as
    text.
    `curve` holds cumulative counts at even steps of time, oldest first.
    """

    title: str
    body_html: str
    language: str
    targets: tuple[tuple[str, str], ...]  # (name, role)
    sender: str
    accent: str  # "#0b5563"
    count: int
    revision: int
    revision_sha256: str  # hexadecimal
    snapshot: datetime  # the time printed, in UTC
    url: str
    sort: str = "date"  # or "name"
    withheld_count: int = 0
    withdrawn_count: int = 0
    invalidated_count: int = 0
    paper_count: int = 0
    first_signed_on: date | None = None
    last_signed_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    curve: tuple[int, ...] = field(default=())
