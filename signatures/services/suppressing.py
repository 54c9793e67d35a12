"""Suppressing: a mailbox whose owner wants no mail gets none, about one letter or about any.

What is kept is the installation's digest of the mailbox, never the address. Asking costs one
statement and is done for everybody, so that no page can tell whose mailbox it is.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from campaigns.models import Letter
from signatures.models import Erasure, Suppressed
from signatures.services import journalling


@transaction.atomic
def suppress(*, letter: Letter | None, digest: bytes, now: datetime) -> None:
    """No mail of this letter (None: of this installation) goes to that mailbox any more.

    `digest` is its `mailbox_anywhere`. Twice changes nothing.
    """
    _row, is_new = Suppressed.objects.get_or_create(
        mailbox_anywhere=digest, letter=letter, defaults={"since": now.date()}
    )
    if is_new:
        journalling.note(
            Erasure.Kind.SUPPRESSED, letter=letter.uid if letter else None, digest=digest, now=now
        )


@transaction.atomic
def allow(*, letter: Letter | None, digest: bytes) -> None:
    """The owner says it was a mistake: mail may go there again."""
    Suppressed.objects.filter(mailbox_anywhere=digest, letter=letter).delete()
    # What the clock has not written into the journal yet is true no more.
    Erasure.objects.filter(
        kind=Erasure.Kind.SUPPRESSED,
        letter=letter.uid if letter else None,
        mailbox_anywhere=digest,
    ).delete()


def is_suppressed(letter: int | None, digest: bytes | memoryview | None) -> bool:
    """Whether that mailbox gets no mail of the letter with this key: one statement, always.

    None asks of mails that are about several letters: those stop only when all do.
    """
    meant = Q(letter__isnull=True) if letter is None else Q(letter__isnull=True) | Q(letter=letter)
    return Suppressed.objects.filter(meant, mailbox_anywhere=digest or b"").exists()
