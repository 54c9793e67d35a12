"""What opens a signature's entry in the log: made when it is confirmed, sealed under the letter's
key, forgotten with the person. Openings are never published."""

import secrets
from dataclasses import dataclass, field

import structlog

from campaigns import sealing
from signatures import mailbox, personal
from signatures.log import commitment
from signatures.log.commitment import SEED, Signer
from signatures.log.lines import HASH
from signatures.mailbox import Mailbox
from signatures.models import Signature
from signatures.proof import domainclass, letterkeys

log = structlog.get_logger(__name__)

STORED = ("commitment", "seed_sealed", "domain_class")
_ANSWERS = ("title", "affiliation", "place", "comment", "group")
_SIZE = SEED + HASH * len(commitment.Field)


class Gone(Exception):
    """Nothing opens this entry any more: the person or the letter's key is forgotten."""


@dataclass(frozen=True)
class Opening:
    """The seed of a commitment, 32 bytes, and its five parts, 32 bytes each, as they were logged.

    The parts are kept too: names, addresses and digests of the row may be others by now, or gone.
    """

    seed: bytes = field(repr=False)
    parts: tuple[bytes, ...] = field(repr=False)

    @property
    def commitment(self) -> bytes:
        return commitment.combined(self.parts)

    def __bytes__(self) -> bytes:
        return self.seed + b"".join(self.parts)


def commit(
    signature: Signature, *, key: letterkeys.LetterKey | None = None, box: Mailbox | None = None
) -> None:
    """Write a fresh commitment, its opening and the domain's class into the row. Saves nothing.

    `key` is the letter's and `box` the signer's, for who commits to many and knows them. Who is
    forgotten already, or whose letter's key was destroyed, gets a commitment that nothing opens.
    Raises Unsealable while FIELD_KEYS are not the right ones.
    """
    signature.commitment, signature.seed_sealed = secrets.token_bytes(HASH), None
    signer = signer_of(signature, box)
    if signer is None:
        return
    signature.domain_class = signer.domain_class
    try:
        key = key or letterkeys.of(signature.letter.uid)
    except letterkeys.Destroyed:
        return  # who confirmed counts all the same
    made = _made(signature.letter.uid.bytes, signer)
    signature.commitment = made.commitment
    signature.seed_sealed = key.seal(bytes(made), row=signature.uid.bytes)


def commit_anyhow(signature: Signature) -> None:
    """The same for the sequencer, whom one letter's unreadable key must not keep from counting all
    others; whoever presses the button is rather told to come back."""
    try:
        commit(signature)
    except (OSError, sealing.Unsealable) as error:
        fault = type(error).__name__
        log.error("a letter's key cannot be read", letter=signature.letter_id, fault=fault)  # noqa: TRY400 - its text names a file


def opening_of(signature: Signature) -> Opening:
    """Raises Gone."""
    if signature.seed_sealed is None:
        raise Gone
    try:
        key = letterkeys.of(signature.letter.uid)
        plain = key.unseal(bytes(signature.seed_sealed), row=signature.uid.bytes)
    except (letterkeys.Destroyed, letterkeys.Unopened, sealing.Unsealable):
        raise Gone from None
    if len(plain) != _SIZE:
        raise Gone
    parts = tuple(plain[start : start + HASH] for start in range(SEED, _SIZE, HASH))
    return Opening(plain[:SEED], parts)


def signer_of(signature: Signature, box: Mailbox | None = None) -> Signer | None:
    """What is committed to about this person, as the row has it now; None once too much is gone."""
    forgotten = signature.erased_at is not None or signature.identity_erased_at is not None
    if forgotten or signature.email_sealed is None:
        return None
    try:
        box = box or mailbox.parse(personal.address_of(signature))
    except mailbox.BadAddress:
        return None
    return Signer(
        name=signature.name if signature.public else "",
        address=box.canonical,
        domain_class=domainclass.of(box.address.rpartition("@")[2]),
        mailbox=mailbox.digest(box, letter=signature.letter.uid.bytes),
        answers=_answers(signature),
    )


def _answers(signature: Signature) -> bytes:
    """What is shown besides the name; of who withholds it, nothing is."""
    if not signature.public:
        return b""
    said = {name: getattr(signature, name) for name in (*_ANSWERS, "country")}
    return commitment.canonical_answers({name: value for name, value in said.items() if value})


def _made(letter: bytes, signer: Signer) -> Opening:
    seed = secrets.token_bytes(SEED)
    parts = tuple(
        commitment.field_commitment(commitment.salt(seed, number), number, letter, value)
        for number, value in enumerate(signer.values())
    )
    return Opening(seed, parts)
