"""Reenacting: entries that came back into the database happen to its letters once more.

The log is right about what happened and knows nobody. Whoever can be told again by their number or
commitment is; for the others stands a signature of which only the number is known, as if its
signer had been erased.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from django.db.models import F

from campaigns.models import Letter, LetterEvent, Revision, Tally
from signatures.log import leaf, store
from signatures.log.leaf import Entry, Kind
from signatures.models import Breakdown, Chain, Head, Notice, Signature
from signatures.services import erasing, numbering
from signatures.services.numbering import Outcome

SLICE = 1_000
State = Signature.State


@dataclass
class Loss:
    """Of one letter, what stands in the log and nowhere else: `slug` is empty for a letter that is
    gone itself. Indexes are those of the entries."""

    slug: str
    uid: str
    signatures: list[int] = field(default_factory=list)  # numbers whose people's data is gone
    forgotten: list[int] = field(default_factory=list)  # numbers of who withdrew, erased again now
    versions: list[int] = field(default_factory=list)
    deliveries: list[int] = field(default_factory=list)
    closed: bool = False  # and closed again now


def reenact(head: Head, size: int, *, now: datetime) -> list[Loss]:
    """Let the entries from where the database believed the log to end up to `size` happen."""
    acting = _Acting(now)
    hour = head.hour
    for start in range(head.size, size, SLICE):
        for index, raw in enumerate(store.read(start, min(start + SLICE, size)), start):
            entry = leaf.decode(raw)
            hour = max(hour, entry.hour)
            acting.take(index, entry)
    acting.close()
    Head.objects.filter(pk=1).update(size=max(size, head.size), hour=hour, batch=F("batch") + 1)
    return [loss for loss in acting.losses.values() if loss != Loss(loss.slug, loss.uid)]


class _Acting:
    """Letters while entries happen to them."""

    def __init__(self, now: datetime) -> None:
        self.losses: dict[bytes, Loss] = {}
        self._now = now
        self._letters: dict[bytes, Letter | None] = {}
        self._chains: dict[int, Chain] = {}
        self._waiting: dict[int, dict[bytes, int]] = {}
        self._people: dict[tuple[int, int, int, int, int], int] = defaultdict(int)

    def take(self, index: int, entry: Entry) -> None:
        letter = self._letter(entry.letter)
        if letter is None:
            if entry.kind is Kind.SIGNED:
                self.losses[entry.letter].signatures.append(entry.signed)
            return
        domain = 0
        if entry.kind is Kind.SIGNED:
            domain = self._sign(letter, index, entry)
        elif entry.kind in {Kind.WITHDRAWN, Kind.INVALIDATED}:
            domain = self._cancel(letter, entry)
        else:
            self._event(letter, index, entry)
        self._follow(letter, index, entry, domain)

    def close(self) -> None:
        """Write what adds up."""
        for pk, chain in self._chains.items():
            Chain.objects.update_or_create(
                pk=pk,
                defaults={
                    name: getattr(chain, name)
                    for name in ("last", "version", "signed", "withdrawn", "invalidated", "closed")
                },
            )
            Tally.objects.filter(pk=pk).update(
                signed=chain.signed,
                withdrawn=chain.withdrawn,
                invalidated=chain.invalidated,
                moved_at=self._now,
            )
        for (pk, day, kind, detail, domain), people in self._people.items():
            row, _ = Breakdown.objects.get_or_create(
                letter_id=pk, day=day, kind=kind, detail=detail, domain_class=domain
            )
            Breakdown.objects.filter(pk=row.pk).update(people=F("people") + people)

    def _letter(self, uid: bytes) -> Letter | None:
        if uid not in self._letters:
            letter = Letter.objects.filter(uid=uid.hex()).first()
            self._letters[uid] = letter
            self.losses[uid] = Loss(letter.slug if letter else "", uid.hex())
            if letter:
                chain = Chain.objects.filter(pk=letter.pk).first()
                self._chains[letter.pk] = chain or Chain(letter=letter)
        return self._letters[uid]

    def _follow(self, letter: Letter, index: int, entry: Entry, domain: int) -> None:
        chain = self._chains[letter.pk]
        chain.last = index
        chain.signed, chain.withdrawn = entry.signed, entry.withdrawn
        chain.invalidated = entry.invalidated
        if entry.kind is Kind.VERSION:
            chain.version = index
        chain.closed = chain.closed or entry.kind is Kind.CLOSED
        if entry.kind in {Kind.SIGNED, Kind.WITHDRAWN, Kind.INVALIDATED, Kind.PAPER}:
            key = (letter.pk, entry.hour // leaf.DAY, int(entry.kind), entry.detail, domain)
            self._people[key] += entry.ref if entry.kind is Kind.PAPER else 1

    # --- People -----------------------------------------------------------------------------------
    def _sign(self, letter: Letter, index: int, entry: Entry) -> int:
        """Confirmed before the backup and numbered after it: then the commitment waits there."""
        row = self._known(letter, entry.commit)
        if row is None:
            row = self._nobody(letter, entry)
            self.losses[entry.letter].signatures.append(entry.signed)
        outcome = Outcome(numbered={row.pk: (entry.signed, index)})
        numbering.write_rows([row], outcome)
        numbering.write_growth([row], outcome, self._now)
        if row.state != State.CONFIRMED:  # taken back before the backup, and not yet logged
            Signature.objects.filter(pk=row.pk).update(news=True)
        return row.domain_class or 0

    def _known(self, letter: Letter, commitment: bytes) -> Signature | None:
        """Those who wait are read once: nothing finds a row by its commitment, and a letter has
        a million."""
        if letter.pk not in self._waiting:
            rows = Signature.objects.filter(letter=letter, commitment__isnull=False)
            found = rows.values_list("commitment", "pk")
            self._waiting[letter.pk] = {bytes(made or b""): pk for made, pk in found}
        pk = self._waiting[letter.pk].get(commitment)
        return None if pk is None else Signature.objects.get(pk=pk)

    def _nobody(self, letter: Letter, entry: Entry) -> Signature:
        at = datetime.fromtimestamp(entry.hour * 3600, UTC)
        return Signature.objects.create(
            letter=letter,
            revision=self._revision(letter, entry.ref),
            state=State.CONFIRMED,
            method=entry.detail,
            language=letter.language,
            notice=_notice(letter.language),
            consented_at=at,
            asked_at=at,
            mails_since=at,
            confirmed_at=at,
            erased_at=self._now,
            generation=1,
        )

    def _revision(self, letter: Letter, version: int) -> Revision:
        event = LetterEvent.objects.filter(letter=letter, index=version).first()
        if event and event.revision:
            return event.revision
        return Revision.objects.filter(letter=letter).latest("number")

    def _cancel(self, letter: Letter, entry: Entry) -> int:
        """Whoever withdrew since the backup is forgotten: nobody knows any more whether they asked
        for it. Of whom the database knows that they withdrew it also knows what they wanted."""
        number = leaf.decode(store.read(entry.ref, entry.ref + 1)[0]).signed
        row = Signature.objects.filter(letter=letter, number=number).first()
        if row is None:  # put back since, under another number
            return 0
        withdrawn, was_known = entry.kind is Kind.WITHDRAWN, row.state == State.WITHDRAWN
        domain = row.domain_class or 0
        if row.is_signing_anew:  # asked for before the backup: what they signed comes next
            renewed = (row.renewed or 0) + 1
            Signature.objects.filter(pk=row.pk).update(counted=False, renewed=renewed)
            numbering.write_growth([row], Outcome(cancelled={row.pk}), self._now)
            return domain
        row.state = State.WITHDRAWN if withdrawn else State.INVALIDATED
        row.cancelled_at = self._now
        row.counted = row.news = False
        row.pinned = None
        row.save(update_fields=["state", "cancelled_at", "counted", "news", "pinned"])
        numbering.write_growth([row], Outcome(cancelled={row.pk}), self._now)
        if row.erased_at is not None:
            numbering.forget_places([row.pk])  # it was kept for this entry only
        elif withdrawn and not was_known:
            erasing.erase(uid=row.uid, now=self._now)
            self.losses[entry.letter].forgotten.append(number)
        return domain

    # --- Letters ----------------------------------------------------------------------------------
    def _event(self, letter: Letter, index: int, entry: Entry) -> None:
        loss, kind = self.losses[entry.letter], int(entry.kind)
        digest = None if entry.commit == leaf.NOTHING else entry.commit
        found = LetterEvent.objects.filter(letter=letter, kind=kind, digest=digest, index=None)
        event = found.first()
        if event is not None:
            LetterEvent.objects.filter(pk=event.pk).update(index=index)
        else:
            people = entry.ref if entry.kind is Kind.PAPER else 0
            LetterEvent.objects.create(
                letter=letter, kind=kind, digest=digest, people=people, at=self._now, index=index
            )
        if entry.kind is Kind.VERSION and event is None:
            loss.versions.append(index)
        elif entry.kind is Kind.DELIVERED and event is None:
            loss.deliveries.append(index)
        elif entry.kind is Kind.PAPER:
            Tally.objects.filter(pk=letter.pk).update(paper=F("paper") + entry.ref)
        elif entry.kind is Kind.CLOSED and letter.state != Letter.State.CLOSED:
            Letter.objects.filter(pk=letter.pk).update(
                state=Letter.State.CLOSED, closed_at=self._now
            )
            loss.closed = True


def _notice(language: str) -> Notice:
    """Which notice they saw is not known any more."""
    known = Notice.objects.order_by("-pk").first()
    return known or Notice.objects.create(
        sha256=sha256(b"").hexdigest(), language=language, text=""
    )
