"""Where a signer's own words are stored and opened: plain when shown, sealed when withheld."""

import json
from dataclasses import asdict, dataclass
from operator import attrgetter
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from campaigns import sealing
from signatures import collation
from signatures.models import Signature

FIELDS = ("name", "title", "affiliation", "place", "comment", "group")
# Characters at most, however it comes to us.
LIMITS = {"name": 100, "title": 60, "affiliation": 150, "place": 100, "comment": 1000}


@dataclass(frozen=True)
class Person:
    """What a signer told about themselves."""

    name: str
    title: str = ""
    affiliation: str = ""
    place: str = ""
    comment: str = ""
    group: str = ""


class Kept(Protocol):
    """What opening needs of a row: a whole signature has it, and what an export reads of one."""

    @property
    def uid(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def affiliation(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def comment(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def withheld_sealed(self) -> bytes | memoryview | None: ...
    @property
    def email_sealed(self) -> bytes | memoryview | None: ...


def store(signature: Signature, person: Person, *, public: bool) -> None:
    """Write `person` into the row's columns, plain or sealed. Saves nothing."""
    shown = person if public else Person(name="")
    for field in FIELDS:
        setattr(signature, field, getattr(shown, field))
    signature.public = public
    signature.changed_at = timezone.now()
    signature.name_key = collation.sort_key(shown.name)
    signature.words = (
        collation.search_words(f"{shown.name} {shown.affiliation} {shown.place}") if public else ""
    )
    signature.withheld_sealed = (
        None
        if public
        else sealing.seal(
            json.dumps(asdict(person), ensure_ascii=False).encode(),
            place="signature.withheld",
            row=signature.uid.bytes,
        )
    )


STORED = (*FIELDS, "public", "name_key", "words", "withheld_sealed", "changed_at")


_words = attrgetter(*FIELDS)


def person_of(signature: Kept) -> Person:
    """Opened for the signer, the organiser and the confirming mail. Empty once erased."""
    if signature.withheld_sealed is None:
        return Person(*_words(signature))
    blob = bytes(signature.withheld_sealed)
    plain = sealing.unseal(blob, place="signature.withheld", row=signature.uid.bytes)
    return Person(**json.loads(plain))


def store_address(signature: Signature, address: str) -> None:
    signature.email_sealed = sealing.seal(
        address.encode(), place="signature.email", row=signature.uid.bytes
    )


def address_of(signature: Kept) -> str:
    """The address to write to; empty once erased."""
    if signature.email_sealed is None:
        return ""
    blob = bytes(signature.email_sealed)
    return sealing.unseal(blob, place="signature.email", row=signature.uid.bytes).decode()
