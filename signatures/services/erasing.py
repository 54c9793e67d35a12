"""Erasing: the person is forgotten, the number stays. And the sweeps that do so on time."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from signatures.models import Delivery, Erasure, Signature, Slip
from signatures.personal import Person, store
from signatures.services import funnelling, journalling, retiring

State = Signature.State
SLICE = 500
NETWORK_DAYS = 7
MERGED_PAGES = 500
AFTER_CLOSING = timedelta(days=180)
AFTER_SIGNING = timedelta(days=365)

_EMPTIED = [
    "name",
    "title",
    "affiliation",
    "place",
    "comment",
    "group",
    "changed_at",
    "public",
    "name_key",
    "words",
    "withheld_sealed",
    "email_sealed",
    "mailbox_digest",
    "mailbox_anywhere",
    "country",
    "updates",
    "ref",
    "network",
    "generation",
    "erased_at",
    "pinned",
    "brought",
    "reminders",
    "code_tries",
    "seed_sealed",
    "log_index",
    "domain_class",
]


@transaction.atomic
def erase(*, uid: uuid.UUID, now: datetime) -> Signature | None:
    """Forget who signed. The state, the number and the count stay; nothing leads back.

    A signature that never counted is deleted whole: None.
    """
    signature = Signature.objects.select_for_update(of=("self",)).filter(uid=uid).first()
    if signature is None:
        return None
    if signature.erased_at is not None:
        return signature
    journalling.note(Erasure.Kind.ERASED, signature=uid, now=now)
    Slip.objects.filter(signature=uid).delete()
    if signature.number is None and signature.state != State.CONFIRMED:
        if signature.state == State.PENDING:
            funnelling.leave([signature])
        signature.delete()
        return None
    retiring.retire(signature=signature, reason=retiring.ERASED)
    _forget(signature, now)
    signature.save(update_fields=_EMPTIED)
    return signature


def _forget(signature: Signature, now: datetime) -> None:
    signature.consents.all().delete()
    store(signature, Person(name=""), public=False)
    signature.withheld_sealed = None
    signature.email_sealed = None
    signature.mailbox_digest = signature.mailbox_anywhere = signature.network = None
    signature.country = signature.ref = ""
    signature.updates = False
    signature.pinned = signature.brought = None
    signature.reminders = signature.code_tries = None
    signature.generation += 1
    signature.erased_at = now
    signature.seed_sealed = None  # what is in the log opens no more
    if not signature.news:  # else the sequencer needs them once more, and drops them
        signature.log_index = signature.domain_class = None


def sweep_pending(*, now: datetime) -> int:
    """Delete signatures nobody confirmed within PENDING_DAYS."""
    before = now - timedelta(days=settings.PENDING_DAYS)
    deleted = 0
    while True:
        slice_ = list(
            Signature.objects.unconfirmed_since(before).values_list("pk", flat=True)[:SLICE]
        )
        if not slice_:
            return deleted
        # The state is asked again: somebody may have pressed the button between the statements.
        deleted += Signature.objects.filter(pk__in=slice_, state=State.PENDING).delete()[0]


def sweep_networks(*, now: datetime) -> int:
    """Empty digests of client networks after a week."""
    before = now - timedelta(days=NETWORK_DAYS)
    return Signature.objects.filter(network__isnull=False, asked_at__lt=before).update(network=None)


def sweep_places() -> int:
    """Forget which entry was whose, of people erased by a program from before the log."""
    rows = Signature.objects.filter(erased_at__isnull=False, news=False)
    left = rows.filter(Q(log_index__isnull=False) | Q(seed_sealed__isnull=False))
    return left.update(log_index=None, seed_sealed=None, domain_class=None, commitment=None)


def sweep_addresses(*, now: datetime) -> int:
    """Empty the addresses of those who asked for no updates, when their time is over.

    RETENTION_DAYS after their signature was handed over, or 180 days after closing, and never later
    than 365 days after signing. Who signed after a delivery waits for the next. The digests stay
    while the letter is open: they are what keeps one mailbox from signing twice.
    """
    signed = Q(confirmed_at__lt=now - AFTER_SIGNING)
    never = Q(confirmed_at__isnull=True, asked_at__lt=now - AFTER_SIGNING)  # and withdrawn
    closed = Q(letter__closed_at__lt=now - AFTER_CLOSING)
    over = signed | never | closed | Exists(_handed_over(now))
    rows = Signature.objects.filter(over, updates=False, email_sealed__isnull=False).exclude(
        state=State.PENDING
    )
    swept = 0
    while True:
        slice_ = list(rows.values_list("pk", flat=True)[:SLICE])
        if not slice_:
            return swept
        swept += Signature.objects.filter(pk__in=slice_).update(email_sealed=None)


def _handed_over(now: datetime) -> QuerySet[Delivery]:
    """Deliveries of a signature's letter, long enough ago and after it was made."""
    return Delivery.objects.filter(
        letter=OuterRef("letter"),
        struck_at__isnull=True,
        delivered_at__lt=now - timedelta(days=settings.RETENTION_DAYS),
        delivered_at__gte=Coalesce(OuterRef("confirmed_at"), OuterRef("asked_at")),
    )


def sweep_words() -> int:
    """SQLite's word index marks what left the public list and keeps the words until it is merged,
    and its write-ahead log keeps older pages: merge the one in steps so short that nobody waits,
    empty the other. How many steps it took."""
    if connection.vendor != "sqlite":
        return 0
    steps, pages = 0, -MERGED_PAGES  # below zero: everything is to become one piece
    while _merge_words(pages):
        steps, pages = steps + 1, MERGED_PAGES
    if not connection.in_atomic_block:  # where it can't be done
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as far as readers let it
    return steps


def _merge_words(pages: int) -> bool:
    """Whether there was something to merge: FTS5 then changes more than its own command's row."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = connection.connection.total_changes
        cursor.execute(
            "INSERT INTO signatures_words(signatures_words, rank) VALUES ('merge', %s)", [pages]
        )
        return bool(connection.connection.total_changes - before >= 2)
