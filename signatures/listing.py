"""The public list: who signed and shows it, page by page, by day or by name, and by word.

Pages are read along an index from a cursor, so they cost the same at a million signatures as at a
thousand; a search reads a stretch of the list or what matches, never all of it. A cursor is made of
what the page shows and the signature's random id; numbers and row ids, which tell who signed first,
stay inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from campaigns import caching, paging
from campaigns.models import Letter
from signatures import collation
from signatures.models import Signature
from signatures.querysets import SignatureQuerySet

PAGE = 100
PINNED = 200  # initial signatories stand on the first page, all of them
LONGEST_QUERY = 100  # characters
WORDS = 6
STRETCH = 2_000  # rows of the list a search reads before it asks the index of words
MANY = 10_000  # from here on the number of withheld names may be a minute old
MINUTE = 60

SHOWN = (
    *("uid", "name", "title", "affiliation", "place", "comment", "group"),
    *("day", "name_key", "pinned"),
)


class Order(StrEnum):
    DAY = "day"
    NAME = "name"


@dataclass(frozen=True)
class Wanted:
    """What a reader asked for."""

    order: Order = Order.DAY
    query: str = ""
    after: str = ""

    @classmethod
    def from_query(cls, given: dict[str, str]) -> "Wanted":
        order = Order.NAME if given.get("order") == Order.NAME else Order.DAY
        query = " ".join(given.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
        return cls(order, query, given.get("after", ""))


@dataclass(frozen=True)
class Place:
    """Where in the list a page begins: after this row."""

    day: date
    key: bytes
    uid: UUID

    @classmethod
    def of(cls, row: Signature) -> "Place":
        assert row.day is not None  # counted rows were confirmed on one
        return cls(row.day, bytes(row.name_key), row.uid)

    @classmethod
    def read(cls, word: str) -> "Place | None":
        found = paging.parts(word, 3)
        if found is None:
            return None
        try:
            return cls(date.fromisoformat(found[0]), bytes.fromhex(found[1]), UUID(found[2]))
        except ValueError:
            return None

    @property
    def cursor(self) -> str:
        return paging.cursor(self.day.isoformat(), self.key.hex(), self.uid.hex)


@dataclass(frozen=True)
class Page:
    """What one page shows. `following` is the cursor of the next, or nothing."""

    pinned: Sequence[Signature] = field(default_factory=list)
    rows: Sequence[Signature] = field(default_factory=list)
    following: str = ""

    @property
    def days(self) -> list[tuple[date | None, list[Signature]]]:
        return [(day, list(rows)) for day, rows in groupby(self.rows, key=lambda row: row.day)]

    @property
    def has_groups(self) -> bool:
        """Whether somebody here says what they sign as."""
        return any(row.group for row in (*self.pinned, *self.rows))


def page(letter: Letter, wanted: Wanted, *, size: int = PAGE) -> Page:
    """One page of the public list; a cursor that can't be read means the first."""
    after = Place.read(wanted.after)
    words = words_of(wanted.query)
    if wanted.query and not words:
        return Page()
    if words:
        return _search(letter, wanted.order, words, after, size)
    pinned: list[Signature] = []
    listed = _listed(letter)
    if wanted.order is Order.DAY:
        pinned = initial(letter, PINNED) if after is None else []
        listed = listed.filter(pinned__isnull=True)
    return _cut(_along(listed, wanted.order, after, size + 1), size, pinned)


def newest(letter: Letter, size: int) -> list[Signature]:
    """The top of the list without its initial signatories."""
    listed = _listed(letter).filter(pinned__isnull=True)
    return _along(listed, Order.DAY, None, size)


def initial(letter: Letter, size: int) -> list[Signature]:
    """Those the organiser put first."""
    rows = Signature.objects.shown().filter(letter=letter, pinned__isnull=False)
    return list(rows.only(*SHOWN).order_by("pinned", "uid")[:size])


def withheld(letter: Letter) -> int:
    """How many are counted without being shown."""

    def count() -> int:
        return Signature.objects.counted().filter(letter=letter, public=False).count()

    if letter.tally.count < MANY:
        return count()
    found: int = caching.remembered(f"withheld:{letter.pk}", count, seconds=MINUTE)
    return found


def words_of(query: str) -> list[str]:
    """The words of a search, as the list's own are folded; the longest first, they tell most."""
    found = dict.fromkeys(collation.search_words(query).split())
    return sorted(found, key=len, reverse=True)[:WORDS]


def _listed(letter: Letter) -> SignatureQuerySet:
    return Signature.objects.shown().filter(letter=letter).only(*SHOWN)


def _along(
    rows: SignatureQuerySet, order: Order, after: Place | None, size: int
) -> list[Signature]:
    """`size` rows after a place. By day it takes two steps, because one condition on day, name and
    id together would make the database read the whole day."""
    if order is Order.NAME:
        if after:
            rows = rows.filter(_beyond(after))
        return list(rows.order_by("name_key", "uid")[:size])
    if after is None:
        return list(rows.order_by("-day", "name_key", "uid")[:size])
    same = rows.filter(_beyond(after), day=after.day).order_by("name_key", "uid")
    found = list(same[:size])
    if len(found) < size:
        older = rows.filter(day__lt=after.day).order_by("-day", "name_key", "uid")
        found += older[: size - len(found)]
    return found


def _beyond(place: Place) -> Q:
    return Q(name_key__gte=place.key) & (Q(name_key__gt=place.key) | Q(uid__gt=place.uid))


def _cut(rows: list[Signature], size: int, pinned: list[Signature]) -> Page:
    following = Place.of(rows[size - 1]).cursor if len(rows) > size else ""
    return Page(pinned, rows[:size], following)


def _search(letter: Letter, order: Order, words: list[str], after: Place | None, size: int) -> Page:
    """A common word fills a page from the next stretch of the list. For a rarer one the matches are
    looked up and only they are put in order."""
    stretch = _along(_listed(letter).only(*SHOWN, "words"), order, after, STRETCH)
    found = [row for row in stretch if _has(row, words)]
    if len(found) <= size and len(stretch) == STRETCH:
        found = _looked_up(letter, order, words, after, size + 1)
    return _cut(found[: size + 1], size, [])


def _has(row: Signature, words: list[str]) -> bool:
    text = f" {row.words}"
    return all(f" {word}" in text for word in words)


def _looked_up(
    letter: Letter, order: Order, words: list[str], after: Place | None, size: int
) -> list[Signature]:
    """Rows with each of the words, or one it begins, from the word index of migration 0002."""
    postgresql = connection.vendor == "postgresql"
    matches, asked = (_in_postgresql if postgresql else _in_sqlite)(letter.pk, words)
    beyond, bounds = _beyond_in_sql(order, after)
    by = "name_key, uid" if order is Order.NAME else "day DESC, name_key, uid"
    sql = (
        f"WITH found AS MATERIALIZED ({matches}) "  # noqa: S608 - made of constants of ours
        f"SELECT id FROM found WHERE {beyond} ORDER BY {by} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked, *bounds, size])
        keys = [row[0] for row in cursor.fetchall()]
    rows = _listed(letter).in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def _in_postgresql(letter: int, words: list[str]) -> tuple[str, str]:
    """By the very expression the GIN index is made of."""
    asked = [f"'letter:{letter}'", *(f"'{word}':*" for word in words)]
    sql = (
        "SELECT id, day, name_key, uid FROM signatures_signature WHERE counted AND public AND "
        "array_to_tsvector(string_to_array(words, ' ') || ('letter:' || letter_id::text)) "
        "@@ %s::tsquery"
    )
    return sql, " & ".join(asked)


def _in_sqlite(letter: int, words: list[str]) -> tuple[str, str]:
    """By the FTS5 table, which triggers keep in step with the shown rows."""
    asked = " AND ".join(f'"{word}" *' for word in words)
    sql = (
        "SELECT id, day, name_key, uid FROM signatures_words CROSS JOIN signatures_signature "
        "ON id = signatures_words.rowid WHERE signatures_words MATCH %s"
    )
    return sql, f'letter_id : "{letter}" AND words : ({asked})'


def _beyond_in_sql(order: Order, after: Place | None) -> tuple[str, list[Any]]:
    if after is None:
        return "1 = 1", []
    native = connection.features.has_native_uuid_field
    name = [after.key, after.uid if native else after.uid.hex]
    if order is Order.NAME:
        return "(name_key, uid) > (%s, %s)", name
    day = connection.ops.adapt_datefield_value(after.day)
    return "(day < %s OR (day = %s AND (name_key, uid) > (%s, %s)))", [day, day, *name]
