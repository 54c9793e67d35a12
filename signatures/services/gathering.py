"""Gathering: people who signed on paper are counted, apart, as a batch.

Kept is how many there are, the digest of the batch, when and by whom it was recorded. Their names
stay on the paper. The log holds number and digest, and nothing in it is ever taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import sealing
from campaigns.models import Letter, LetterEvent, Organiser
from campaigns.services import chronicling
from signatures import batch
from signatures.roll import Entrant

_PAPER = LetterEvent.Kind.PAPER


class Refused(Exception):
    """It can't be recorded; the text is for whoever asked."""


@dataclass(frozen=True)
class Batch:
    """So many people, known by a digest that opens with its salt and their list."""

    people: int
    digest: bytes
    salt: bytes
    recorded: LetterEvent | None = None  # if the same batch was recorded before


def look(*, letter: Letter, people: Sequence[Entrant]) -> Batch:
    """What would be recorded. Changes nothing."""
    lines = batch.canonical(entrant.cells for entrant in people)
    key = sealing.derived(settings.MAILBOX_PEPPER, b"groundswell/paper/1/" + letter.uid.bytes)
    salt = batch.salt(key, lines)
    digest = batch.digest(letter.uid.bytes, salt, lines)
    before = LetterEvent.objects.filter(letter=letter, kind=_PAPER, digest=digest).first()
    return Batch(len(people), digest, salt, before)


@transaction.atomic
def record(*, letter: Letter, people: Sequence[Entrant], by: Organiser, now: datetime) -> Batch:
    """Count a batch, once. The sequencer logs it and moves the number. Raises Refused."""
    Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)  # two who record the same
    if letter.revision is None or not letter.is_published or letter.is_taken_down:
        raise Refused(_("Only a published letter has signatures on paper."))
    found = look(letter=letter, people=people)
    if found.recorded is not None:
        raise Refused(_("This batch was recorded before."))
    if not people:
        raise Refused(_("There is nobody in this batch."))
    chronicling.paper(letter=letter, digest=found.digest, people=found.people, by=by, at=now)
    return found
