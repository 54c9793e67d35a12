"""What the database keeps: each app's `datamap.py` says of every column what it is for, what it
tells, and how long it stays. A test holds the maps against the models, `docs/privacy.md` shows
them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column tells whoever holds the database."""

    NONE = "nothing of a person"
    PUBLIC = "public"  # shown to everybody, by who it is about or for the office they hold
    PERSONAL = "personal"
    SEALED = "sealed"  # personal, and readable with FIELD_KEYS or a letter's key alone
    DIGEST = "keyed digest"  # tells equal from different, to whoever has the key
    SECRET = "opens something"  # noqa: S105 - a word


class Until(StrEnum):
    """How long it stays. What deletes it stands in docs/privacy.md."""

    ROW = "with its row"
    LETTER = "with its letter"
    RECORD = "for good, as a record"
    ERASED = "until erased"
    HIDDEN = "until hidden or erased"
    ADDRESS = "as addresses stay"
    CLOSED = "until its letter is over"
    PENDING = "until confirmed; 7 days"
    WEEK = "7 days"
    HOUR = "an hour"
    SENT = "until sent or too late"
    FORTNIGHT = "14 days after its end"
    ACCOUNT = "with the account"
    ANSWERED = "90 days after the decision"
    SESSION = "until logged out; 7 days"
    JOURNAL = "a minute, then in the journal"
    KEY = "until the key is gone"


@dataclass(frozen=True)
class Seal:
    """How a column is sealed, so that it can be sealed again: `row` names the column its value is
    bound to, `place` where it stands, or `place_from` the column that says so."""

    row: str
    place: str = ""
    place_from: str = ""


@dataclass(frozen=True)
class Entry:
    """Columns of one table that are there for the same reason."""

    columns: str  # their names, parted by blanks
    why: str
    kind: Kind = Kind.NONE
    until: Until = Until.ROW
    seal: Seal | None = None

    @property
    def names(self) -> list[str]:
        return self.columns.split()


DataMap = Mapping[str, Sequence[Entry]]

DATA_MAP: DataMap = {
    "worker.OutboxMessage": [
        Entry("id uid topic queue ids", "what is to be done, by ids alone", until=Until.FORTNIGHT),
        Entry(
            "sealed",
            "what a mail has to say that stands nowhere else",
            Kind.SEALED,
            Until.SENT,
            Seal(row="uid", place_from="topic"),
        ),
        Entry(
            "state due_at lease_by attempts lapses parts_done last_error created_at done_at"
            " expires_at",
            "how far it is",
            until=Until.FORTNIGHT,
        ),
    ],
    "worker.Heartbeat": [Entry("id name at", "which process was alive when", until=Until.RECORD)],
}
