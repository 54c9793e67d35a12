"""What one batch adds to the log, and where that leaves each letter.

A `Book` computes in memory; only `write` changes the database. A letter's totals here and in its
entries are the same by construction, and its tally is set to them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Model

from campaigns.models import Letter, LetterEvent, Tally
from signatures.counting.totals import totals
from signatures.log import leaf, store
from signatures.log.leaf import DAY, NONE, Entry, Kind, Method
from signatures.models import Breakdown, Chain, Head, Signature

SECONDS = 3600 * DAY
_METHODS: dict[int, int] = {
    Signature.Method.SYNTHETIC: Method.IMPORTED
}  # made-up people are a class to see
_COUNTED = {Kind.SIGNED, Kind.WITHDRAWN, Kind.INVALIDATED, Kind.PAPER}


class Book:
    """The entries of a batch, each letter's going on from where its chain ends."""

    def __init__(self, head: Head, now: datetime) -> None:
        self.at = head.size
        self.hour = max(head.hour, int(now.timestamp()) // SECONDS * DAY)  # whole days only
        self.entries: list[bytes] = []
        self.chains: dict[int, Chain] = {}
        self.tallies: dict[int, Tally] = {}
        self.cancelled: set[int] = set()  # indexes of signatures that entries of this batch cancel
        self.behind: set[int] = set()  # letters whose count is not what the log says
        self._letters: dict[int, bytes] = {}
        self._paper: Counter[int] = Counter()
        self._people: Counter[tuple[int, Kind, int, int]] = Counter()
        self._now = now

    @property
    def size(self) -> int:
        """The log's, once this is written."""
        return self.at + len(self.entries)

    def open(self, letters: Iterable[int]) -> None:
        """Lock where these letters stand."""
        wanted = set(letters)
        known = Letter.objects.filter(pk__in=wanted).values_list("pk", "uid")
        self._letters = {pk: uid.bytes for pk, uid in known}
        tallies = Tally.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
        self.tallies = {tally.pk: tally for tally in tallies}
        chains = Chain.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
        self.chains = {pk: Chain(letter_id=pk) for pk in wanted}
        self.chains |= {chain.pk: chain for chain in chains}
        self.behind = {pk for pk, tally in self.tallies.items() if not self.agrees(tally)}

    def agrees(self, tally: Tally) -> bool:
        return totals(tally) == totals(self.chains[tally.pk])

    def uid(self, letter: int) -> bytes:
        return self._letters[letter]

    # --- Entries ----------------------------------------------------------------------------------
    def version(self, letter: int, digest: bytes) -> int:
        """The index of the new entry; so do the others."""
        index = self._add(letter, Kind.VERSION, NONE, commit=digest)
        self.chains[letter].version = index
        return index

    def signed(
        self, letter: int, *, version: int, method: int, commitment: bytes, domain: int | None
    ) -> int:
        """The signature's number is the letter's `signed` afterwards."""
        self.chains[letter].signed += 1
        detail = _METHODS.get(method, method)
        return self._add(letter, Kind.SIGNED, version, detail, commitment, domain)

    def withdrawn(self, letter: int, signed: int, *, domain: int | None) -> int:
        self.chains[letter].withdrawn += 1
        self.cancelled.add(signed)
        return self._add(letter, Kind.WITHDRAWN, signed, domain=domain)

    def invalidated(self, letter: int, signed: int, *, reason: int, domain: int | None) -> int:
        self.chains[letter].invalidated += 1
        self.cancelled.add(signed)
        return self._add(letter, Kind.INVALIDATED, signed, reason, domain=domain)

    def event(self, event: LetterEvent) -> int:
        """What else happened to the letter: closed, handed over, signed on paper."""
        kind, letter = Kind(event.kind), event.letter_id
        digest = leaf.NOTHING if event.digest is None else bytes(event.digest)
        if kind is Kind.VERSION:
            return self.version(letter, digest)
        chain = self.chains[letter]
        if kind is Kind.PAPER:
            self._paper[letter] += event.people
            return self._add(letter, kind, event.people, commit=digest)
        chain.closed = chain.closed or kind is Kind.CLOSED
        assert chain.version is not None
        return self._add(letter, kind, chain.version, commit=digest)

    def _add(
        self,
        letter: int,
        kind: Kind,
        ref: int,
        detail: int = 0,
        commit: bytes = leaf.NOTHING,
        domain: int | None = 0,
    ) -> int:
        chain, index = self.chains[letter], self.size
        prev = NONE if chain.last is None else chain.last
        entry = Entry(kind, self.uid(letter), self.hour, ref, prev, *totals(chain), commit, detail)
        self.entries.append(leaf.encode(entry))
        chain.last = index
        if kind in _COUNTED:
            people = ref if kind is Kind.PAPER else 1
            self._people[letter, kind, detail, domain or 0] += people
        return index

    # --- Writing ----------------------------------------------------------------------------------
    def write(self) -> None:
        """Raises IntegrityError when another sequencer has appended meanwhile."""
        store.append(self.entries, self.at)
        self._write_chains()
        self._write_tallies()
        self._write_breakdown()

    def _write_chains(self) -> None:
        _many(
            f"INSERT INTO {table(Chain)} "  # noqa: S608 - names of ours
            "(letter_id, last, version, signed, withdrawn, invalidated, closed) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (letter_id) DO UPDATE SET "
            "last = excluded.last, version = excluded.version, signed = excluded.signed, "
            "withdrawn = excluded.withdrawn, invalidated = excluded.invalidated, "
            "closed = excluded.closed",
            [
                (pk, chain.last, chain.version, *totals(chain), chain.closed)
                for pk, chain in sorted(self.chains.items())
                if chain.last is not None and chain.last >= self.at
            ],
        )

    def _write_tallies(self) -> None:
        """Of letters that are still being caught up with the count stays what it was."""
        _many(
            f"UPDATE {table(Tally)} SET signed = %s, withdrawn = %s, invalidated = %s, "  # noqa: S608 - as above
            "paper = paper + %s, moved_at = %s WHERE letter_id = %s",
            [
                (*totals(self.chains[pk]), self._paper[pk], self._now, pk)
                for pk, tally in sorted(self.tallies.items())
                if pk not in self.behind and (self._paper[pk] or not self.agrees(tally))
            ],
        )

    def _write_breakdown(self) -> None:
        _many(
            f"INSERT INTO {table(Breakdown)} AS known "  # noqa: S608 - as above
            "(letter_id, day, kind, detail, domain_class, people) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (letter_id, day, kind, detail, domain_class) "
            "DO UPDATE SET people = known.people + excluded.people",
            [
                (letter, self.hour // DAY, int(kind), detail, domain, people)
                for (letter, kind, detail, domain), people in sorted(self._people.items())
            ],
        )


def table(model: type[Model]) -> str:
    """Its name, quoted for statements that the ORM would write too slowly."""
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented name


def _many(sql: str, rows: list[tuple[int | str | datetime | None, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
