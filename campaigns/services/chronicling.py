"""Chronicling: what happens to a letter is noted for the log, in the transaction that does it.

The sequencer logs it a moment later. Nothing is ever noted twice.
"""

from datetime import datetime

from campaigns.models import Letter, LetterEvent, Organiser, Revision

Kind = LetterEvent.Kind


def versions(*revisions: Revision) -> None:
    """These texts may be signed."""
    LetterEvent.objects.bulk_create(
        LetterEvent(
            letter_id=revision.letter_id,
            kind=Kind.VERSION,
            revision=revision,
            digest=bytes.fromhex(revision.sha256),
            at=revision.created_at,
        )
        for revision in revisions
    )


def closed(*, letter: Letter, at: datetime) -> None:
    """Nobody can sign or confirm any more."""
    LetterEvent.objects.get_or_create(letter=letter, kind=Kind.CLOSED, defaults={"at": at})


def delivered(*, letter: Letter, sha256: str, at: datetime) -> None:
    """A file, known by its digest in hex, was handed over."""
    LetterEvent.objects.get_or_create(
        letter=letter, kind=Kind.DELIVERED, digest=bytes.fromhex(sha256), defaults={"at": at}
    )


def paper(
    *, letter: Letter, digest: bytes, people: int, at: datetime, by: Organiser | None = None
) -> None:
    """A batch of signatures on paper, known by its digest of 32 bytes. The sequencer counts it."""
    LetterEvent.objects.get_or_create(
        letter=letter,
        kind=Kind.PAPER,
        digest=digest,
        defaults={"people": people, "by": by, "at": at},
    )
