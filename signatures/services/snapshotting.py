"""One look at a letter's signatures, as rows to print: positions, never numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings
from django.db.models import F, Max, Min
from django.utils import timezone

from campaigns import text
from campaigns.embeds.curve import cumulate
from campaigns.models import Letter, Tally
from signatures import personal
from signatures.exports.document import Document, OrganiserRow, Row
from signatures.models import Signature
from signatures.querysets import SignatureQuerySet

ORDERS = {
    # Within a day by name: the exact moment of signing is nobody's business.
    "date": (F("pinned").asc(nulls_last=True), "day", "-public", "name_key", "uid"),
    "name": (F("pinned").asc(nulls_last=True), "-public", "name_key", "uid"),
}
SLICE = 2_000
PRINTED = (
    *personal.FIELDS,
    "uid",
    "withheld_sealed",
    "email_sealed",
    "country",
    "day",
    "public",
    "updates",
    "language",
    "ref",
)


@dataclass(frozen=True)
class Look:
    """What was there at `moment`. Read it inside one transaction."""

    letter: Letter
    tally: Tally
    sort: str
    public_only: bool
    moment: datetime

    @cached_property
    def counted(self) -> SignatureQuerySet:
        return Signature.objects.counted().filter(letter=self.letter)

    @cached_property
    def rows(self) -> SignatureQuerySet:
        return self.counted.filter(public=True) if self.public_only else self.counted

    @cached_property
    def total(self) -> int:
        return self.rows.count()

    def printed(self) -> Iterator[Row]:
        """For the target and the public: withheld signatories as nothing but a position."""
        for position, signature in enumerate(self._sorted(), start=1):
            if signature.public:
                person = personal.person_of(signature)
                yield Row(
                    position=position,
                    name=person.name,
                    title=person.title,
                    affiliation=person.affiliation,
                    place=person.place,
                    country=signature.country,
                    comment=person.comment,
                    signed_on=signature.day or self.moment.date(),
                )
            else:
                yield Row(
                    position=position,
                    name="",
                    signed_on=signature.day or self.moment.date(),
                    withheld=True,
                )

    def organisers(self) -> Iterator[OrganiserRow]:
        """For the organiser: withheld fields too; an address only of who asked for updates."""
        for position, signature in enumerate(self._sorted(), start=1):
            person = personal.person_of(signature)
            yield OrganiserRow(
                position=position,
                name=person.name,
                title=person.title,
                affiliation=person.affiliation,
                place=person.place,
                country=signature.country,
                signed_on=signature.day or self.moment.date(),
                comment=person.comment,
                withheld=not signature.public,
                email=personal.address_of(signature) if signature.updates else "",
                updates=signature.updates,
                language=signature.language,
                ref=signature.ref,
                public=signature.public,
            )

    def document(self) -> Document:
        """Everything a PDF prints besides the rows."""
        revision = self.letter.revision
        if revision is None:
            raise ValueError("an unpublished letter has no signatures")
        days = self.counted.aggregate(first=Min("day"), last=Max("day"))
        return Document(
            title=revision.title,
            body_html=text.stored(revision.body_html),
            language=revision.language,
            targets=tuple((one["name"], one["role"]) for one in revision.targets),
            sender=revision.sender,
            accent=self.letter.accent,
            count=self.counted.count(),
            revision=revision.number,
            revision_sha256=revision.sha256,
            snapshot=self.moment,
            url=f"{settings.SITE_URL}{self.letter.get_absolute_url()}",
            sort=self.sort,
            withheld_count=self.counted.filter(public=False).count(),
            withdrawn_count=self.tally.withdrawn,
            invalidated_count=self.tally.invalidated,
            paper_count=self.tally.paper,
            first_signed_on=days["first"],
            last_signed_on=days["last"],
            opened_on=self.letter.published_at.date() if self.letter.published_at else None,
            closed_on=self.letter.closed_at.date() if self.letter.closed_at else None,
            curve=self._curve(),
        )

    def _curve(self) -> tuple[int, ...]:
        hours = list(self.letter.growth.order_by("hour").values_list("hour", "signed", "cancelled"))
        if not hours:
            return ()
        steps = cumulate(
            ((hour, signed - cancelled) for hour, signed, cancelled in hours),
            start=hours[0][0],
            end=hours[-1][0] + 1,
        )
        return tuple(count for _, count in steps)

    def _sorted(self) -> Iterator[Signature]:
        rows = self.rows.only(*PRINTED)  # a third of the time went into columns nobody prints
        return rows.order_by(*ORDERS[self.sort]).iterator(chunk_size=SLICE)


def look(letter: Letter, *, sort: str, public_only: bool) -> Look:
    """The letter's totals and rows as they are now, to the second."""
    fresh = Letter.objects.for_page().get(pk=letter.pk)
    moment = timezone.now().astimezone(UTC).replace(microsecond=0)
    return Look(fresh, fresh.tally, sort, public_only, moment)
