"""What a signer may correct: the fields of the sign form, with what they wrote in them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from signatures import personal
from signatures.forms import SignForm
from signatures.models import Signature
from signatures.personal import Person

NOT_HERE = ("email", "public", "updates", "topic", "language", "token")
WORDS = ("name", "title", "affiliation", "place", "country", "group", "comment")


class CorrectionForm(SignForm):
    """What the letter asks for, and what it no longer asks for but was told."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, signature: Signature, **options: Any
    ) -> None:
        self.person = personal.person_of(signature)
        self.lived_in = signature.country
        written = {name: getattr(self.person, name) for name in personal.FIELDS}
        written["country"] = signature.country
        super().__init__(
            data, letter=signature.letter, initial=written, auto_id="own_%s", **options
        )
        for name in NOT_HERE:
            self.fields.pop(name, None)
        for name, value in written.items():
            if value and name not in self.fields and name != "group":
                self.fields[name] = deepcopy(self.base_fields[name])
        self.order_fields(WORDS)

    def corrected(self) -> tuple[Person, str]:
        """The person and their country; what the form doesn't have stays as it was."""
        given = self.cleaned_data
        words = {name: given.get(name, getattr(self.person, name)) for name in personal.FIELDS}
        return Person(**words), given.get("country", self.lived_in)
