"""The journal of what must never come back with a backup: written outside the database."""

import uuid
from datetime import datetime

from signatures.models import Erasure

Kind = Erasure.Kind


def note(
    kind: Erasure.Kind,
    *,
    signature: uuid.UUID | None = None,
    letter: uuid.UUID | None = None,
    digest: bytes | None = None,
    now: datetime,
) -> None:
    """Remember, in the verb's own transaction, what a backup must not bring back.

    `letter` and `digest` are of a suppressed mailbox: a letter's uid, none for all letters; and
    `mailbox_anywhere`.
    """
    Erasure.objects.create(
        kind=kind, signature=signature, letter=letter, mailbox_anywhere=digest, at=now
    )
