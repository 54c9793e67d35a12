"""What a later section must know of a finished PDF, so that nobody reads its cross references."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Ends:
    """Where a file whose last cross reference is a stream ends (ISO 32000-1 §7.5.6, §7.5.8)."""

    next_number: int  # the first object number that is free
    startxref: int  # offset of the last cross-reference stream
    catalog: tuple[int, bytes]  # object number and dictionary, `<< … >>`; no AcroForm yet
    first_page: tuple[int, bytes]  # likewise; its Annots, if there are any, written in place
    info: bytes  # a reference like `7 0 R`, or nothing
    identifier: bytes  # the permanent half of the file identifier, 16 bytes

    def told(self) -> dict[str, Any]:
        """As plain JSON; dictionaries are Latin-1, so every byte comes back."""
        return {
            "next_number": self.next_number,
            "startxref": self.startxref,
            "catalog": [self.catalog[0], self.catalog[1].decode("latin-1")],
            "first_page": [self.first_page[0], self.first_page[1].decode("latin-1")],
            "info": self.info.decode("latin-1"),
            "identifier": self.identifier.hex(),
        }

    @classmethod
    def heard(cls, told: dict[str, Any]) -> Self:
        return cls(
            next_number=int(told["next_number"]),
            startxref=int(told["startxref"]),
            catalog=(int(told["catalog"][0]), told["catalog"][1].encode("latin-1")),
            first_page=(int(told["first_page"][0]), told["first_page"][1].encode("latin-1")),
            info=told["info"].encode("latin-1"),
            identifier=bytes.fromhex(told["identifier"]),
        )
