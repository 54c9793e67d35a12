"""What an export prints, as plain data: whoever has the database hands these over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from signatures.counting.totals import Totals

Progress = Callable[[int], None]  # told how many rows are done
# What can be printed of a row, in the order printed.
PRINTABLE: Final = (
    "position",
    "title",
    "name",
    "affiliation",
    "place",
    "country",
    "signed_on",
    "comment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One signatory as the public and the target see them; a withheld one carries empty strings.

    `position` is the place in this list, never the signature's number. `country` is a code
    (ISO 3166-1 alpha-2). `group` is what the signer chose of the letter's groups. The day of a
    withheld signatory is never printed.
    """

    position: int
    name: str
    title: str = ""
    affiliation: str = ""
    place: str = ""
    country: str = ""
    signed_on: date
    comment: str = ""
    group: str = ""
    withheld: bool = False
    pinned: bool = False  # one of the initial signatories


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
    group: str = ""
    withheld: bool = False
    email: str = ""
    updates: bool = False
    language: str = ""
    ref: str = ""
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the transparency log said of itself and of this letter: printed, never checked here.

    `index` is the letter's entry whose totals are proven: those printed, or, where the log had
    not come so far, earlier ones. The three files are attached as they are.
    """

    origin: str
    size: int
    root: str  # base64, as in the checkpoint's own text
    index: int
    signed: int
    withdrawn: int
    invalidated: int
    witnesses: tuple[tuple[str, datetime], ...] = ()  # who has cosigned it, and when, in UTC
    wanted: int = 0  # witnesses asked
    check: str = ""  # the address at which this document is checked
    note: bytes = b""  # "checkpoint.txt": the signed checkpoint
    proof: bytes = b""  # "totals.tlog-proof": of the entry
    policy: bytes = b""  # "policy.txt": whose signatures to believe

    @property
    def count(self) -> int:
        return self.signed - self.withdrawn - self.invalidated


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """With what a document is signed once it is written."""

    subject: str  # a name people know, like "Friends of the Aller"
    fingerprint: str  # SHA-256 of the certificate, hexadecimal
    self_signed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The list as data inside the document; known only after the last row."""

    name: str  # "signatories.csv"
    sha256: str  # hexadecimal
    size: int  # bytes
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A letter to be delivered: everything printed besides the rows, as of `snapshot`.

    `count` is what remains of the confirmed signatures after the `withdrawn_count` and
    `invalidated_count` that had been confirmed; `paper_count` is counted apart. All of them are
    the letter's, also in a volume of it.
    `body_html` comes as campaigns.text.to_html made it: marked safe. A mere string is printed as
    text.
    `curve` holds cumulative counts at even steps of time, oldest first.

    Rows come in the order printed: pinned ones first; then, with a `grouping`, group by group as
    in `groups`, those without one, and the withheld; else by `sort`.
    A volume says which it is by `part` and `parts`, and what it holds by `volumes`: "group" or
    "country" with that group's name or code in `part_label`, otherwise by the positions of its
    `first_position` and `last_position`.
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
    summary: str = ""  # on the paper sheet
    revision_published_at: datetime | None = None  # in UTC
    seats: int = 1  # people a mailbox may sign for
    anonymous_hours: int = 0  # after confirming, until names are erased; 0: signers choose
    sort: str = "date"  # or "name"
    withheld_count: int = 0
    withdrawn_count: int = 0
    invalidated_count: int = 0
    paper_count: int = 0
    comment_count: int = 0  # of those whose name is shown
    earlier_count: int = 0  # of `count`, who signed an earlier revision than the one printed
    first_signed_on: date | None = None
    last_signed_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    curve: tuple[int, ...] = field(default=())

    layout: str = "table"  # or "compact"
    columns: tuple[str, ...] = PRINTABLE[:-1]  # some of PRINTABLE
    public_only: bool = False  # those who withhold their name are not among the rows
    grouping: str = ""  # "group" or "country"
    # A group's name or a country's code, and how many rows stand under it, in the order printed.
    groups: tuple[tuple[str, int], ...] = ()
    part: int = 1
    parts: int = 1
    volumes: str = ""  # "group", "country" or anything else
    part_label: str = ""
    first_position: int = 0
    last_position: int = 0
    checkpoint: Checkpoint | None = None
    # Why there is none: the log stands still, or has published nothing of this letter.
    unproven: Literal["", "frozen", "unpublished"] = ""
    certificate: Certificate | None = None  # the document will be signed with it

    @property
    def totals(self) -> Totals:
        gone = self.withdrawn_count + self.invalidated_count
        return Totals(self.count + gone, self.withdrawn_count, self.invalidated_count)
