"""How a letter's log entries add up, for its readers: by day, by method, by kind of mailbox.

Days and methods stand in every entry of the log, so they are told exactly, however small. What kind
of mailbox somebody has stands nowhere in public: it is told as `smallcells` allows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Letter
from signatures.counting import smallcells
from signatures.counting.smallcells import Cell, Told
from signatures.log.leaf import Kind, Method
from signatures.models import Breakdown
from signatures.proof.domainclass import DomainClass

EPOCH = date(1970, 1, 1)
SETTLED = timedelta(hours=1)  # after midnight (UTC), for what was under way
KINDS = tuple(sorted(DomainClass))

MAILBOXES: dict[DomainClass, tuple[str | Promise, str | Promise]] = {  # and what it means
    DomainClass.LARGE_PROVIDER: (
        _("Large mail providers"),
        _("where anybody gets a mailbox, like gmail.com, gmx.net or orange.fr"),
    ),
    DomainClass.OTHER: (
        _("Other domains"),
        _("of firms, associations, families: whoever owns a domain can make many mailboxes in it"),
    ),
    DomainClass.EDUCATION: (
        _("Schools and universities"),
        _("domains that only they get or use"),
    ),
    DomainClass.PUBLIC_BODY: (
        _("Public bodies"),
        _("ministries, towns, parliaments, courts"),
    ),
    DomainClass.DISPOSABLE: (
        _("Throwaway mailboxes"),
        _("of services that hand out mailboxes for minutes"),
    ),
    DomainClass.UNKNOWN: (
        _("Not known"),
        _("signed before this was noted, or erased since"),
    ),
}
METHODS: dict[int, str | Promise] = {
    Method.LINK: _("By the button in a mail"),
    Method.CODE: _("By a code from a mail"),
    Method.SINGLE_SIGN_ON: _("By a log-in elsewhere"),
    Method.KEYED_FROM_PAPER: _("Typed in from paper, not confirmed"),
    Method.IMPORTED: _("Imported, not confirmed"),
}

Row = tuple[int, int, int, int, int]  # day, kind, detail, domain class, people


@dataclass(frozen=True)
class Day:
    """What one day (UTC) brought, as the log's entries say."""

    day: date
    signed: int
    withdrawn: int
    invalidated: int


@dataclass(frozen=True)
class Share:
    """How many of `of` signers have a mailbox of this kind."""

    kind: DomainClass
    people: Cell
    of: int

    @property
    def label(self) -> str:
        return str(MAILBOXES[self.kind][0])

    @property
    def meaning(self) -> str:
        return str(MAILBOXES[self.kind][1])

    @property
    def exact(self) -> bool:
        return self.people.low == self.people.high

    @property
    def below(self) -> int:
        return self.people.high + 1

    @property
    def least(self) -> float:
        """Percent that are so for certain."""
        return round(100 * self.people.low / max(1, self.of), 2)

    @property
    def most(self) -> float:
        return round(100 * self.people.high / max(1, self.of), 2)


@dataclass(frozen=True)
class Part:
    """The same for some days; `shares` is None where they would tell too much."""

    first: date
    last: date
    people: int
    shares: Sequence[Share] | None


@dataclass(frozen=True)
class Statistics:
    """`untold` people are in no share: those of today, and of parts that can't be told."""

    days: Sequence[Day]
    methods: Sequence[tuple[int, str, int]]  # of the log, in words, people
    shares: Sequence[Share]
    parts: Sequence[Part]
    people: int
    untold: int

    @property
    def told(self) -> int:
        return self.people - self.untold


def of_letter(letter: Letter, *, now: datetime, closed: bool) -> Statistics:
    """From what the sequencer rolled up. Days are the log's, so none that is over ever changes."""
    fields = ("day", "kind", "detail", "domain_class", "people")
    rows = list(Breakdown.objects.filter(letter=letter).values_list(*fields))
    signed = [row for row in rows if row[1] == Kind.SIGNED]
    people = sum(row[4] for row in signed)
    told = _told(signed, now=now, closed=closed)
    methods: dict[int, int] = defaultdict(int)
    for _day, _kind, method, _class, number in signed:
        methods[method] += number
    return Statistics(
        days=_days(rows),
        methods=[
            (method, str(METHODS.get(method, method)), number)
            for method, number in sorted(methods.items())
        ],
        shares=_shares(told.totals(len(KINDS)), people - told.untold),
        parts=[_part(one) for one in told.parts],
        people=people,
        untold=told.untold,
    )


def _told(signed: Iterable[Row], *, now: datetime, closed: bool) -> Told:
    days: dict[int, list[int]] = defaultdict(lambda: [0] * len(KINDS))
    for day, _kind, _detail, domain_class, people in signed:
        days[day][domain_class if domain_class < len(KINDS) else 0] += people
    over = ((now - SETTLED).date() - EPOCH).days
    return smallcells.tell(days, before=over, closed=closed)


def _days(rows: Iterable[Row]) -> list[Day]:
    """The newest first."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for day, kind, _detail, _class, people in rows:
        found[day][kind] += people
    moved = (Kind.SIGNED, Kind.WITHDRAWN, Kind.INVALIDATED)
    return [
        Day(_date(day), *(kinds[kind] for kind in moved))
        for day, kinds in sorted(found.items(), reverse=True)
        if any(kinds[kind] for kind in moved)
    ]


def _part(told: smallcells.Part) -> Part:
    shares = _shares(told.cells, told.people) if told.cells else None
    return Part(_date(told.first), _date(told.last), told.people, shares)


def _shares(cells: Sequence[Cell], of: int) -> list[Share]:
    """In the order they are listed in; none where nobody's kind is told."""
    if not of:
        return []
    by_kind = dict(zip(KINDS, cells, strict=True))
    return [Share(kind, by_kind[kind], of) for kind in MAILBOXES]


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
