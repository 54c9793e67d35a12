"""Forgetting: which personal data has had its time, as steps of a sweep.

What is deleted here by the clock needs no journal: a backup brings it back as old as it was, and
the next run takes it again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from campaigns.models import Letter
from signatures.models import Consent, Delivery, Signature, Slip, Suppressed, Sweep
from signatures.services import exporting, funnelling, readdressing
from signatures.services.sweeping import Step

State = Signature.State
SLICE = 500  # rows written in one transaction
SPAN = 2_000  # rows looked at in one statement
NETWORK_DAYS = 7
MERGED_PAGES = 500
AFTER_CLOSING = timedelta(days=180)
AFTER_SIGNING = timedelta(days=365)
SUPPRESSED_AFTER_CLOSING = timedelta(days=365)
RECORDS = timedelta(days=730)

Write = Callable[["QuerySet[Signature]"], int]


def _walk(rows: "QuerySet[Signature]", over: Q, write: Write) -> Iterator[Step]:
    """Go through rows by their ids: whatever the rule asks, each statement reads a short stretch,
    and one that writes names its rows. The rule is asked again there: somebody may have pressed a
    button between the two."""
    last = 0
    while stretch := _stretch(rows, last):
        first, last = stretch[0], stretch[-1]
        found = rows.filter(over, pk__gte=first, pk__lte=last)
        due = list(found.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(due), SLICE):
            yield partial(write, rows.filter(over, pk__in=due[start : start + SLICE]))


def _stretch(rows: "QuerySet[Signature]", last: int) -> list[int]:
    after = rows.filter(pk__gt=last).order_by("pk")
    return list(after.values_list("pk", flat=True)[:SPAN])


def _empty(**columns: object) -> Write:
    return lambda rows: rows.update(**columns)


# --- Who never confirmed --------------------------------------------------------------------------
def pending(now: datetime) -> Iterator[Step]:
    """Signatures nobody confirmed within PENDING_DAYS; how far they came stays as a number."""
    rows = Signature.objects.unconfirmed_since(now - timedelta(days=settings.PENDING_DAYS))
    while due := list(rows.order_by("asked_at").values_list("pk", flat=True)[:SLICE]):
        yield partial(_leave, rows.filter(pk__in=due))


def _leave(rows: "QuerySet[Signature]") -> int:
    leaving = list(rows.select_for_update(of=("self",)).order_by("pk"))
    funnelling.leave(leaving)
    Signature.objects.filter(pk__in=[row.pk for row in leaving]).delete()
    return len(leaving)


def slips(now: datetime) -> Iterator[Step]:
    """What was typed into the form, once its address can be corrected no more."""
    rows = Slip.objects.filter(asked_at__lte=now - readdressing.AGE)
    while due := list(rows.order_by("asked_at").values_list("pk", flat=True)[:SLICE]):
        yield partial(_delete, Slip.objects.filter(pk__in=due))


# --- Who signed -----------------------------------------------------------------------------------
def networks(now: datetime) -> Iterator[Step]:
    """Digests of client networks, after a week."""
    old = Q(network__isnull=False, asked_at__lt=now - timedelta(days=NETWORK_DAYS))
    return _walk(Signature.objects.all(), old, _empty(network=None))


def passages(now: datetime) -> Iterator[Step]:
    """How the mail with the button fared, of those who pressed it; totals stay."""
    written = Q(mailed_at__isnull=False) | Q(mail_state__isnull=False) | Q(opened__isnull=False)
    written |= Q(reminders__isnull=False) | Q(code_tries__isnull=False)
    over = Q(written, asked_at__lt=now - timedelta(days=settings.PENDING_DAYS))
    columns = ("mail_state", "mailed_at", "opened", "reminders", "reminded_at", "code_tries")
    rows = Signature.objects.exclude(state=State.PENDING)
    return _walk(rows, over, _empty(**dict.fromkeys(columns)))


def places() -> Iterator[Step]:
    """Which entry was whose, of people erased by a program from before the log."""
    left = Q(log_index__isnull=False) | Q(seed_sealed__isnull=False)
    return _walk(
        Signature.objects.all(),
        Q(left, erased_at__isnull=False, news=False),
        _empty(log_index=None, seed_sealed=None, domain_class=None, commitment=None),
    )


def addresses(now: datetime) -> Iterator[Step]:
    """Addresses of those who want no news, when their time is over.

    RETENTION_DAYS (or the fewer days of their letter) after their signature was handed over, or
    180 days after closing, and never later than 365 days after signing. Who signed after a delivery
    waits for the next. The digests stay while the letter is open: they are what keeps one mailbox
    from signing twice.
    """
    signed = Q(confirmed_at__lt=now - AFTER_SIGNING)
    never = Q(confirmed_at__isnull=True, asked_at__lt=now - AFTER_SIGNING)  # and withdrawn
    before = now - AFTER_CLOSING
    closed = Q(letter__closed_at__lt=before) | Q(letter__taken_down_at__lt=before)
    over = signed | never | closed | Q(Exists(_handed_over(now)))
    heard = Q(updates=False) | ~Q(state=State.CONFIRMED)  # news goes to nobody else
    return _walk(
        Signature.objects.exclude(state=State.PENDING),
        Q(over, heard, email_sealed__isnull=False),
        _empty(email_sealed=None),
    )


def _handed_over(now: datetime) -> "QuerySet[Delivery]":
    """Deliveries of a signature's letter, long enough ago and after it was made."""
    longest = settings.RETENTION_DAYS
    long_ago = Q(delivered_at__lt=now - timedelta(days=longest))
    sooner = Letter.objects.filter(retention_days__lt=longest).order_by("retention_days")
    for days in sooner.values_list("retention_days", flat=True).distinct():
        before = now - timedelta(days=days or 0)
        long_ago |= Q(letter__retention_days=days, delivered_at__lt=before)
    return Delivery.objects.filter(
        long_ago,
        letter=OuterRef("letter"),
        struck_at__isnull=True,
        delivered_at__gte=Coalesce(OuterRef("confirmed_at"), OuterRef("asked_at")),
    )


# --- Letters that keep no names -------------------------------------------------------------------
def identities(now: datetime) -> Iterator[Step]:
    """Who signed an anonymous letter, so many hours after they confirmed; whom the sequencer has
    not entered yet waits for it. The digests stay until closing: they keep one mailbox from signing
    twice."""
    for letter in Letter.objects.filter(anonymous_hours__isnull=False).order_by("pk"):
        before = now - timedelta(hours=letter.anonymous_hours or 0)
        never = Q(confirmed_at__isnull=True, cancelled_at__lt=before)
        over = Q(Q(confirmed_at__lt=before) | never, identity_erased_at__isnull=True, news=False)
        rows = Signature.objects.filter(letter=letter).exclude(state=State.PENDING)
        yield from _walk(rows, over, _empty(identity_erased_at=now, **_NOBODY))
        # Typed once more since, for a link.
        known = Q(identity_erased_at__isnull=False, email_sealed__isnull=False)
        yield from _walk(rows, known, _empty(email_sealed=None))


_NOBODY: dict[str, object] = {
    "withheld_sealed": None,
    "email_sealed": None,
    "public": False,
    "updates": False,
    **dict.fromkeys(("name", "title", "affiliation", "place", "comment", "group"), ""),
    **dict.fromkeys(("words", "country"), ""),
    "name_key": b"",
    "pinned": None,
    "seed_sealed": None,
}


def closed(now: datetime) -> Iterator[Step]:
    """What told mailboxes of an anonymous letter apart: once it has closed they are as erased as
    anybody, their links end, and nothing leads from a row to its entry."""
    for letter in _anonymous_and_over():
        rows = Signature.objects.filter(letter=letter)
        gone = Q(identity_erased_at__isnull=False, erased_at__isnull=True, news=False)
        yield from _walk(rows, gone, partial(_forget, now))


def _forget(now: datetime, rows: "QuerySet[Signature]") -> int:
    Consent.objects.filter(signature__in=rows).delete()
    return rows.update(
        erased_at=now,
        generation=F("generation") + 1,
        mailbox_digest=None,
        mailbox_anywhere=None,
        log_index=None,
        domain_class=None,
        commitment=None,
    )


def _anonymous_and_over() -> "QuerySet[Letter]":
    over = Q(closed_at__isnull=False) | Q(taken_down_at__isnull=False)
    return Letter.objects.filter(over, anonymous_hours__isnull=False).order_by("pk")


# --- Files ----------------------------------------------------------------------------------------
def exports(now: datetime) -> Iterator[Step]:
    """Files whose time is over, and what nobody is offered any more."""
    yield partial(exporting.end, now=now)
    exporting.drop_strays(now)  # only what is committed as ended may go


# --- Besides --------------------------------------------------------------------------------------
def suppressed(now: datetime) -> Iterator[Step]:
    """Mailboxes that wanted no mail about a letter which is long over; those that want none at all
    stay until they say otherwise."""
    before = now - SUPPRESSED_AFTER_CLOSING
    over = Q(letter__closed_at__lt=before) | Q(letter__taken_down_at__lt=before)
    rows = Suppressed.objects.filter(over)
    while due := list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        yield partial(_delete, Suppressed.objects.filter(pk__in=due))


def records(now: datetime) -> Iterator[Step]:
    """Records of sweeps, after two years."""
    rows = Sweep.objects.filter(ended_at__lt=now - RECORDS)
    while due := list(rows.order_by("pk").values_list("pk", flat=True)[:SLICE]):
        yield partial(_delete, Sweep.objects.filter(pk__in=due))


def _delete(rows: "QuerySet[Slip] | QuerySet[Suppressed] | QuerySet[Sweep]") -> int:
    return rows.delete()[0]


def words() -> Iterator[Step]:
    """SQLite's word index marks what left the public list and keeps the words until it is merged,
    and its write-ahead log keeps older pages: merge the one in steps so short that nobody waits,
    empty the other."""
    if connection.vendor != "sqlite":
        return
    pages, merged = -MERGED_PAGES, True  # below zero: everything is to become one piece

    def merge() -> int:
        nonlocal merged
        merged = _merge_words(pages)
        return int(merged)

    while merged:
        yield merge
        pages = MERGED_PAGES
    if not connection.in_atomic_block:  # where it can't be done
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as far as readers let it


def _merge_words(pages: int) -> bool:
    """Whether there was something to merge: FTS5 then changes more than its own command's row."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = connection.connection.total_changes
        cursor.execute(
            "INSERT INTO signatures_words(signatures_words, rank) VALUES ('merge', %s)", [pages]
        )
        return bool(connection.connection.total_changes - before >= 2)
