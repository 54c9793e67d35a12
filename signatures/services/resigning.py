"""Re-signing: who signed an earlier text of the letter signs the one it has now.

The signature keeps its row and its links. The sequencer logs the old entry as withdrawn and a new
one as signed, in one batch: the count doesn't move, and the signer gets a new number.
"""

import uuid
from datetime import datetime

from django.db import transaction

from campaigns.services import publishing
from signatures.models import Consent, Signature
from signatures.proof import openings
from signatures.services import consenting
from signatures.services.consenting import Said

State = Signature.State
_SIGNED_ANEW = (*openings.STORED, "revision", "changed_at", "news")


class Refused(Exception):
    """Why the newer text can't be signed; `args[0]` is one of the reasons below."""

    GONE, CLOSED, CHANGED = (
        "gone",  # it doesn't count, or its person is forgotten
        "closed",
        "changed",  # the letter has a newer text than the one on the page
    )

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def may_resign(signature: Signature, now: datetime) -> bool:
    """Whether there is a newer text, and time to sign it. `signature.letter` is at hand."""
    letter = signature.letter
    newer = letter.revision_id is not None and letter.revision_id != signature.revision_id
    return newer and _counts(signature) and letter.takes_confirmations(now)


@transaction.atomic
def resign(*, uid: uuid.UUID, revision: int, now: datetime, said: Said | None = None) -> Signature:
    """Sign the letter's newest text. Twice changes nothing.

    `revision` is the number of the text on the page where the button was pressed.
    """
    rows = Signature.objects.select_related("letter__revision").select_for_update(of=("self",))
    signature = rows.filter(uid=uid).first()
    if signature is None or not _counts(signature):
        raise Refused(Refused.GONE)
    letter = signature.letter
    if not letter.takes_confirmations(now) or not publishing.keep_open(letter=letter.pk):
        raise Refused(Refused.CLOSED)
    current = letter.revision
    if current is None or current.number != revision:
        raise Refused(Refused.CHANGED)
    if signature.revision_id == current.pk:
        return signature
    signature.revision = current
    if signature.counted and signature.commitment is None:
        _commit_anew(signature)
        signature.changed_at = now
        signature.news = True
    signature.save(update_fields=_SIGNED_ANEW)
    consenting.heard(signature, Consent.About.TEXT, said, given=True, now=now)
    return signature


def _commit_anew(signature: Signature) -> None:
    """The kind of mailbox stays what the first entry said, so that withdrawing that one takes away
    what it added."""
    kind = signature.domain_class
    openings.commit(signature)
    signature.domain_class = kind


def _counts(signature: Signature) -> bool:
    return signature.state == State.CONFIRMED and signature.erased_at is None
