"""Where the log has the digest of a file that was handed over, for whoever holds the file."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from campaigns.models import Letter, LetterEvent
from signatures.proof import proving, standing, stopped
from signatures.proof.proving import NotYet

_DELIVERED = LetterEvent.Kind.DELIVERED


@dataclass(frozen=True)
class Entered:
    """A digest's entry in the log; `index` is None until the sequencer has come to it."""

    sha256: str
    index: int | None
    published: bool  # a signed checkpoint covers it: it can be proven
    why: str | Promise = ""  # it takes longer than a minute


def of(letter: Letter, digests: Iterable[str]) -> dict[str, Entered]:
    """By digest in hex; those of files that were handed over before there was a log are missing."""
    wanted = [bytes.fromhex(digest) for digest in digests if digest]
    rows = LetterEvent.objects.filter(letter=letter, kind=_DELIVERED, digest__in=wanted)
    places = {
        bytes(digest or b"").hex(): index for digest, index in rows.values_list("digest", "index")
    }
    if not places:
        return {}
    now = standing.standing()
    why = stopped.in_full(now.frozen_because)
    return {
        sha256: Entered(sha256, index, index is not None and index < now.size, why)
        for sha256, index in places.items()
    }


def proof(letter: Letter, sha256: str) -> bytes:
    """The proof that the log has this digest; its `extra` is the entry. Raises NotYet."""
    digest = bytes.fromhex(sha256)
    event = LetterEvent.objects.filter(letter=letter, kind=_DELIVERED, digest=digest).first()
    if event is None:
        raise NotYet(_("No file with this checksum was handed over."))
    if event.index is None:
        raise NotYet(_("This checksum is not in the log yet. Look again in a minute."))
    return bytes(proving.tree().entry_proof(event.index))
