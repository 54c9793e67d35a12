"""A snapshot in the words of a document: its rows as others see them, its facts, its volumes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import text
from campaigns.models import Letter, Revision
from signatures import personal
from signatures.exports import certificate
from signatures.exports.document import Certificate, Document, OrganiserRow, Row
from signatures.exports.wish import KEYS, PDF
from signatures.exports.wording import words
from signatures.services.snapshotting import Record, Snapshot


@dataclass(frozen=True, slots=True)
class Part:
    """What one volume holds: rows from `first` up to `end`, counted from nought."""

    first: int
    end: int
    key: str = ""


def printed(snapshot: Snapshot, part: Part | None = None) -> Iterator[Row]:
    """For the target and the public: withheld signatories as nothing but a position."""
    today = snapshot.moment.date()
    first, end = (part.first, part.end) if part else (0, None)
    for position, pinned, signature in snapshot.rows(first, end):
        signed_on = signature.day or today
        if not signature.public:
            yield Row(position=position, name="", signed_on=signed_on, withheld=True)
            continue
        yield Row(
            position=position,
            name=signature.name,
            title=signature.title,
            affiliation=signature.affiliation,
            place=signature.place,
            country=signature.country,
            signed_on=signed_on,
            comment=signature.comment,
            group=signature.group,
            pinned=pinned,
        )


def organisers(snapshot: Snapshot) -> Iterator[OrganiserRow]:
    """For the organiser: withheld fields too; an address only of who asked for updates. Of a
    letter without names nobody learns one, in the hours before they are erased either."""
    today = snapshot.moment.date()
    if snapshot.letter.anonymous_hours is not None:
        yield from _nameless(snapshot)
        return
    for position, _pinned, signature in snapshot.rows():
        person = personal.person_of(signature)
        yield OrganiserRow(
            position=position,
            name=person.name,
            title=person.title,
            affiliation=person.affiliation,
            place=person.place,
            country=signature.country,
            signed_on=signature.day or today,
            comment=person.comment,
            group=person.group,
            withheld=not signature.public,
            email=_address(signature),
            updates=signature.updates,
            language=signature.language,
            ref=signature.ref,
            public=signature.public,
        )


def _nameless(snapshot: Snapshot) -> Iterator[OrganiserRow]:
    today = snapshot.moment.date()
    with translation.override(words(snapshot.letter.language)):
        withheld = _("name withheld")
    for position, _pinned, signature in snapshot.rows():
        signed_on = signature.day or today
        yield OrganiserRow(
            position=position, name=withheld, signed_on=signed_on, withheld=True, public=False
        )


def _address(signature: Record) -> str:
    return personal.address_of(signature) if signature.updates else ""


def document(snapshot: Snapshot) -> Document:
    """Everything a file says besides the rows. Raises NotPrinted when it can't be signed."""
    wish = snapshot.wish
    return replace(
        _facts(snapshot),
        checkpoint=snapshot.vouched.checkpoint,
        unproven=snapshot.vouched.unproven,
        certificate=_certificate() if wish.format == PDF and wish.sign else None,
    )


def _facts(snapshot: Snapshot) -> Document:
    letter, wish, totals = snapshot.letter, snapshot.wish, snapshot.totals
    revision = _revision(letter)
    return Document(
        title=revision.title,
        body_html=text.stored(revision.body_html),
        language=revision.language,
        targets=tuple((one["name"], one["role"]) for one in revision.targets),
        sender=revision.sender,
        accent=letter.accent,
        count=totals.count,
        revision=revision.number,
        revision_sha256=revision.sha256,
        snapshot=snapshot.moment,
        url=f"{settings.SITE_URL}{letter.get_absolute_url()}",
        summary=revision.summary,
        revision_published_at=revision.created_at,
        seats=letter.seats,
        anonymous_hours=letter.anonymous_hours or 0,
        sort=wish.sort,
        withheld_count=totals.withheld,
        withdrawn_count=totals.withdrawn,
        invalidated_count=totals.invalidated,
        paper_count=totals.paper,
        comment_count=totals.comments,
        earlier_count=totals.earlier,
        first_signed_on=totals.first,
        last_signed_on=totals.last,
        opened_on=letter.published_at.date() if letter.published_at else None,
        closed_on=letter.closed_at.date() if letter.closed_at else None,
        curve=totals.curve,
        layout=wish.layout,
        columns=wish.columns,
        public_only=wish.public_only,
        grouping=wish.grouping,
        groups=_groups(snapshot, Part(0, len(snapshot))),
    )


def _revision(letter: Letter) -> Revision:
    if letter.revision is None:
        raise ValueError("an unpublished letter has no signatures")
    return letter.revision


def _certificate() -> Certificate:
    found = certificate.describe()
    return Certificate(
        subject=found.subject,
        fingerprint=found.fingerprint,
        self_signed=found.self_signed,
    )


def parts(snapshot: Snapshot, *, largest: int) -> list[Part]:
    """The volumes wanted, and more where one would hold more than `largest` signatories."""
    by_key = snapshot.wish.volumes in KEYS
    wanted = _by_key(snapshot) if by_key else [Part(0, len(snapshot))]
    return [piece for part in wanted for piece in _cut(part, snapshot.wish.size, largest)]


def _by_key(snapshot: Snapshot) -> list[Part]:
    found: list[Part] = []
    for section in snapshot.sections:
        first = section.first
        if found and found[-1].key == section.key:
            first = found.pop().first
        found.append(Part(first, section.end, section.key))
    return found or [Part(0, 0)]


def _cut(part: Part, size: int, largest: int) -> list[Part]:
    """As many as wanted in each; where nobody said how many, about the same in each."""
    count = part.end - part.first
    if not size or size > largest:
        size = max(1, -(-count // -(-count // largest))) if count else 1
    starts = range(part.first, part.end, size) or [part.first]
    return [Part(start, min(start + size, part.end), part.key) for start in starts]


def volume(whole: Document, snapshot: Snapshot, part: Part, *, number: int, of: int) -> Document:
    """The document of one volume among several."""
    return replace(
        whole,
        part=number,
        parts=of,
        volumes=snapshot.wish.volumes if snapshot.wish.volumes in KEYS else "rows",
        part_label=part.key,
        first_position=part.first + 1,
        last_position=part.end,
        groups=_groups(snapshot, part),
    )


def _groups(snapshot: Snapshot, part: Part) -> tuple[tuple[str, int], ...]:
    if not snapshot.wish.grouping:
        return ()
    within = (
        (section.key, min(section.end, part.end) - max(section.first, part.first))
        for section in snapshot.sections
        if not section.pinned and not section.apart
    )
    return tuple((key, count) for key, count in within if count > 0)
